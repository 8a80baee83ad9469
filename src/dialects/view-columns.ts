/** The columns of views, as a dialect asks for them. */
import { viewKey } from '../schema/keys.ts'
import type { View } from '../schema/model.ts'

/** Rows of view, column and type in the columns' order, by the view's key. */
export function columnsByView(
  rows: readonly (readonly (string | null)[])[],
): ReadonlyMap<string, NonNullable<View['columns']>> {
  const found = new Map<string, { readonly name: string; readonly type: string }[]>()
  for (const [view, name, type] of rows) {
    const key = viewKey({ name: view! })
    const column = { name: name!, type: type! }
    const columns = found.get(key)
    if (columns === undefined) found.set(key, [column])
    else columns.push(column)
  }
  return found
}
