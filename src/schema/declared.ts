/** How declared objects are recognized among the exports of a module: by a symbol, never by class. */

/** The property under which every declared object keeps its data. Shared by all copies of ambix in a process. */
export const ambix: unique symbol = Symbol.for('ambix.schema') as never

export interface Declared<D extends { readonly kind: string }> {
  readonly [ambix]: D
}

export type AnyDeclaration = Declared<{ readonly kind: string }>

/** The data of a declared object, or undefined for anything else. */
export function dataOf(x: unknown): { readonly kind: string } | undefined {
  if ((typeof x !== 'object' && typeof x !== 'function') || x === null) return undefined
  const data = (x as { readonly [ambix]?: unknown })[ambix]
  if (typeof data !== 'object' || data === null || !('kind' in data)) return undefined
  return data as { readonly kind: string }
}
