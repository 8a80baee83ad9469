/** Where a process keeps its loaders of user modules, for code that must not load one only to ask for it. */

export const loaderSlot: unique symbol = Symbol.for('ambix.loader')

/**
 * Checks the user's files that this process has loaded: if one has changed since, all of them are loaded again from the
 * next `importModule` on, so that a second command in one process sees the current models. (An ES module that was
 * `require`d is kept: Node keeps those.)
 */
export function refreshModules(): void {
  const loaders = (globalThis as { [loaderSlot]?: ReadonlyMap<string, { refresh(): void }> })[loaderSlot]
  for (const loader of loaders?.values() ?? []) loader.refresh()
}
