/** Tables, columns, constraints and indexes as SQLite's CREATE statements. */
import { AmbixError } from '../../errors.ts'
import { refText } from '../../schema/keys.ts'
import type { Column, ColumnType, Constraint, EnumType, Index, Ref, Table } from '../../schema/model.ts'
import { integerKinds, serialKinds } from '../../schema/types.ts'
import type { Unsupported } from '../dialect.ts'
import { labelCheck } from './labels.ts'
import { mentionsName } from './text/parse.ts'
import { quote, stored, writeDefault, writeType } from './spell.ts'

/** SQLite cannot do this, and why. */
export const no = (why: string): Unsupported => ({ unsupported: why })
export const cannot = (x: unknown): x is Unsupported => typeof x === 'object' && x !== null && 'unsupported' in x

/** Returns an enum where its labels are known. */
export type EnumLookup = (type: Ref) => EnumType | undefined

/** A name; an attached database is not a schema in ambix's sense. */
export function name(ref: Ref): string {
  if (ref.schema === undefined) return quote(ref.name)
  throw new AmbixError('OPERATION.UNSUPPORTED', `sqlite cannot carry out an operation on ${refText(ref)}`, {
    why: 'SQLite has no schemas.',
    data: { dialect: 'sqlite' },
  })
}

export const list = (names: readonly string[]): string => `(${names.map(quote).join(', ')})`

const actions = {
  noAction: 'NO ACTION',
  restrict: 'RESTRICT',
  cascade: 'CASCADE',
  setNull: 'SET NULL',
  setDefault: 'SET DEFAULT',
} as const

const conflicts = new Set(['rollback', 'abort', 'fail', 'ignore', 'replace'])
const onConflict = (how: string | undefined): string =>
  how !== undefined && conflicts.has(how) ? ` ON CONFLICT ${how.toUpperCase()}` : ''

export function constraint(c: Constraint): string | Unsupported {
  const head = `CONSTRAINT ${quote(c.name)} `
  switch (c.kind) {
    case 'primaryKey':
    case 'unique': {
      if ('nullsNotDistinct' in c && c.nullsNotDistinct === true) return no('SQLite has no NULLS NOT DISTINCT')
      if (c.deferrable === true) return no('only foreign keys are deferrable in SQLite')
      if (c.include !== undefined) return no('SQLite has no INCLUDE in constraints')
      const columns = c.with?.['columns'] === undefined ? list(c.columns) : `(${c.with['columns']})`
      return `${head}${c.kind === 'unique' ? 'UNIQUE' : 'PRIMARY KEY'} ${columns}${onConflict(c.with?.['onConflict'])}`
    }
    case 'check':
      if (c.noInherit === true) return no('SQLite has no table inheritance')
      if (c.notEnforced === true) return no('SQLite has no constraints that are not enforced')
      return `${head}CHECK (${c.sql})`
    case 'foreignKey': {
      if (c.onDeleteColumns !== undefined) return no('SQLite has no columns in ON DELETE SET NULL')
      if (c.notEnforced === true) return no('SQLite has no constraints that are not enforced')
      const update = c.onUpdate === undefined || c.onUpdate === 'noAction' ? '' : ` ON UPDATE ${actions[c.onUpdate]}`
      const remove = c.onDelete === undefined || c.onDelete === 'noAction' ? '' : ` ON DELETE ${actions[c.onDelete]}`
      const match = c.match === undefined ? '' : ` MATCH ${c.match.toUpperCase()}`
      const deferred =
        c.initiallyDeferred === true ? ' DEFERRABLE INITIALLY DEFERRED' : c.deferrable === true ? ' DEFERRABLE' : ''
      const to = c.referencedColumns.length === 0 ? '' : ` ${list(c.referencedColumns)}`
      return `${head}FOREIGN KEY ${list(c.columns)} REFERENCES ${name(c.references)}${to}${remove}${update}${match}${deferred}`
    }
    case 'exclude':
      return no('SQLite has no exclusion constraints')
  }
}

type Keyed = Pick<Table, 'constraints' | 'withoutRowid'>

const counts = (c: Column): boolean => c.identity !== undefined || serialKinds.includes(c.type.kind)

/** Whether the column is the table's rowid, which numbers itself: an INTEGER PRIMARY KEY, with exactly this type. */
export function isRowid(table: Keyed, column: Column): boolean {
  const key = table.constraints.find((c) => c.kind === 'primaryKey')
  return (
    table.withoutRowid !== true &&
    key?.kind === 'primaryKey' &&
    key.columns.length === 1 &&
    key.columns[0] === column.name &&
    !/\bDESC$/u.test(key.with?.['columns'] ?? '') &&
    (stored(column.type)?.kind === 'integer' || (counts(column) && integerKinds.includes(column.type.kind)))
  )
}

/** A column as in CREATE TABLE and ADD COLUMN, without its constraints except NOT NULL. */
export function columnText(c: Column, rowid: boolean, table?: Pick<Table, 'with'>): string | Unsupported {
  if (c.type.kind === 'array') return no('SQLite has no arrays; keep them as JSON in a text column')
  if (stored(c.type) === undefined) return no(`SQLite has no type ${c.type.kind}`)
  if (counts(c) && !rowid)
    return no(`only an integer primary key is numbered automatically in SQLite, and ${c.name} is not one`)
  const generated =
    c.generated === undefined
      ? ''
      : `GENERATED ALWAYS AS (${c.generated.sql}) ${c.generated.stored ? 'STORED' : 'VIRTUAL'}`
  return [
    quote(c.name),
    rowid && stored(c.type)?.kind !== 'integer' ? 'integer' : writeType(c.type),
    c.collation === undefined ? '' : `COLLATE ${quote(c.collation.name)}`,
    c.nullable ? '' : `NOT NULL${onConflict(table?.with?.[`notNull.${c.name}`])}`,
    c.default === undefined ? '' : `DEFAULT ${writeDefault(c.default)}`,
    generated,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** The check of an enum column; undefined for other columns. */
export function enumCheck(
  c: { readonly name: string; readonly type: ColumnType },
  enums: EnumLookup,
): string | Unsupported | undefined {
  if (c.type.kind !== 'enum' || c.type.name === undefined) return undefined
  const type = enums({ ...(c.type.schema === undefined ? {} : { schema: c.type.schema }), name: c.type.name })
  if (type === undefined)
    return no(`the labels of enum ${c.type.name} are not known here; create it in a revision before`)
  return constraint(labelCheck(c.name, type))
}

/** CREATE TABLE under any name, without its indexes. */
export function tableText(t: Table, enums: EnumLookup, as: string, ifNotExists = false): string | Unsupported {
  if (t.partitionBy !== undefined || t.partitionOf !== undefined) return no('SQLite has no partitions')
  if (t.inherits !== undefined && t.inherits.length > 0) return no('SQLite has no table inheritance')
  if (t.rowSecurity === true || t.forceRowSecurity === true) return no('SQLite has no row level security')
  if (t.unlogged === true) return no('SQLite has no unlogged tables')
  if (t.tablespace !== undefined) return no('SQLite has no tablespaces')
  const unknown = Object.keys(t.with ?? {}).find((key) => key !== 'autoincrement' && !key.startsWith('notNull.'))
  if (unknown !== undefined) return no(`SQLite has no storage parameter ${unknown}`)
  const auto = t.with?.['autoincrement'] === 'true'
  const items: string[] = []
  const inline = new Set<Constraint>()
  for (const c of t.columns) {
    const rowid = isRowid(t, c)
    const clauses: (string | Unsupported | undefined)[] = [columnText(c, rowid, t)]
    const key = t.constraints.find((x) => x.kind === 'primaryKey')
    const turned =
      key?.kind === 'primaryKey' &&
      key.columns.length === 1 &&
      key.columns[0] === c.name &&
      (key.with?.['columns'] ?? '').endsWith(' DESC')
    if (key !== undefined && ((auto && rowid) || turned)) {
      inline.add(key)
      clauses.push(
        `CONSTRAINT ${quote(key.name)} PRIMARY KEY${turned ? ' DESC' : ''}${onConflict(key.kind === 'primaryKey' ? key.with?.['onConflict'] : undefined)}${auto ? ' AUTOINCREMENT' : ''}`,
      )
    }
    clauses.push(enumCheck(c, enums))
    // A check of one column is written with it, and dropped with the column.
    for (const x of t.constraints) {
      if (x.kind !== 'check') continue
      const about = t.columns.filter((o) => mentionsName(x.sql, o.name))
      if (about.length !== 1 || about[0] !== c) continue
      inline.add(x)
      clauses.push(constraint(x))
    }
    const refused = clauses.find(cannot)
    if (refused !== undefined) return refused
    items.push(clauses.filter((x) => x !== undefined).join(' '))
  }
  if (auto && inline.size === 0 && !t.columns.some((c) => isRowid(t, c)))
    return no('AUTOINCREMENT needs an integer primary key')
  for (const c of t.constraints) {
    if (inline.has(c)) continue
    const clause = constraint(c)
    if (cannot(clause)) return clause
    items.push(clause)
  }
  if (items.length === 0) return no('SQLite has no tables without columns')
  const options = [t.strict === true ? 'STRICT' : '', t.withoutRowid === true ? 'WITHOUT ROWID' : ''].filter(
    (o) => o !== '',
  )
  const tail = options.length === 0 ? '' : ` ${options.join(', ')}`
  return `CREATE TABLE ${ifNotExists ? 'IF NOT EXISTS ' : ''}${quote(as)} (\n  ${items.join(',\n  ')}\n)${tail}`
}

/** CREATE INDEX. */
export function indexText(table: Ref, index: Index, ifNotExists: boolean): string | Unsupported {
  if (index.method !== undefined && index.method !== 'btree') return no(`SQLite has no ${index.method} indexes`)
  if (index.include !== undefined) return no('SQLite has no INCLUDE in indexes')
  if (index.nullsNotDistinct === true) return no('SQLite has no NULLS NOT DISTINCT')
  if (index.elements.some((e) => e.nulls !== undefined)) return no('SQLite has no NULLS FIRST or LAST in indexes')
  if (index.elements.some((e) => e.opclass !== undefined)) return no('SQLite has no operator classes')
  if (index.with !== undefined) return no('SQLite has no storage parameters of indexes')
  const elements = index.elements.map((e) => {
    const collation = e.collation === undefined ? '' : ` COLLATE ${quote(e.collation.name)}`
    return `${e.column === undefined ? `(${e.expression ?? ''})` : quote(e.column)}${collation}${e.order === 'desc' ? ' DESC' : ''}`
  })
  const where = index.where === undefined ? '' : ` WHERE ${index.where}`
  const unique = index.unique === true ? 'UNIQUE ' : ''
  return `CREATE ${unique}INDEX ${ifNotExists ? 'IF NOT EXISTS ' : ''}${quote(index.name)} ON ${name(table)} (${elements.join(', ')})${where}`
}
