/** Enums that were declared where they are used go with their last user, also where a revision drops that by hand. */
import type { Operation } from '../../operations/kinds.ts'
import { fold } from '../../operations/operation.ts'
import { enumKey, tableKey } from '../../schema/keys.ts'
import { type Column, type ColumnType, emptySchema, type Ref, type Schema } from '../../schema/model.ts'

/** A hand-written drop, which does not hold the definition of what it drops. Autogenerate writes a `dropEnum` with its drops. */
export function isBareDrop(op: Operation): op is Extract<Operation, { readonly kind: 'dropTable' | 'dropColumn' }> {
  return (op.kind === 'dropTable' || op.kind === 'dropColumn') && op.definition === undefined
}

/**
 * The `dropEnum` operations at the end of a revision: one for each enum that earlier revisions created with a column
 * (`createEnum` with `ifMissing`) and that a table or column dropped here was of. Each leaves the type while anything uses it.
 */
export function leftoverEnums(recorded: readonly Operation[], history: readonly Operation[]): readonly Operation[] {
  const before = history.length
  const all = [...history, ...recorded]
  const inline = new Map<string, string>()
  const found = new Map<string, Operation>()
  let schema = emptySchema
  let folded = 0
  for (const [at, op] of all.entries()) {
    if (op.kind === 'createEnum' && op.ifMissing === true) inline.set(enumKey(op.enum), enumKey(op.enum))
    else if (op.kind === 'createEnum' || op.kind === 'dropEnum') {
      inline.delete(enumKey(op.kind === 'createEnum' ? op.enum : op.enum))
      found.delete(enumKey(op.enum))
    } else if (op.kind === 'renameEnum' || op.kind === 'moveEnum') {
      const now = op.kind === 'renameEnum' ? { ...op.enum, name: op.to } : refIn(op.enum.name, op.toSchema)
      if (inline.delete(enumKey(op.enum))) inline.set(enumKey(now), enumKey(now))
    }
    if (at < before || inline.size === 0 || !isBareDrop(op)) continue
    schema = fold(schema, all.slice(folded, at), { blind: true }).schema
    folded = at
    for (const type of typesIn(schema, op)) {
      const definition = schema.objects.get(enumKey(type))
      if (!inline.has(enumKey(type)) || definition?.kind !== 'enum') continue
      found.set(enumKey(type), { kind: 'dropEnum', enum: type, definition, ifUnused: true })
    }
  }
  return [...found.values()]
}

const refIn = (name: string, schema: string | undefined): Ref => (schema === undefined ? { name } : { schema, name })

function typesIn(
  schema: Schema,
  op: Extract<Operation, { readonly kind: 'dropTable' | 'dropColumn' }>,
): readonly Ref[] {
  const table = schema.objects.get(tableKey(op.table))
  if (table?.kind !== 'table') return []
  const columns: readonly Column[] =
    op.kind === 'dropColumn' ? table.columns.filter((c) => c.name === op.column) : table.columns
  return columns.flatMap((c) => enumOf(c.type))
}

function enumOf(type: ColumnType): readonly Ref[] {
  if (type.element !== undefined) return enumOf(type.element)
  return type.kind === 'enum' && type.name !== undefined ? [refIn(type.name, type.schema)] : []
}
