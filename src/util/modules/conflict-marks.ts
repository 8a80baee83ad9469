/** Marks of a merge conflict that Git left in a file, and that nobody has taken out. */

/** At the first sign of a line. */
export const conflictMark = /^(?:<{7}|>{7})(?= |\r?$)/gm

export const resolveConflict = 'Choose what stays, and take the lines with <<<<<<<, ======= and >>>>>>> out'

/** The first line with a mark, counted from 1; undefined where there is none. Asked only of a text that cannot be read. */
export function conflictLine(text: string): number | undefined {
  const at = text.search(conflictMark)
  return at < 0 ? undefined : text.slice(0, at).split('\n').length
}

export const saysConflict = (file: string, line: number): string =>
  `Git left the marks of a merge conflict in it (${file}:${line})`
