/** Where a process keeps its loaders of the user's modules, for those who must not load one to ask for it. */

export const loaderSlot: unique symbol = Symbol.for('ambix.loader')

/**
 * Looks at the user's files that this process has loaded: if one was changed since, all of them are loaded again from the
 * next `importModule` on, so that a second command in one process sees the models as they are. (An ES module that was
 * `require`d stays: Node keeps those.)
 */
export function refreshModules(): void {
  const loaders = (globalThis as { [loaderSlot]?: ReadonlyMap<string, { refresh(): void }> })[loaderSlot]
  for (const loader of loaders?.values() ?? []) loader.refresh()
}
