/** Reads a SQLite file as a schema: every clause of the stored CREATE statements, compared with the pragmas. */
import type { Connection } from '../../drivers/driver.ts'
import { keyOf } from '../../schema/keys.ts'
import type {
  Column,
  Constraint,
  Definition,
  ForeignKey,
  Index,
  ReferentialAction,
  Schema,
  SchemaObject,
  Table,
  Trigger,
  View,
} from '../../schema/model.ts'
import { defaultName } from '../../schema/resolve/naming.ts'
import { usualNames } from '../../schema/name-limit.ts'
import type { Scope } from '../dialect.ts'
import { type Label, labelsOf, liftEnums } from './labels.ts'
import { nameOf, type Names, namesOf, spelled, spelledOver, tokensOf } from './text/lex.ts'
import {
  type ColumnText,
  type ConstraintText,
  type ForeignKeyText,
  type KeyPart,
  mentionsName,
  parseIndex,
  parseTable,
  parseView,
  type TableText,
} from './text/parse.ts'
import { collationName, parseDefault, parseType, quote } from './spell.ts'

/** Rows of one query, as raw text. */
export type Ask = Pick<Connection, 'values'>

interface Stored {
  readonly type: string
  readonly name: string
  readonly table: string
  readonly sql: string
}

/** Reads the main database of the connection. */
export async function reflect(db: Ask, scope: Scope): Promise<Schema> {
  const excluded = new Set((scope.excludeTables ?? []).map((name) => name.toLowerCase()))
  const rows = await db.values(
    "SELECT s.type, s.name, s.tbl_name, s.sql FROM sqlite_schema AS s WHERE s.sql IS NOT NULL AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND s.name NOT IN (SELECT l.name FROM pragma_table_list AS l WHERE l.schema = 'main' AND l.type = 'shadow') ORDER BY s.name",
  )
  const stored = rows
    .map(([type, name, table, sql]): Stored => ({ type: type!, name: name!, table: table!, sql: sql! }))
    .filter((s) => !excluded.has(s.name.toLowerCase()) && !excluded.has(s.table.toLowerCase()))
  const texts = new Map<string, TableText>()
  for (const s of stored)
    if (s.type === 'table' && !isVirtual(s.sql)) texts.set(s.name.toLowerCase(), parseTable(s.sql))
  const uncovered = await differences(db, stored, texts)
  const objects: SchemaObject[] = []
  const relations = stored.flatMap((s) => (s.type === 'table' || s.type === 'view' ? [s.name] : []))
  const labels = new Map<Table, readonly Label[]>()
  for (const s of stored) {
    if (s.type === 'view') objects.push(view(s))
    else if (s.type === 'trigger')
      // SQLite stores the table's name as the trigger's text has it.
      objects.push({
        kind: 'trigger',
        table: { name: asNamed(s.table, relations) },
        name: s.name,
        definition: s.sql,
      } satisfies Trigger)
    else if (s.type === 'table' && isVirtual(s.sql)) objects.push(virtual(s))
    else if (s.type === 'table') {
      const text = texts.get(s.name.toLowerCase())!
      const found = table(
        s.name,
        text,
        texts,
        stored.filter((i) => i.type === 'index' && i.table === s.name),
      )
      labels.set(found, labelsIn(text))
      objects.push(found)
    }
  }
  const lifted = liftEnums(objects, (t) => labels.get(t) ?? [])
  return Object.freeze({
    objects: new Map(lifted.map((o) => [keyOf(o), Object.freeze(o)])),
    dependencies: needs(lifted),
    uncovered: Object.freeze(uncovered),
  })
}

const isVirtual = (sql: string): boolean => tokensOf(sql.slice(0, 200))[1]?.word === 'VIRTUAL'

/** Names the table where the parsed text differs from what SQLite reports: the result is then not reliable. */
async function differences(
  db: Ask,
  stored: readonly Stored[],
  texts: ReadonlyMap<string, TableText>,
): Promise<readonly string[]> {
  const rows = await db.values(
    "SELECT m.name, x.name, x.type, x.\"notnull\", x.pk, x.hidden FROM sqlite_schema AS m, pragma_table_xinfo(m.name, 'main') AS x WHERE m.type = 'table' AND m.sql NOT LIKE 'create virtual%' ORDER BY m.name, x.cid",
  )
  const said = new Map<string, string[]>()
  for (const [table, name, type, notNull, , hidden] of rows) {
    const list = said.get(table!.toLowerCase()) ?? []
    list.push(
      `${name} ${spelled(type ?? '')
        .replaceAll(/[\s"]/gu, '')
        .toLowerCase()} ${notNull === '1'} ${hidden}`,
    )
    said.set(table!.toLowerCase(), list)
  }
  const wrong: string[] = []
  for (const s of stored) {
    const text = texts.get(s.name.toLowerCase())
    if (text === undefined) continue
    const key = text.constraints.find((c) => c.kind === 'primaryKey')
    const keyed = new Set(
      (text.strict || text.withoutRowid) && key?.kind === 'primaryKey'
        ? key.parts.map((p) => p.column?.toLowerCase())
        : [],
    )
    const read = text.columns.map(
      (c) =>
        `${c.name} ${c.type.replaceAll(/[\s"]/gu, '').toLowerCase()} ${c.notNull || (keyed.has(c.name.toLowerCase()) && !isAlias(text, c))} ${c.generated === undefined ? 0 : c.generated.stored ? 3 : 2}`,
    )
    const pragma = said.get(s.name.toLowerCase()) ?? []
    if (read.join('\n') !== pragma.join('\n')) wrong.push(`parts of the definition of table ${s.name}`)
  }
  return wrong
}

const isAlias = (text: TableText, c: ColumnText): boolean => !text.withoutRowid && c.type.toLowerCase() === 'integer'

function view(s: Stored): View {
  return { kind: 'view', name: s.name, definition: parseView(s.sql).query }
}

function virtual(s: Stored): Definition {
  return {
    kind: 'definition',
    objectKind: 'virtual table',
    identity: s.name,
    create: [s.sql],
    drop: `DROP TABLE ${quote(s.name)}`,
  }
}

/** Checks that list an enum's labels, by their names in the text. */
function labelsIn(text: TableText): readonly Label[] {
  return text.constraints.flatMap((c) => {
    if (c.kind !== 'check' || c.name?.startsWith('enum_') !== true || c.name === 'enum_') return []
    const found = labelsOf(c.sql)
    return found === undefined ? [] : [{ enum: c.name.slice('enum_'.length), ...found }]
  })
}

/** Views depend on what their queries name: tables and other views. */
function needs(objects: readonly SchemaObject[]): ReadonlyMap<string, readonly string[]> {
  const edges = new Map<string, readonly string[]>()
  for (const object of objects) {
    if (object.kind !== 'view') continue
    const words = new Set(
      tokensOf(object.definition).flatMap((t) =>
        t.kind === 'word' || t.kind === 'name' ? [nameOf(t).toLowerCase()] : [],
      ),
    )
    const found = objects.filter(
      (o) => (o.kind === 'table' || o.kind === 'view') && o !== object && words.has(o.name.toLowerCase()),
    )
    if (found.length > 0) edges.set(keyOf(object), found.map((o) => keyOf(o)).sort())
  }
  return edges
}

/** The name as the object itself has it: SQLite's names are case-insensitive. */
function asNamed(name: string, among: readonly string[]): string {
  return among.includes(name) ? name : (among.find((n) => n.toLowerCase() === name.toLowerCase()) ?? name)
}

function table(
  name: string,
  text: TableText,
  texts: ReadonlyMap<string, TableText>,
  indexes: readonly Stored[],
): Table {
  const names = text.columns.map((c) => c.name)
  const byLower = namesOf(name, text.columns)
  const constraints: Constraint[] = []
  const integers = text.columns.filter((c) => isAlias(text, c)).map((c) => c.name)
  const written = text.constraints.map((c) => over(c, byLower))
  for (const c of written) constraints.push(constraint(name, names, c, texts, constraints, written, integers))
  const key = text.constraints.find((c) => c.kind === 'primaryKey')
  const said: Record<string, string> = {}
  if (key?.kind === 'primaryKey' && key.autoincrement === true) said['autoincrement'] = 'true'
  for (const c of text.columns) if (c.notNullConflict !== undefined) said[`notNull.${c.name}`] = c.notNullConflict
  const keyed = new Set(key?.kind === 'primaryKey' ? key.parts.map((p) => asNamed(p.column ?? '', names)) : [])
  const implied = text.strict || text.withoutRowid
  return {
    kind: 'table',
    name,
    columns: text.columns.map((c) => column(c, implied && keyed.has(c.name) && !isAlias(text, c), byLower)),
    constraints,
    indexes: indexes.map((s) => index(s.name, s.sql, names, byLower)),
    ...(Object.keys(said).length === 0 ? {} : { with: said }),
    ...(text.strict ? { strict: true } : {}),
    ...(text.withoutRowid ? { withoutRowid: true } : {}),
  }
}

/** A check with its column names written as the table has them. */
const over = (c: ConstraintText, names: Names): ConstraintText =>
  c.kind === 'check' ? { ...c, sql: spelledOver(c.sql, names) } : c

function column(c: ColumnText, keyed: boolean, names: Names): Column {
  const type = parseType(c.type)
  const collation = c.collation === undefined ? undefined : collationName(c.collation)
  return {
    name: c.name,
    type,
    nullable: !c.notNull && !keyed,
    ...(c.default === undefined ? {} : { default: parseDefault(c.default.sql, type) }),
    ...(c.generated === undefined ? {} : { generated: { ...c.generated, sql: spelledOver(c.generated.sql, names) } }),
    ...(collation === undefined || collation === 'BINARY' ? {} : { collation: { name: collation } }),
  }
}

const actions: Readonly<Record<string, ReferentialAction>> = {
  RESTRICT: 'restrict',
  CASCADE: 'cascade',
  'SET NULL': 'setNull',
  'SET DEFAULT': 'setDefault',
}

/** With its own name, or the one that PostgreSQL would choose. */
function constraint(
  table: string,
  names: readonly string[],
  c: ConstraintText,
  texts: ReadonlyMap<string, TableText>,
  before: readonly Constraint[],
  all: readonly ConstraintText[],
  integers: readonly string[],
): Constraint {
  const columns =
    c.kind === 'check'
      ? names.filter((n) => mentionsName(c.sql, n))
      : c.kind === 'foreignKey'
        ? c.columns.map((n) => asNamed(n, names))
        : c.parts.map((p) => asNamed(p.column ?? '', names))
  const taken = (n: string): boolean => before.some((b) => b.name === n) || all.some((o) => o !== c && o.name === n)
  const own = c.name !== undefined && !before.some((b) => b.name === c.name) ? c.name : undefined
  const name = own ?? defaultName({ kind: c.kind, table, columns }, usualNames, taken)
  if (c.kind === 'check') return { kind: 'check', name, sql: c.sql }
  if (c.kind === 'foreignKey') return foreignKey(name, columns, c, texts)
  // Only in the column's own definition does DESC keep an INTEGER PRIMARY KEY from being the rowid.
  const rowid = c.kind === 'primaryKey' && c.table === true && columns.length === 1 && integers.includes(columns[0]!)
  const parts =
    !rowid && c.parts.some((p) => p.desc === true || p.collation !== undefined)
      ? c.parts.map((p, i) => partText(columns[i]!, p)).join(', ')
      : undefined
  const said = {
    ...(parts === undefined ? {} : { columns: parts }),
    ...(c.conflict === undefined || c.conflict === 'abort' ? {} : { onConflict: c.conflict }),
  }
  return { kind: c.kind, name, columns, ...(Object.keys(said).length === 0 ? {} : { with: said }) }
}

const partText = (column: string, p: KeyPart): string =>
  `${quote(column)}${p.collation === undefined ? '' : ` COLLATE ${quote(collationName(p.collation))}`}${p.desc === true ? ' DESC' : ''}`

/** One without columns references the primary key of the other table, whatever that is. */
function foreignKey(
  name: string,
  columns: readonly string[],
  c: ForeignKeyText,
  texts: ReadonlyMap<string, TableText>,
): ForeignKey {
  const target = texts.get(c.table.toLowerCase())
  const there = target?.columns.map((o) => o.name) ?? []
  const [onDelete, onUpdate] = [actions[c.onDelete ?? ''], actions[c.onUpdate ?? '']]
  const match = c.match === 'FULL' ? 'full' : c.match === 'PARTIAL' ? 'partial' : undefined
  return {
    kind: 'foreignKey',
    name,
    columns,
    references: { name: target?.name ?? c.table },
    referencedColumns: c.references.map((n) => asNamed(n, there)),
    ...(onDelete === undefined ? {} : { onDelete }),
    ...(onUpdate === undefined ? {} : { onUpdate }),
    ...(match === undefined ? {} : { match }),
    ...(c.deferrable === true ? { deferrable: true } : {}),
    ...(c.deferred === true ? { initiallyDeferred: true } : {}),
  }
}

function index(name: string, sql: string, names: readonly string[], byLower: Names): Index {
  const text = parseIndex(sql)
  return {
    name,
    elements: text.parts.map((p) => ({
      ...(p.column === undefined
        ? { expression: spelledOver(p.expression!, byLower) }
        : { column: asNamed(p.column, names) }),
      ...(p.collation === undefined ? {} : { collation: { name: collationName(p.collation) } }),
      ...(p.desc === true ? { order: 'desc' as const } : {}),
    })),
    ...(text.unique ? { unique: true } : {}),
    ...(text.where === undefined ? {} : { where: spelledOver(text.where, byLower) }),
  }
}
