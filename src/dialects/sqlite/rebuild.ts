/** The table rebuild by SQLite's documented steps (https://sqlite.org/lang_altertable.html, section 8). */
import type { Schema, Table } from '../../schema/model.ts'
import type { Draft, Unsupported } from '../dialect.ts'
import { isReferred } from './checks.ts'
import { quote, text } from './spell.ts'
import { cannot, type EnumLookup, indexText, isRowid, tableText } from './write.ts'

export interface Rebuild {
  /** The table when the rebuild begins, under its name. */
  readonly before: Table
  readonly after: Table
  /** SQL over the old row, by the column that gets it; a column without an entry gets its default. */
  readonly sources: ReadonlyMap<string, string>
  readonly enums: EnumLookup
  /** All other objects, as they are when the rebuild begins. */
  readonly objects: Schema['objects']
  readonly offline: boolean
}

/** The name of the new table while both exist. */
function workingName(table: Table, objects: Schema['objects']): string {
  const taken = new Set([...objects.values()].flatMap((o) => ('name' in o ? [o.name.toLowerCase()] : [])))
  let working = `ambix_new_${table.name}`
  while (taken.has(working.toLowerCase())) working = `${working}_`
  return working
}

/** A name for the rowid that no column has. */
function rowidOf(table: Table): string | undefined {
  if (table.withoutRowid === true) return undefined
  const columns = new Set(table.columns.map((c) => c.name.toLowerCase()))
  return ['rowid', '_rowid_', 'oid'].find((n) => !columns.has(n))
}

/** The column that gets the old rowid, and its source: a key that is the rowid and has no values yet, else the rowid itself. */
function rowidName(before: Table, after: Table, filled: ReadonlySet<string>): readonly [string, string] | undefined {
  const from = rowidOf(before)
  const key = after.columns.find((c) => isRowid(after, c))
  const to = key === undefined ? rowidOf(after) : filled.has(quote(key.name)) ? undefined : quote(key.name)
  return from === undefined || to === undefined ? undefined : [to, from]
}

/** The statements of one rebuild; objects that refer to the table only by name are not touched. */
export function rebuild(r: Rebuild): readonly Draft[] | Unsupported {
  const { before, after, objects } = r
  const working = workingName(before, objects)
  const created = tableText(after, r.enums, working)
  if (cannot(created)) return created
  const indexes: string[] = []
  for (const index of after.indexes) {
    const made = indexText(after, index, false)
    if (cannot(made)) return made
    indexes.push(made)
  }
  const columns = after.columns.flatMap((c): (readonly [string, string])[] => {
    const source = c.generated === undefined ? r.sources.get(c.name) : undefined
    return source === undefined ? [] : [[quote(c.name), source]]
  })
  const rowid = rowidName(before, after, new Set(columns.map(([c]) => c)))
  if (rowid !== undefined) columns.unshift(rowid)
  const [old, next] = [quote(before.name), quote(working)]
  const drafts: Draft[] = [{ sql: created }]
  // OR ABORT: a conflict clause of the table must not drop rows.
  if (columns.length > 0)
    drafts.push({
      sql: `INSERT OR ABORT INTO ${next} (${columns.map(([c]) => c).join(', ')})\nSELECT ${columns.map(([, s]) => s).join(', ')} FROM ${old}`,
    })
  if (before.with?.['autoincrement'] === 'true' && after.with?.['autoincrement'] === 'true')
    drafts.push(
      { sql: `DELETE FROM sqlite_sequence WHERE name = ${text(working)}` },
      {
        sql: `INSERT INTO sqlite_sequence (name, seq) SELECT ${text(working)}, seq FROM sqlite_sequence WHERE name = ${text(before.name)}`,
      },
    )
  drafts.push(
    {
      sql: `DROP TABLE ${old}`,
      ...(r.offline || !isReferred(before.name, objects)
        ? {}
        : {
            refuseHere: true,
            refuseIf: `SELECT ${text(`the table ${before.name} cannot be rebuilt while foreign keys are enforced: rows of other tables would be deleted with it`)} FROM pragma_foreign_keys AS f WHERE f.foreign_keys = 1`,
          }),
    },
    { sql: 'PRAGMA legacy_alter_table = ON' },
    { sql: `ALTER TABLE ${next} RENAME TO ${quote(after.name)}` },
    { sql: 'PRAGMA legacy_alter_table = OFF' },
    ...indexes.map((sql) => ({ sql })),
  )
  for (const object of objects.values())
    if (object.kind === 'trigger' && object.table.name === before.name) drafts.push({ sql: object.definition })
  return drafts
}
