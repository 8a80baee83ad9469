/** Changes of the files of applied revisions, as data and as text. */

export interface FileChange {
  readonly kind: 'edited' | 'moved' | 'inserted' | 'deleted' | 'renamed' | 'below'
  /** The id in the database; for an inserted revision, its own. */
  readonly revision: string
  /** With `renamed`: its id now. */
  readonly to?: string
  /** It was applied and counts as not applied: an upgrade would run it twice. */
  readonly again?: true
  /** A sentence without its period. */
  readonly text: string
}

/** The ids to name when the changes are accepted. */
export const changedIds = (changes: readonly FileChange[]): readonly string[] => [
  ...new Set(changes.flatMap((c) => (c.kind === 'deleted' ? [] : [c.to ?? c.revision]))),
]

/** The ids in the database. */
export const revisionsOf = (changes: readonly FileChange[]): readonly string[] => [
  ...new Set(changes.map((c) => c.revision)),
]

/** Sentences; all edits in one. */
export function changeTexts(changes: readonly FileChange[]): readonly string[] {
  const edited = changes.filter((c) => c.kind === 'edited').map((c) => c.revision)
  const others = changes.filter((c) => c.kind !== 'edited').map((c) => c.text)
  if (edited.length === 0) return others
  return [...others, `${edited.join(', ')} ${edited.length === 1 ? 'was' : 'were'} edited after being applied`]
}
