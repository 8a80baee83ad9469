/** Checks after a rebuild: foreign keys, views and triggers, which SQLite itself would find broken only later. */
import type { ForeignKey, Schema, SchemaObject, Table } from '../../schema/model.ts'
import { tableKey } from '../../schema/keys.ts'
import type { Draft } from '../dialect.ts'
import { mentionsName, parseTriggerEvent } from './text/parse.ts'
import { quote, text } from './spell.ts'

type Objects = Schema['objects']

const tablesIn = (objects: Objects): readonly Table[] =>
  [...objects.values()].filter((o): o is Table => o.kind === 'table')

const foreignKeys = (table: Table): readonly ForeignKey[] =>
  table.constraints.filter((c): c is ForeignKey => c.kind === 'foreignKey')

/** Whether foreign keys, of other tables or its own, reference the table. */
export function isReferred(table: string, objects: Objects): boolean {
  return tablesIn(objects).some((o) => foreignKeys(o).some((c) => c.references.name === table))
}

/** Whether SQLite can check the key: otherwise its check fails with "foreign key mismatch". */
function isSound(key: ForeignKey, objects: Objects): boolean {
  const target = objects.get(tableKey(key.references))
  if (target?.kind !== 'table') return true
  const wanted = [...key.referencedColumns].sort().join('\0')
  if (wanted === '')
    return target.constraints.some((c) => c.kind === 'primaryKey' && c.columns.length === key.columns.length)
  const same = (columns: readonly string[]): boolean => [...columns].sort().join('\0') === wanted
  return (
    target.constraints.some((c) => (c.kind === 'primaryKey' || c.kind === 'unique') && same(c.columns)) ||
    target.indexes.some(
      (i) => i.unique === true && i.where === undefined && same(i.elements.map((e) => e.column ?? '')),
    )
  )
}

/** Tables whose foreign keys a change of these tables may break. */
function checked(rebuilt: ReadonlySet<string> | undefined, objects: Objects): readonly string[] {
  return tablesIn(objects)
    .filter((t) => {
      const keys = foreignKeys(t)
      if (keys.length === 0 || !keys.every((c) => isSound(c, objects))) return false
      return rebuilt === undefined || rebuilt.has(t.name) || keys.some((c) => rebuilt.has(c.references.name))
    })
    .map((t) => t.name)
}

const broken = 'ambix_broken_keys'
const rowsOf = (tables: readonly string[]): string =>
  tables
    .map(
      (t) =>
        `SELECT ${text(t)} AS child, f.rowid AS row, f.parent AS parent FROM pragma_foreign_key_check(${text(t)}) AS f`,
    )
    .join(' UNION ALL ')

/**
 * Statements before and after that refuse a change which leaves rows without parents; rows without parents before it do not
 * count. `rebuilt` absent: all tables are checked.
 */
export function foreignKeyChecks(
  rebuilt: readonly string[] | undefined,
  before: Objects,
  after: Objects,
): { readonly first: readonly Draft[]; readonly last: readonly Draft[] } {
  const set = rebuilt === undefined ? undefined : new Set(rebuilt)
  const now = checked(set, after)
  if (now.length === 0) return { first: [], last: [] }
  const was = checked(set, before)
  const known = was.length === 0 ? "SELECT '' AS child, NULL AS row, '' AS parent WHERE 0" : rowsOf(was)
  return {
    first: [{ sql: `CREATE TEMP TABLE ${broken} AS ${known}`, hazards: [] }],
    last: [
      {
        sql: `DROP TABLE temp.${broken}`,
        hazards: [],
        refuseHere: true,
        refuseIf: `SELECT 'a row of ' || child || coalesce(' (rowid ' || row || ')', '') || ' refers to a row of ' || parent || ' that is not there' FROM (${rowsOf(now)} EXCEPT SELECT child, row, parent FROM temp.${broken}) LIMIT 1`,
      },
    ],
  }
}

/** Reads each view that names the table, so that one which lost a column fails now and not when it is used. */
export function viewChecks(tables: readonly string[], objects: Objects): readonly string[] {
  const over = (o: SchemaObject): boolean =>
    tables.some((t) => 'definition' in o && mentionsName(String(o.definition), t))
  return [...objects.values()].flatMap((o) =>
    o.kind === 'view' && over(o) ? [`SELECT 1 FROM ${quote(o.name)} LIMIT 0`] : [],
  )
}

/** Has SQLite compile, without running them, statements that fire the triggers which name the tables. */
export function triggerChecks(tables: readonly string[], objects: Objects): readonly string[] {
  const out = new Set<string>()
  for (const o of objects.values()) {
    if (o.kind !== 'trigger' || !tables.some((t) => mentionsName(o.definition, t))) continue
    const table = objects.get(tableKey(o.table))
    if (table?.kind !== 'table') continue
    const columns = table.columns.filter((c) => c.generated === undefined).map((c) => quote(c.name))
    const event = parseTriggerEvent(o.definition)
    if (event === 'DELETE') out.add(`EXPLAIN DELETE FROM ${quote(table.name)}`)
    else if (event === 'INSERT') out.add(`EXPLAIN INSERT INTO ${quote(table.name)} DEFAULT VALUES`)
    else if (columns.length > 0)
      out.add(`EXPLAIN UPDATE ${quote(table.name)} SET ${columns.map((c) => `${c} = ${c}`).join(', ')}`)
  }
  return [...out]
}
