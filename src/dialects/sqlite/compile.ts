/** What SQLite carries out by itself, and why the rest is refused: it alters little in place, and has no table rebuild here yet. */
import { AmbixError } from '../../errors.ts'
import type { Kind, Operation, Rows } from '../../operations/kinds.ts'
import { refText } from '../../schema/keys.ts'
import type { Column, ColumnType, Constraint, Index, Ref, Schema, Table } from '../../schema/model.ts'
import { integerKinds, serialKinds } from '../../schema/types.ts'
import { splitStatements } from '../../util/split-sql.ts'
import type {
  CompileContext,
  CompileOptions,
  Draft,
  Handler,
  Handlers,
  Hazard,
  Statement,
  Unsupported,
} from '../dialect.ts'
import { compileWith } from '../shared/compile.ts'
import { fillParameters, parameterNames, parameterValue, readParameters } from '../shared/parameters.ts'
import { enumBefore } from '../shared/walk.ts'
import { literal, quote, stored, text, writeDefault, writeType } from './spell.ts'

const no = (why: string): Unsupported => ({ unsupported: why })
const never =
  <K extends Kind>(why: string): Handler<K> =>
  () =>
    no(why)
const rebuild = 'SQLite cannot change this in place, and the table would have to be built anew'

/** A name; an attached database is not a schema of ours. */
function name(ref: Ref): string {
  if (ref.schema === undefined) return quote(ref.name)
  throw new AmbixError('OPERATION.UNSUPPORTED', `sqlite cannot carry out an operation on ${refText(ref)}`, {
    why: 'SQLite has no schemas.',
    data: { dialect: 'sqlite' },
  })
}

const list = (names: readonly string[]): string => `(${names.map(quote).join(', ')})`
const actions = {
  noAction: 'NO ACTION',
  restrict: 'RESTRICT',
  cascade: 'CASCADE',
  setNull: 'SET NULL',
  setDefault: 'SET DEFAULT',
} as const

/** The CHECK that holds a column to the labels of its enum. */
export function labelCheck(
  table: string,
  column: string,
  labels: readonly string[],
): { readonly kind: 'check'; readonly name: string; readonly sql: string } {
  return {
    kind: 'check',
    name: `${table}_${column}_check`,
    sql: `${quote(column)} IN (${labels.map(text).join(', ')})`,
  }
}

function constraint(c: Constraint): string | Unsupported {
  const head = `CONSTRAINT ${quote(c.name)} `
  switch (c.kind) {
    case 'primaryKey':
      return `${head}PRIMARY KEY ${list(c.columns)}`
    case 'unique':
      return c.nullsNotDistinct === true ? no('SQLite has no NULLS NOT DISTINCT') : `${head}UNIQUE ${list(c.columns)}`
    case 'check':
      return `${head}CHECK (${c.sql})`
    case 'foreignKey': {
      const update = c.onUpdate === undefined || c.onUpdate === 'noAction' ? '' : ` ON UPDATE ${actions[c.onUpdate]}`
      const remove = c.onDelete === undefined || c.onDelete === 'noAction' ? '' : ` ON DELETE ${actions[c.onDelete]}`
      const deferred =
        c.initiallyDeferred === true ? ' DEFERRABLE INITIALLY DEFERRED' : c.deferrable === true ? ' DEFERRABLE' : ''
      const to = c.referencedColumns.length === 0 ? '' : ` ${list(c.referencedColumns)}`
      return `${head}FOREIGN KEY ${list(c.columns)} REFERENCES ${name(c.references)}${to}${remove}${update}${deferred}`
    }
    case 'exclude':
      return no('SQLite has no exclusion constraints')
  }
}

const cannot = (x: unknown): x is Unsupported => typeof x === 'object' && x !== null && 'unsupported' in x

/** Whether the column is the table's rowid, which numbers itself. */
function isRowid(table: Pick<Table, 'constraints'>, column: Column): boolean {
  const key = table.constraints.find((c) => c.kind === 'primaryKey')
  return (
    key?.kind === 'primaryKey' &&
    key.columns.length === 1 &&
    key.columns[0] === column.name &&
    stored(column.type)?.kind === 'integer'
  )
}

function column(c: Column, rowid: boolean): string | Unsupported {
  if (stored(c.type) === undefined) return no(`SQLite has no type ${c.type.kind}`)
  const counts = c.identity !== undefined || serialKinds.includes(c.type.kind)
  if (counts && !rowid) return no(`only an integer primary key numbers itself in SQLite, and ${c.name} is none`)
  const generated =
    c.generated === undefined
      ? ''
      : `GENERATED ALWAYS AS (${c.generated.sql}) ${c.generated.stored ? 'STORED' : 'VIRTUAL'}`
  return [
    quote(c.name),
    rowid && integerKinds.includes(c.type.kind) ? 'integer' : writeType(c.type),
    c.collation === undefined ? '' : `COLLATE ${quote(c.collation.name)}`,
    c.nullable || rowid ? '' : 'NOT NULL',
    c.default === undefined ? '' : `DEFAULT ${writeDefault(c.default)}`,
    generated,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** The check of an enum column, where its labels are known. */
function checkOf(
  table: Ref,
  c: { readonly name: string; readonly type: ColumnType },
  context: CompileContext,
): string | Unsupported | undefined {
  if (c.type.kind !== 'enum' || c.type.name === undefined) return undefined
  const labels = enumBefore(context, {
    ...(c.type.schema === undefined ? {} : { schema: c.type.schema }),
    name: c.type.name,
  })?.values
  if (labels === undefined)
    return no(`the labels of enum ${c.type.name} are not known here; create it in a revision before`)
  return constraint(labelCheck(table.name, c.name, labels))
}

function createTable(t: Table, ifNotExists: boolean, context: CompileContext): readonly string[] | Unsupported {
  if (t.partitionBy !== undefined || t.partitionOf !== undefined) return no('SQLite has no partitions')
  if (t.inherits !== undefined && t.inherits.length > 0) return no('SQLite has no table inheritance')
  if (t.rowSecurity === true || t.forceRowSecurity === true) return no('SQLite has no row level security')
  const items: string[] = []
  const inline = new Set<Constraint>()
  for (const c of t.columns) {
    const clause = column(c, isRowid(t, c))
    // A check of labels stands with its column, and goes when the column is dropped.
    const own = t.constraints.find((x) => x.kind === 'check' && x.sql.startsWith(`${quote(c.name)} IN (`))
    const check = own === undefined ? checkOf(t, c, context) : constraint(own)
    if (cannot(clause)) return clause
    if (cannot(check)) return check
    if (own !== undefined) inline.add(own)
    items.push(check === undefined ? clause : `${clause} ${check}`)
  }
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
  const indexes: string[] = []
  for (const index of t.indexes) {
    const made = createIndex(t, index, false)
    if (cannot(made)) return made
    indexes.push(made)
  }
  const tail = options.length === 0 ? '' : ` ${options.join(', ')}`
  return [
    `CREATE TABLE ${ifNotExists ? 'IF NOT EXISTS ' : ''}${name(t)} (\n  ${items.join(',\n  ')}\n)${tail}`,
    ...indexes,
  ]
}

function createIndex(table: Ref, index: Index, ifNotExists: boolean): string | Unsupported {
  if (index.method !== undefined && index.method !== 'btree') return no(`SQLite has no ${index.method} indexes`)
  if (index.include !== undefined) return no('SQLite has no INCLUDE in indexes')
  if (index.nullsNotDistinct === true) return no('SQLite has no NULLS NOT DISTINCT')
  if (index.elements.some((e) => e.nulls !== undefined)) return no('SQLite has no NULLS FIRST or LAST in indexes')
  const elements = index.elements.map((e) => {
    const collation = e.collation === undefined ? '' : ` COLLATE ${quote(e.collation.name)}`
    return `${e.column === undefined ? `(${e.expression ?? ''})` : quote(e.column)}${collation}${e.order === 'desc' ? ' DESC' : ''}`
  })
  const where = index.where === undefined ? '' : ` WHERE ${index.where}`
  const unique = index.unique === true ? 'UNIQUE ' : ''
  return `CREATE ${unique}INDEX ${ifNotExists ? 'IF NOT EXISTS ' : ''}${quote(index.name)} ON ${name(table)} (${elements.join(', ')})${where}`
}

/** Tables with a column of the enum: while there is none, its labels are nowhere in the database. */
function enumUsers(type: Ref, context: CompileContext): readonly string[] {
  return [...context.before.objects.values()].flatMap((object) =>
    object.kind === 'table' && object.columns.some((c) => c.type.kind === 'enum' && c.type.name === type.name)
      ? [object.name]
      : [],
  )
}

function ifUnused(type: Ref, context: CompileContext): readonly Draft[] | Unsupported {
  const users = enumUsers(type, context)
  if (users.length === 0 && !context.blind) return []
  return no(
    `the labels of ${type.name} stand in a CHECK of ${users.join(', ') || 'its tables'}, which SQLite cannot change in place`,
  )
}

const noSequences = 'SQLite has no sequences'
const noTypes = 'SQLite has no types of its users'
const noRoutines = 'SQLite has no stored routines'
const noPolicies = 'SQLite has no policies'
const noComments = 'SQLite keeps no comments'
const noRights = 'SQLite has no roles and rights'
const noSchemas = 'SQLite has no schemas'
const noMatviews = 'SQLite has no materialised views'

export const handlers: Handlers = {
  createTable: (op, context) => createTable(op.table, op.ifNotExists === true, context),
  dropTable: (op) => [`DROP TABLE ${op.ifExists === true ? 'IF EXISTS ' : ''}${name(op.table)}`],
  renameTable: (op) => [`ALTER TABLE ${name(op.table)} RENAME TO ${quote(op.to)}`],
  moveTable: never(noSchemas),
  alterTable: never(rebuild),
  tableComment: never(noComments),
  attachPartition: never('SQLite has no partitions'),
  detachPartition: never('SQLite has no partitions'),
  addColumn: (op, context) => {
    const c = op.column
    if (op.ifNotExists === true) return no('SQLite has no ADD COLUMN IF NOT EXISTS')
    if (op.backfill !== undefined && !c.nullable)
      return no(`${c.name} cannot become NOT NULL after it was filled: ${rebuild}`)
    if (!c.nullable && c.default === undefined && c.generated === undefined)
      return no(`a column that is NOT NULL needs a default when it is added`)
    if (c.default?.kind === 'sql') return no('a column that is added can have a constant default only')
    if (c.generated?.stored === true) return no('a stored generated column cannot be added')
    const [clause, check] = [column(c, false), checkOf(op.table, c, context)]
    if (cannot(clause)) return clause
    if (cannot(check)) return check
    const fill =
      op.backfill === undefined
        ? []
        : [`UPDATE ${name(op.table)} SET ${quote(c.name)} = ${op.backfill.expression ?? literal(op.backfill.value)}`]
    return [`ALTER TABLE ${name(op.table)} ADD COLUMN ${clause}${check === undefined ? '' : ` ${check}`}`, ...fill]
  },
  dropColumn: (op) =>
    op.ifExists === true
      ? no('SQLite has no DROP COLUMN IF EXISTS')
      : [`ALTER TABLE ${name(op.table)} DROP COLUMN ${quote(op.column)}`],
  alterColumn: (op) => {
    const { newColumnName, ...rest } = op.changes
    if (Object.keys(rest).length > 0) return no(`${Object.keys(rest).join(', ')} of ${op.column}: ${rebuild}`)
    return newColumnName === undefined
      ? []
      : [`ALTER TABLE ${name(op.table)} RENAME COLUMN ${quote(op.column)} TO ${quote(newColumnName)}`]
  },
  createPrimaryKey: never(rebuild),
  createUniqueConstraint: never(rebuild),
  createForeignKey: never(rebuild),
  createCheckConstraint: never(rebuild),
  createExcludeConstraint: never('SQLite has no exclusion constraints'),
  dropConstraint: never(rebuild),
  renameConstraint: never(rebuild),
  alterConstraint: never(rebuild),
  validateConstraint: never('SQLite has no constraints that are not valid'),
  createIndex: (op) => {
    const made = createIndex(op.table, op.index, op.ifNotExists === true)
    return cannot(made) ? made : [made]
  },
  dropIndex: (op) => [`DROP INDEX ${op.ifExists === true ? 'IF EXISTS ' : ''}${name(op.index)}`],
  renameIndex: (op, context) => {
    for (const object of context.before.objects.values()) {
      const index = object.kind === 'table' ? object.indexes.find((i) => i.name === op.index.name) : undefined
      if (index === undefined || object.kind !== 'table') continue
      const made = createIndex({ name: object.name }, { ...index, name: op.to }, false)
      return cannot(made) ? made : [`DROP INDEX ${name(op.index)}`, made]
    }
    return no(`SQLite cannot rename an index, and what ${op.index.name} is on is not known here`)
  },
  attachIndex: never('SQLite has no partitions'),
  // An enum is nothing by itself: its labels stand in a CHECK of each column (specs/enums.md, section 10).
  createEnum: () => [],
  dropEnum: (op, context) => ifUnused(op.enum, context),
  renameEnum: () => [],
  moveEnum: never(noSchemas),
  addEnumValue: (op, context) => ifUnused(op.enum, context),
  dropEnumValue: (op, context) => ifUnused(op.enum, context),
  renameEnumValue: (op, context) => ifUnused(op.enum, context),
  alterEnum: (op, context) => ifUnused(op.enum, context),
  createSequence: never(noSequences),
  dropSequence: never(noSequences),
  renameSequence: never(noSequences),
  alterSequence: never(noSequences),
  createDomain: never(noTypes),
  dropDomain: never(noTypes),
  alterDomain: never(noTypes),
  createType: never(noTypes),
  dropType: never(noTypes),
  alterType: never(noTypes),
  renameObject: never('SQLite can rename tables and columns only'),
  moveObject: never(noSchemas),
  createView: (op) =>
    op.view.materialized === true ? no(noMatviews) : [`CREATE VIEW ${name(op.view)} AS\n${op.view.definition.trim()}`],
  dropView: (op) => [`DROP VIEW ${name(op.view)}`],
  replaceView: (op) => [`DROP VIEW ${name(op.view)}`, `CREATE VIEW ${name(op.view)} AS\n${op.view.definition.trim()}`],
  alterView: never('views have no options in SQLite'),
  createMaterializedView: never(noMatviews),
  dropMaterializedView: never(noMatviews),
  refreshMaterializedView: never(noMatviews),
  createFunction: never(noRoutines),
  dropFunction: never(noRoutines),
  replaceFunction: never(noRoutines),
  createTrigger: (op) =>
    op.trigger.enabled === undefined ? [op.trigger.definition.trim()] : no('SQLite cannot switch triggers off'),
  dropTrigger: (op) => [`DROP TRIGGER ${quote(op.name)}`],
  alterTrigger: never('SQLite cannot switch triggers off'),
  createPolicy: never(noPolicies),
  dropPolicy: never(noPolicies),
  alterPolicy: never(noPolicies),
  createExtension: never('SQLite has no extensions of a database'),
  dropExtension: never('SQLite has no extensions of a database'),
  alterExtension: never('SQLite has no extensions of a database'),
  createSchema: never(noSchemas),
  dropSchema: never(noSchemas),
  renameSchema: never(noSchemas),
  createDefinition: (op) => op.definition.create.map((sql) => sql.trim().replace(/;$/u, '')),
  dropDefinition: (op) => [op.definition.drop],
  comment: never(noComments),
  grant: never(noRights),
  revoke: never(noRights),
  setOwner: never(noRights),
  execute: (op, context) => {
    const transaction = (sql: string): 'alone' | 'inside' =>
      op.autocommit === true || /^\s*(vacuum|attach|detach)\b/iu.test(sql) ? 'alone' : 'inside'
    const statements = splitStatements(op.sql, { flatComments: true })
    const { rows } = op
    if (rows === undefined)
      return statements.map((s) => ({
        sql: fillParameters(readParameters(s.text), (n) => `:${n}`),
        transaction: transaction(s.text),
      }))
    return statements.flatMap((s): readonly Draft[] => {
      const parameters = readParameters(s.text)
      if (context.offline) {
        // A value of the user's: literal() writes whatever it is.
        const value = (row: Rows[number], n: string, i: number): string =>
          literal(parameterValue(row, n, i) as Parameters<typeof literal>[0])
        return rows.map((row, i) => ({
          sql: fillParameters(parameters, (n) => value(row, n, i)),
          transaction: transaction(s.text),
        }))
      }
      const names = parameterNames(parameters)
      const params = rows.map((row, i) => names.map((n) => parameterValue(row, n, i)))
      return [
        {
          sql: fillParameters(parameters, (n) => `?${names.indexOf(n) + 1}`),
          params,
          transaction: transaction(s.text),
        },
      ]
    })
  },
  bulkInsert: (op) => {
    const out: string[] = []
    for (let i = 0; i < op.rows.length; i += 500) {
      // A missing value is NULL: SQLite has no DEFAULT within VALUES.
      const lines = op.rows
        .slice(i, i + 500)
        .map((row) => `(${op.columns.map((c) => literal(row[c] as Parameters<typeof literal>[0])).join(', ')})`)
      out.push(
        `INSERT INTO ${name(op.table)} ${list(op.columns)} VALUES${lines.length === 1 ? ' ' : '\n  '}${lines.join(',\n  ')}`,
      )
    }
    return out
  },
  bulkDelete: (op) =>
    op.rows.map((row) => {
      const conditions = op.key.map((k) => `${quote(k)} IS ${literal(row[k] as Parameters<typeof literal>[0])}`)
      return `DELETE FROM ${name(op.table)} WHERE ${conditions.join(' AND ')}`
    }),
  run: (op, context) => {
    if (!context.offline) return [{ sql: `-- run: ${op.description ?? 'code of the revision'}`, run: op.run }]
    throw new AmbixError('OPERATION.OFFLINE', 'op.run runs code against a database and cannot be written as SQL', {
      data: { operation: 'run' },
    })
  },
  custom: (op) =>
    no(
      `nobody has said how the custom operation ${op.name} is carried out here; give the configuration a handler for it`,
    ),
}

/** Whatever is dropped is lost; SQLite locks the whole file for every change alike. */
function hazards(op: Operation): readonly Hazard[] {
  if (op.kind === 'dropTable')
    return [{ code: 'DATA_LOSS', object: op.table.name, message: `drops table ${op.table.name} with its rows` }]
  if (op.kind !== 'dropColumn') return []
  const place = `${op.table.name}.${op.column}`
  return [
    { code: 'DATA_LOSS', object: place, message: `drops column ${place} with its values` },
    { code: 'TABLE_REWRITE', object: op.table.name, message: `writes ${op.table.name} anew` },
  ]
}

/** The statements of a list of operations. Throws OPERATION.UNSUPPORTED and OPERATION.OFFLINE. */
export function compile(
  ops: readonly Operation[],
  before: Schema | undefined,
  options: CompileOptions,
): readonly Statement[] {
  return compileWith({ dialect: 'sqlite', handlers, hazards, freshTypeTakesLabels: () => true }, ops, before, options)
}
