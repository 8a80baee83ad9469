/** Compiles operations for SQLite: what it has no statement for is refused with a reason; changes of a table are compiled together. */
import { AmbixError } from '../../errors.ts'
import type { Kind, Operation, Rows } from '../../operations/kinds.ts'
import type { Ref, Schema, Table, View } from '../../schema/model.ts'
import { splitStatements } from '../../util/split-sql.ts'
import { bracketText } from '../../util/sql-text.ts'
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
import type { Walk } from '../shared/walk.ts'
import { changesTables, together } from './changes.ts'
import { enumLookup } from './change-table.ts'
import { Rebuilds } from './runs.ts'
import { foreignKeysOff } from './session.ts'
import { literal, quote } from './spell.ts'
import { cannot, indexText, list, name, no, tableText } from './write.ts'

const never =
  <K extends Kind>(why: string): Handler<K> =>
  () =>
    no(why)

function createTable(t: Table, ifNotExists: boolean, context: CompileContext): readonly string[] | Unsupported {
  name(t)
  const made = tableText(t, enumLookup(context.before.objects), t.name, ifNotExists)
  if (cannot(made)) return made
  const indexes: string[] = []
  for (const index of t.indexes) {
    const text = indexText(t, index, ifNotExists)
    if (cannot(text)) return text
    indexes.push(text)
  }
  return [made, ...indexes]
}

function createView(view: View): readonly string[] | Unsupported {
  if (view.materialized === true) return no(noMatviews)
  if (view.with !== undefined) return no('views have no options in SQLite')
  const definition = view.definition.trim()
  // A query never begins with a bracket; a list of column names does.
  return [`CREATE VIEW ${name(view)} ${definition.startsWith('(') ? definition : `AS\n${definition}`}`]
}

/** An enum that tables still use cannot be dropped; its labels are in their checks. */
function dropEnum(type: Ref, ifUnused: boolean, context: CompileContext): readonly Draft[] | Unsupported {
  const users = [...context.before.objects.values()].flatMap((o) =>
    o.kind === 'table' && o.columns.some((c) => c.type.kind === 'enum' && c.type.name === type.name) ? [o.name] : [],
  )
  return users.length === 0 || ifUnused ? [] : no(`the labels of ${type.name} stand in a CHECK of ${users.join(', ')}`)
}

/** Changes of tables: the first of several consecutive ones compiles them all. */
const change = (_op: Operation, context: CompileContext): readonly Draft[] | Unsupported => {
  const { ops, at } = context as Walk
  const rebuilds = compiling.get(ops)
  if (rebuilds === undefined) throw new Error('a run of changes was asked for outside of a compilation')
  if (at > 0 && changesTables(ops[at - 1]!)) return []
  let end = at + 1
  while (end < ops.length && changesTables(ops[end]!)) end++
  return rebuilds.run(ops.slice(at, end), context as Walk)
}

/** The state that a compilation keeps, by its list of operations. */
const compiling = new WeakMap<readonly Operation[], Rebuilds>()

const noSequences = 'SQLite has no sequences'
const noTypes = 'SQLite has no user-defined types'
const noRoutines = 'SQLite has no stored routines'
const noPolicies = 'SQLite has no policies'
const noComments = 'SQLite keeps no comments'
const noRights = 'SQLite has no roles and rights'
const noSchemas = 'SQLite has no schemas'
const noMatviews = 'SQLite has no materialised views'

const switchesKeysOff = /^\s*pragma\s+(?:main\s*\.\s*)?foreign_keys\s*[=(]\s*'?(?:off|0|no|false)\b/iu

export const handlers: Handlers = {
  createTable: (op, context) => createTable(op.table, op.ifNotExists === true, context),
  dropTable: (op) => [`DROP TABLE ${op.ifExists === true ? 'IF EXISTS ' : ''}${name(op.table)}`],
  renameTable: (op) => [`ALTER TABLE ${name(op.table)} RENAME TO ${quote(op.to)}`],
  moveTable: never(noSchemas),
  alterTable: change,
  tableComment: never(noComments),
  attachPartition: never('SQLite has no partitions'),
  detachPartition: never('SQLite has no partitions'),
  addColumn: change,
  dropColumn: change,
  alterColumn: change,
  createPrimaryKey: change,
  createUniqueConstraint: change,
  createForeignKey: change,
  createCheckConstraint: change,
  createExcludeConstraint: never('SQLite has no exclusion constraints'),
  dropConstraint: change,
  renameConstraint: change,
  alterConstraint: change,
  validateConstraint: never('SQLite has no constraints that are not valid'),
  createIndex: change,
  dropIndex: change,
  renameIndex: change,
  attachIndex: never('SQLite has no partitions'),
  // There are no enum types: the labels are in a CHECK of each column (specs/enums.md, section 10).
  createEnum: () => [],
  dropEnum: (op, context) => dropEnum(op.enum, op.ifUnused === true, context),
  renameEnum: change,
  moveEnum: never(noSchemas),
  addEnumValue: change,
  dropEnumValue: change,
  renameEnumValue: change,
  alterEnum: change,
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
  createView: (op) => createView(op.view),
  dropView: (op) => [`DROP VIEW ${name(op.view)}`],
  replaceView: (op, context) => {
    const made = createView(op.view)
    if (cannot(made)) return made
    // Triggers of a view are dropped with it.
    const triggers = [...context.before.objects.values()].flatMap((o) =>
      o.kind === 'trigger' && o.table.name === op.view.name ? [o.definition] : [],
    )
    return [`DROP VIEW ${name(op.view)}`, ...made, ...triggers]
  },
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
    const statements = splitStatements(op.sql, bracketText)
    const { rows } = op
    if (rows === undefined)
      return statements.map((s) => ({
        sql: fillParameters(readParameters(s.text, bracketText), (n) => `:${n}`),
        transaction: transaction(s.text),
        // Within the transaction it would do nothing, and a rebuild by hand would delete rows of other tables.
        ...(transaction(s.text) === 'inside' && switchesKeysOff.test(s.text) ? { around: foreignKeysOff } : {}),
      }))
    return statements.flatMap((s): readonly Draft[] => {
      const parameters = readParameters(s.text, bracketText)
      if (context.offline) {
        // A user's value: literal() accepts any.
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
  // One statement: a file has one writer, so batches would not help.
  backfill: (op) => {
    const set = Object.entries(op.set).map(([column, sql]) => `${quote(column)} = ${sql}`)
    return [`UPDATE ${name(op.table)} SET ${set.join(', ')}${op.where === undefined ? '' : ` WHERE ${op.where}`}`]
  },
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

/** Every drop loses data; SQLite locks the whole file for every change. */
function hazards(op: Operation): readonly Hazard[] {
  if (op.kind === 'dropTable')
    return [{ code: 'DATA_LOSS', object: op.table.name, message: `drops table ${op.table.name} with its rows` }]
  if (op.kind === 'dropDefinition' && op.definition.objectKind === 'virtual table') {
    const { identity } = op.definition
    return [{ code: 'DATA_LOSS', object: identity, message: `drops virtual table ${identity} with its rows` }]
  }
  return []
}

const raw = { text: bracketText }

/** The statements of a list of operations. Throws OPERATION.UNSUPPORTED and OPERATION.OFFLINE. */
export function compile(
  ops: readonly Operation[],
  before: Schema | undefined,
  options: CompileOptions,
): readonly Statement[] {
  const ordered = together(ops)
  const rebuilds = new Rebuilds(ordered, before, options)
  compiling.set(ordered, rebuilds)
  const statements = compileWith({ dialect: 'sqlite', handlers, hazards, raw }, ordered, before, options)
  return rebuilds.finished(statements)
}

/** Whether one of the operations can be compiled only with the schema before it. */
export function needsBefore(ops: readonly Operation[]): boolean {
  return ops.some((op) => changesTables(op) || op.kind === 'replaceView' || op.kind === 'dropEnum')
}
