/** Operations on indexes. */
import type { OperationOf } from '../../../operations/kinds.ts'
import type { Walk } from '../../shared/walk.ts'
import type { Index, Ref } from '../../../schema/model.ts'
import type { CompileContext, Draft, Handlers, Unsupported } from '../../dialect.ts'
import { quote } from '../spell/quote.ts'
import { alterTable } from './alter.ts'
import { dropIndexClauses, impliedGone } from './constraints.ts'
import { hide, isDropped, known } from './hidden.ts'
import { indexProbe, noIndexProbe } from './probes.ts'
import { cannot, indexClause, no, serverIn, tableBefore } from './writer.ts'

/** The tables that have an index of the name. */
function ownersOf(name: string, context: CompileContext): readonly Ref[] {
  return [...context.before.objects.values()].flatMap((object) =>
    object.kind === 'table' &&
    (object.indexes.some((i) => i.name === name) ||
      object.constraints.some((c) => c.kind === 'unique' && c.name === name))
      ? [{ ...(object.schema === undefined ? {} : { schema: object.schema }), name: object.name }]
      : [],
  )
}

function withTable(
  name: string,
  given: Ref | undefined,
  context: CompileContext,
  use: (table: Ref) => readonly Draft[] | Unsupported,
): readonly Draft[] | Unsupported {
  if (given !== undefined) return use(given)
  const owners = ownersOf(name, context)
  if (owners.length === 1) return use(owners[0]!)
  return no(
    owners.length === 0
      ? `which table index ${name} is on is not known here; name it: { table: '…' }`
      : `${owners.map((o) => o.name).join(' and ')} have an index named ${name}; name the table: { table: '…' }`,
  )
}

function createIndex(
  table: Ref,
  index: Index,
  context: CompileContext,
  exists: boolean,
): readonly Draft[] | Unsupported {
  const server = serverIn(context)
  const clause = indexClause(index, server, tableBefore(context, table)?.with?.['engine'])
  if (cannot(clause)) return clause
  if (exists && server.flavor === 'mysql') return no('MySQL has no CREATE INDEX IF NOT EXISTS')
  const word = exists ? clause.replace(/KEY (?=`)/u, 'KEY IF NOT EXISTS ') : clause
  const columns = index.elements.map((e) => (e.length === undefined ? (e.column ?? '') : ''))
  const gone = index.method === undefined ? impliedGone(table, columns, context) : []
  const add = alterTable(table, [`ADD ${word}`, ...gone], indexProbe(table, index), [`new key ${index.name}`])
  // An index that is dropped and added in one statement keeps its visibility.
  return isDropped(table, index.name, context) ? [add, hide(table, index, context)] : [add]
}

/** Whether the two definitions of the index differ only in visibility: both servers would keep the old one. */
function onlyHidden(a: Index, b: Index): boolean {
  const bare = ({ with: given, ...index }: Index): string => {
    const { invisible: _, ...rest } = given ?? {}
    const sorted = (of: object): readonly unknown[] => Object.entries(of).toSorted(([x], [y]) => (x < y ? -1 : 1))
    return JSON.stringify([sorted(index), sorted(rest)])
  }
  return a.with?.['invisible'] !== b.with?.['invisible'] && bare(a) === bare(b)
}

/** The index that the list creates again after this drop, where only its visibility changes. */
function madeAgain(op: OperationOf<'dropIndex'>, context: CompileContext): Index | undefined {
  // A cast: `compileWith` gives every handler the whole list.
  const { ops, at } = context as Walk
  const { table } = op
  const definition = op.definition ?? known(table, op.index.name, context)
  if (definition === undefined || table === undefined) return undefined
  const later = ops
    .slice(at + 1)
    .find((o) => o.kind === 'createIndex' && o.table.name === table.name && o.index.name === definition.name)
  return later?.kind === 'createIndex' && onlyHidden(definition, later.index) ? later.index : undefined
}

function isMadeAgain(op: OperationOf<'createIndex'>, context: CompileContext): boolean {
  const { ops, at } = context as Walk
  return ops.slice(0, at).some((o) => {
    if (o.kind !== 'dropIndex' || o.table?.name !== op.table.name || o.index.name !== op.index.name) return false
    const definition = o.definition ?? known(o.table, o.index.name, context)
    return definition !== undefined && onlyHidden(definition, op.index)
  })
}

export const indexHandlers = {
  createIndex: (op, context) =>
    isMadeAgain(op, context) ? [] : createIndex(op.table, op.index, context, op.ifNotExists === true),
  dropIndex: (op, context) => {
    if (op.ifExists === true && serverIn(context).flavor === 'mysql') return no('MySQL has no DROP INDEX IF EXISTS')
    const again = madeAgain(op, context)
    if (again !== undefined) return [hide(op.table!, again, context)]
    return withTable(op.index.name, op.table, context, (table) =>
      dropIndexClauses(table, op.index.name, context, op.ifExists === true ? 'IF EXISTS ' : ''),
    )
  },
  renameIndex: (op, context) =>
    withTable(op.index.name, op.table, context, (table) => [
      alterTable(
        table,
        [`RENAME INDEX ${quote(op.index.name)} TO ${quote(op.to)}`],
        noIndexProbe(table, op.index.name),
      ),
    ]),
  attachIndex: () => no('MySQL and MariaDB have no indexes of partitions'),
} satisfies Partial<Handlers>
