/** Operations on indexes. */
import type { Index, Ref } from '../../../schema/model.ts'
import type { CompileContext, Draft, Handlers, Unsupported } from '../../dialect.ts'
import { quote } from '../spell/quote.ts'
import { alterTable } from './alter.ts'
import { dropIndexClauses } from './constraints.ts'
import { indexProbe, noIndexProbe } from './probes.ts'
import { cannot, indexClause, no, serverIn } from './writer.ts'

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
  const clause = indexClause(index, server)
  if (cannot(clause)) return clause
  if (exists && server.flavor === 'mysql') return no('MySQL has no CREATE INDEX IF NOT EXISTS')
  const word = exists ? clause.replace(/KEY (?=`)/u, 'KEY IF NOT EXISTS ') : clause
  return [alterTable(table, [`ADD ${word}`], indexProbe(table, index), [`new key ${index.name}`])]
}

export const indexHandlers: Pick<Handlers, 'createIndex' | 'dropIndex' | 'renameIndex' | 'attachIndex'> = {
  createIndex: (op, context) => createIndex(op.table, op.index, context, op.ifNotExists === true),
  dropIndex: (op, context) => {
    if (op.ifExists === true && serverIn(context).flavor === 'mysql') return no('MySQL has no DROP INDEX IF EXISTS')
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
}
