/** Lists that nearly always are as they should be: then there is no copy. */

/** The list itself where it is sorted, as nearly all are. */
export function inOrder<T>(list: readonly T[], by: (a: T, b: T) => number): readonly T[] {
  for (let i = 1; i < list.length; i++) if (by(list[i - 1]!, list[i]!) > 0) return list.toSorted(by)
  return list
}

/** The list itself where nothing changes. */
export function mapped<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  let copy: T[] | undefined
  for (let i = 0; i < list.length; i++) {
    const now = change(list[i]!)
    if (now !== list[i]) copy ??= list.slice(0, i)
    copy?.push(now)
  }
  return copy ?? list
}
