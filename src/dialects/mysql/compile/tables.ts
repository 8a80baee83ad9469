/** Operations on whole tables. */
import type { OperationOf } from '../../../operations/kinds.ts'
import { tableKey } from '../../../schema/keys.ts'
import { serialKinds } from '../../../schema/types.ts'
import type { Constraint, Table } from '../../../schema/model.ts'
import type { CompileContext, Draft, Handlers, Unsupported } from '../../dialect.ts'
import { quote, quoteRef, text } from '../spell/quote.ts'
import { alone, alterTable } from './alter.ts'
import { tableProbe } from './probes.ts'
import { followNames } from './follow.ts'
import { cannot, columnClause, constraintClause, indexClause, no, optionClause, serverIn } from './writer.ts'

/** Why these servers cannot create a table that PostgreSQL or SQLite can. */
function notHere(t: Table): string | undefined {
  if (t.partitionBy !== undefined || t.partitionOf !== undefined)
    return "partitions are part of their table: write with({ partition: 'RANGE (…) (…)' })"
  if (t.inherits !== undefined && t.inherits.length > 0) return 'MySQL and MariaDB have no table inheritance'
  if (t.rowSecurity === true || t.forceRowSecurity === true) return 'MySQL and MariaDB have no row level security'
  if (t.unlogged === true) return 'MySQL and MariaDB have no unlogged tables'
  if (t.tablespace !== undefined) return "a tablespace is a table option: write with({ tablespace: '…' })"
  if (t.strict === true || t.withoutRowid === true) return 'STRICT and WITHOUT ROWID are words of SQLite'
  return t.columns.length === 0 ? 'MySQL and MariaDB have no tables without columns' : undefined
}

/** Options that are not written as `KEY = value`. */
const apart = /^(partition|system_versioning|period|period for .*)$/su

/** An application-time period is an option under its name: `'period for app': '(s, e)'` (MariaDB). */
const applicationPeriod = 'period for '

function createTable(t: Table, ifNotExists: boolean, context: CompileContext): readonly Draft[] | Unsupported {
  const why = notHere(t)
  if (why !== undefined) return no(why)
  const server = serverIn(context)
  const items: string[] = []
  const add = (clause: string | Unsupported): Unsupported | undefined => {
    if (cannot(clause)) return clause
    items.push(clause)
    return undefined
  }
  const inColumn = new Set<Constraint>()
  for (const c of t.columns) {
    const clause = columnClause(c, context)
    const own = t.constraints.find((x) => x.kind === 'check' && x.name === c.name)
    const apart = cannot(clause) || own?.kind !== 'check' || server.flavor !== 'mariadb'
    const refused = add(apart ? clause : `${clause} CHECK (${own.sql})`)
    if (refused !== undefined) return refused
    if (!apart) inColumn.add(own)
  }
  for (const c of t.constraints.filter((x) => x.kind !== 'foreignKey' && !inColumn.has(x))) {
    const refused = add(constraintClause(c, server))
    if (refused !== undefined) return refused
  }
  for (const index of t.indexes) {
    const refused = add(indexClause(index, server, t.with?.['engine']))
    if (refused !== undefined) return refused
  }
  for (const c of t.constraints.filter((x) => x.kind === 'foreignKey')) {
    const refused = add(constraintClause(c, server))
    if (refused !== undefined) return refused
  }
  const given = t.with ?? {}
  if (given['period'] !== undefined) items.push(`PERIOD FOR SYSTEM_TIME ${given['period']}`)
  for (const [key, value] of Object.entries(given))
    if (key.startsWith(applicationPeriod))
      items.push(`PERIOD FOR ${quote(key.slice(applicationPeriod.length))} ${value}`)
  const start = t.columns.find((c) => c.identity !== undefined || serialKinds.includes(c.type.kind))?.identity?.start
  const options = [
    ...Object.entries(given)
      .filter(([key]) => !apart.test(key))
      .map(([key, value]) => optionClause(key, value)),
    ...(start === undefined ? [] : [`AUTO_INCREMENT = ${start}`]),
    ...(t.comment === undefined ? [] : [`COMMENT = ${text(t.comment)}`]),
    ...(given['system_versioning'] === 'on' ? ['WITH SYSTEM VERSIONING'] : []),
    ...(given['partition'] === undefined ? [] : [`PARTITION BY ${given['partition']}`]),
  ]
  const tail = options.length === 0 ? '' : ` ${options.join(' ')}`
  return [
    alone(
      `CREATE TABLE ${ifNotExists ? 'IF NOT EXISTS ' : ''}${quoteRef(t)} (\n  ${items.join(',\n  ')}\n)${tail}`,
      tableProbe(t, true),
    ),
  ]
}

/** The value of an option where none is given. */
const usualOption: Readonly<Record<string, string>> = {
  engine: 'InnoDB',
  row_format: 'DEFAULT',
  stats_persistent: 'DEFAULT',
  stats_auto_recalc: 'DEFAULT',
  pack_keys: 'DEFAULT',
  stats_sample_pages: 'DEFAULT',
  transactional: 'DEFAULT',
  page_checksum: 'DEFAULT',
  page_compressed: 'DEFAULT',
  page_compression_level: 'DEFAULT',
  encrypted: 'DEFAULT',
  encryption_key_id: 'DEFAULT',
}

function alterOptions(
  table: { readonly schema?: string; readonly name: string },
  parameters: Readonly<Record<string, string | null>>,
  after: readonly Draft[] = [],
): readonly Draft[] | Unsupported {
  const clauses: string[] = []
  const own: Draft[] = []
  // A table has one period of the application: the old one goes before the new one comes.
  const goesFirst = (entry: readonly [string, string | null]): number => (entry[1] === null ? 0 : 1)
  for (const [key, value] of Object.entries(parameters).toSorted((a, b) => goesFirst(a) - goesFirst(b))) {
    if (key === 'partition')
      own.push(alterTable(table, [value === null ? 'REMOVE PARTITIONING' : `PARTITION BY ${value}`]))
    else if (key === 'system_versioning')
      own.push(alterTable(table, [value === 'on' ? 'ADD SYSTEM VERSIONING' : 'DROP SYSTEM VERSIONING']))
    else if (key === 'period') return no('a period for system time is made with its table')
    else if (key.startsWith(applicationPeriod)) {
      const name = key.slice(applicationPeriod.length)
      const clause = value === null ? `DROP PERIOD FOR ${quote(name)}` : `ADD PERIOD FOR ${quote(name)} ${value}`
      own.push(alterTable(table, [clause], undefined, ['period']))
    } else if (value !== null) clauses.push(optionClause(key, value))
    else if (key === 'collation' || key === 'charset') clauses.push('DEFAULT CHARACTER SET = DEFAULT')
    else clauses.push(optionClause(key, usualOption[key] ?? '0'))
  }
  return [...(clauses.length === 0 ? [] : [alterTable(table, clauses, undefined, ['options'])]), ...own, ...after]
}

/** Aria's own options remain on a table that changes its engine, unless they are reset. */
function leavesAria(op: OperationOf<'alterTable'>, context: CompileContext): readonly Draft[] {
  if (op.changes.with?.['engine'] === undefined || serverIn(context).flavor !== 'mariadb') return []
  const found = context.before.objects.get(tableKey(op.table))
  const was = op.before?.with?.['engine'] ?? (found?.kind === 'table' ? found.with?.['engine'] : undefined)
  return was?.toLowerCase() === 'aria' ? [alterTable(op.table, ['PAGE_CHECKSUM = DEFAULT'])] : []
}

export const tableHandlers = {
  createTable: (op, context) => createTable(op.table, op.ifNotExists === true, context),
  dropTable: (op) => [
    alone(`DROP TABLE ${op.ifExists === true ? 'IF EXISTS ' : ''}${quoteRef(op.table)}`, tableProbe(op.table, false)),
  ],
  renameTable: (op, context) => [
    alone(
      `RENAME TABLE ${quoteRef(op.table)} TO ${quoteRef({ ...op.table, name: op.to })}`,
      tableProbe(op.table, false),
    ),
    ...followNames(op, context),
  ],
  moveTable: (op) =>
    op.toSchema === undefined
      ? no('the connection has one database; name the one that the table goes to')
      : [
          alone(
            `RENAME TABLE ${quoteRef(op.table)} TO ${quote(op.toSchema)}.${quote(op.table.name)}`,
            tableProbe(op.table, false),
          ),
        ],
  alterTable: (op, context) => {
    const { with: parameters, recreate, ...others } = op.changes
    if (recreate === true)
      return no("the server says itself whether it copies a table: leave out recreate, or say 'auto'")
    const [other] = Object.keys(others)
    if (other !== undefined) return no(`MySQL and MariaDB have no ${other} of a table`)
    return alterOptions(op.table, parameters ?? {}, leavesAria(op, context))
  },
  tableComment: (op) => [alterTable(op.table, [`COMMENT = ${text(op.comment ?? '')}`], undefined, ['comment'])],
  attachPartition: () => no("partitions are part of their table: write with({ partition: 'RANGE (…) (…)' })"),
  detachPartition: () => no("partitions are part of their table: write with({ partition: 'RANGE (…) (…)' })"),
} satisfies Partial<Handlers>
