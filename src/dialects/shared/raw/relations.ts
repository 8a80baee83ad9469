/** What the schema before knows of relations that hand-written SQL names. */
import { refText } from '../../../schema/keys.ts'
import type { ForeignKey, Schema, Table } from '../../../schema/model.ts'

const tables = (before: Schema): readonly Table[] =>
  [...before.objects.values()].filter((o): o is Table => o.kind === 'table')

const keysOf = (table: Table): readonly ForeignKey[] =>
  table.constraints.filter((c): c is ForeignKey => c.kind === 'foreignKey')

/** The table of an index. */
export function tableOfIndex(index: string, before: Schema): string | undefined {
  const found = tables(before).find((t) => t.indexes.some(({ name }) => refText({ ...t, name }) === index))
  return found === undefined ? undefined : refText(found)
}

/** The other tables that foreign keys of this one refer to; of one key only, where it is named. */
export function referredTo(table: string, before: Schema, key?: string): readonly string[] {
  const found = tables(before).find((t) => refText(t) === table)
  const keys = found === undefined ? [] : keysOf(found).filter((c) => key === undefined || c.name === key)
  return [...new Set(keys.map((c) => refText(c.references)))].filter((other) => other !== table)
}

/** The tables whose rows go with those of these: they refer to one of them, or to one of those. */
export function referring(names: readonly string[], before: Schema): readonly string[] {
  const out = new Set(names)
  // A set grows while it is walked.
  for (const name of out)
    for (const t of tables(before)) if (keysOf(t).some((c) => refText(c.references) === name)) out.add(refText(t))
  return [...out].filter((name) => !names.includes(name))
}
