/** What hand-written SQL costs where the schema before tells more than its words: a type that changes, a partition that is attached. */
import type { OperationOf } from '../../../operations/kinds.ts'
import type { ColumnType, Ref, Schema, Table } from '../../../schema/model.ts'
import { tableKey } from '../../../schema/keys.ts'
import type { Attach, Retype, RetypeFacts } from '../../shared/raw/rules.ts'
import { byTimeZone } from '../../shared/losses.ts'
import { parseType } from '../spell/types.ts'
import { changedFacts, provesBound } from './facts.ts'

const refOf = (text: string): Ref => {
  const parts = text.split('.')
  return parts.length === 2 ? { schema: parts[0]!, name: parts[1]! } : { name: text }
}

function tableIn(ref: Ref, before: Schema): Table | undefined {
  const found = before.objects.get(tableKey(ref))
  return found?.kind === 'table' ? found : undefined
}

/** Whether a check of the partition proves the bound of hand-written ATTACH PARTITION. */
export const boundProven = ({ table, partition, bound }: Attach, before: Schema): boolean =>
  provesBound(bound, tableIn(refOf(table), before), tableIn(refOf(partition), before))

export function retyped({ table, column, type, using }: Retype, before: Schema): RetypeFacts | undefined {
  const ref = refOf(table)
  const found = tableIn(ref, before)
  if (found === undefined) return undefined
  const known = found.columns.find((c) => c.name === column)
  if (known === undefined) return undefined
  const to = parseType(type, (name) => userType(name, before))
  const op: OperationOf<'alterColumn'> = { kind: 'alterColumn', table: ref, column, changes: { type: to } }
  const facts = changedFacts(op, known.type, found, before, {})
  const work = using || facts.rewritten === true ? 'rewrite' : facts.readAgain === true ? 'scan' : undefined
  return { work, narrows: facts.narrowed === true, byTimeZone: !using && byTimeZone(known.type, to) }
}

/** An enum, domain or other type that the schema has. */
function userType({ schema, name }: Ref, before: Schema): ColumnType | undefined {
  for (const kind of ['enum', 'domain', 'composite', 'range'] as const) {
    const own = schema === undefined ? name : `${schema}.${name}`
    if (before.objects.has(`${kind}:${own}`)) return { kind, ...(schema === undefined ? {} : { schema }), name }
  }
  return undefined
}
