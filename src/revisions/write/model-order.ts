/** The order of types and tables in a module of models: each after those that it uses or references. */
import { tableKey } from '../../schema/keys.ts'
import { parentsOf } from '../../schema/inherited.ts'
import type { ColumnType, Schema, SchemaObject, Table } from '../../schema/model.ts'
import { typeKeyOf } from './model-names.ts'

type DeclaredType = Extract<SchemaObject, { readonly kind: 'enum' | 'domain' | 'composite' | 'range' }>

/** Types before the types that use them. */
export function typesInOrder(schema: Schema): readonly DeclaredType[] {
  const all = new Map([...schema.objects].filter(([, o]) => ['enum', 'domain', 'composite', 'range'].includes(o.kind)))
  const order: DeclaredType[] = []
  const seen = new Set<string>()
  const visit = (key: string): void => {
    const o = all.get(key)
    if (o === undefined || seen.has(key)) return
    seen.add(key)
    const over = (type: ColumnType): void => (type.element === undefined ? visit(typeKeyOf(type)) : over(type.element))
    if (o.kind === 'domain') over(o.type)
    if (o.kind === 'range') over(o.subtype)
    if (o.kind === 'composite') for (const a of o.attributes) over(a.type)
    if (o.kind === 'enum' || o.kind === 'domain' || o.kind === 'composite' || o.kind === 'range') order.push(o)
  }
  for (const key of all.keys()) if (key.startsWith('enum:')) visit(key)
  for (const key of all.keys()) visit(key)
  return order
}

/** Tables before those that reference them, except in cycles. */
export function tablesInOrder(tables: readonly Table[]): readonly Table[] {
  const all = new Map(tables.map((t) => [tableKey(t), t]))
  const order: Table[] = []
  const seen = new Set<string>()
  for (const root of all.keys()) {
    const stack: { readonly key: string; readonly needs: string[] }[] = []
    const enter = (key: string): void => {
      const table = all.get(key)
      if (table === undefined || seen.has(key)) return
      seen.add(key)
      const foreign = table.constraints.flatMap((c) => (c.kind === 'foreignKey' ? [tableKey(c.references)] : []))
      // The stack is read from its end: parents first.
      stack.push({
        key,
        needs: [
          ...foreign.toReversed(),
          ...parentsOf(table)
            .map((p) => tableKey(p))
            .toReversed(),
        ],
      })
    }
    enter(root)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const need = top.needs.pop()
      if (need !== undefined) enter(need)
      else {
        stack.pop()
        order.push(all.get(top.key)!)
      }
    }
  }
  return order
}
