/** Long lists, whose elements a call cannot take one by one as arguments: some hundred thousand overflow the stack. */

export function append<T>(to: T[], from: Iterable<T>): void {
  for (const one of from) to.push(one)
}

/** The length of the longest text, 0 where there is none. */
export function widest(texts: Iterable<string>): number {
  let most = 0
  for (const text of texts) most = Math.max(most, text.length)
  return most
}
