/** Which dropped objects may be which new ones: each with its likeliest partner first. */

export interface Candidate<F, T> {
  readonly from: F
  /** Best first: the match of the best pairing of all, then the others by likeness. */
  readonly to: readonly T[]
}

/** How many candidates a question offers; more would be too long to read. */
const most = 6

/**
 * Pairs one to one, the most alike first. An unpaired one is a candidate only where it is nearly as alike as the
 * one that its match was paired with: so there are no questions about unrelated objects next to a clear pair. A likeness of 0
 * is no candidate. The result does not depend on earlier answers, so a "no" raises no new questions.
 */
export function pairUp<F, T>(
  gone: readonly F[],
  added: readonly T[],
  likeness: (from: F, to: T) => number,
): readonly Candidate<F, T>[] {
  const all = gone
    .flatMap((from, i) => added.map((to, j) => ({ from, to, i, j, score: likeness(from, to) })))
    .filter((pair) => pair.score > 0)
    .toSorted((a, b) => b.score - a.score || Math.abs(a.i - a.j) - Math.abs(b.i - b.j) || a.i - b.i || a.j - b.j)
  const partners = new Map<F, T>()
  const won = new Map<T, number>()
  for (const { from, to, score } of all) {
    if (partners.has(from) || won.has(to)) continue
    partners.set(from, to)
    won.set(to, score)
  }
  return gone.flatMap((from) => {
    const own = all.filter((pair) => pair.from === from)
    const partner = partners.get(from)
    const asked = partner !== undefined || own.some((pair) => pair.score >= 0.75 * won.get(pair.to)!)
    if (!asked) return []
    const to = own.map((pair) => pair.to).toSorted((a, b) => Number(b === partner) - Number(a === partner))
    return [{ from, to: to.slice(0, most) }]
  })
}

/** The pairs alone, for a single answer to all questions: each object once. */
export function bestPairs<F, T>(candidates: readonly Candidate<F, T>[]): readonly (readonly [F, T])[] {
  const taken = new Set<T>()
  return candidates.flatMap(({ from, to }): readonly (readonly [F, T])[] => {
    const [first] = to
    if (first === undefined || taken.has(first)) return []
    taken.add(first)
    return [[from, first]]
  })
}
