/** The lines of a drawn graph: lanes that open, cross and close between its rows, as `git log --graph` has them. */

/**
 * The lanes of a drawing from children to parents. Each lane waits for one node; lane k is at column 2k.
 * Every method adds the rows that lead to the next state.
 */
export class Lanes {
  /** What each lane waits for. */
  #waiting: (number | undefined)[] = []
  readonly #row: (picture: string) => void

  constructor(row: (picture: string) => void) {
    this.#row = row
  }

  /** Finds the lane of a node, or opens one on the right, and returns the text of its row. */
  place(node: number): { readonly lane: number; readonly picture: string } {
    let lane = this.#waiting.indexOf(node)
    if (lane < 0) lane = this.#waiting.push(node) - 1
    return { lane, picture: this.#waiting.map((_, i) => (i === lane ? '*' : '|')).join(' ') }
  }

  /** Draws the lines from a node's row to the next: to its parents, or the end of its lane. */
  leave(lane: number, parents: readonly number[]): void {
    const [first, ...others] = parents
    this.#waiting[lane] = first
    if (first === undefined) {
      this.#waiting.splice(lane, 1)
      this.#shift(lane)
      return
    }
    // In reverse order, so that the second parent ends up nearest.
    for (const parent of others.toReversed()) this.#branchOff(lane, parent)
    this.#joinDoubles()
  }

  /** Lanes to the right of a closed one move one place to the left. */
  #shift(closed: number): void {
    if (closed < this.#waiting.length)
      this.#draw(this.#waiting.length + 1, (i) => (i < closed ? '|' : i === closed ? ' ' : '/'))
  }

  #branchOff(lane: number, parent: number): void {
    const known = this.#waiting.indexOf(parent)
    if (known >= 0 && known < lane) this.#reach(lane, known)
    else if (known === lane + 1) this.#draw(this.#waiting.length, () => '|', new Map([[2 * lane + 1, '\\']]))
    else {
      this.#waiting.splice(lane + 1, 0, parent)
      this.#draw(this.#waiting.length, (i) => (i <= lane ? '|' : '\\'))
    }
  }

  /** From a lane that continues to one further left. */
  #reach(from: number, to: number): void {
    const marks = new Map([[2 * from - 1, '/']])
    for (let i = to + 2; i < from; i++) marks.set(2 * i - 1, '_')
    this.#draw(this.#waiting.length, () => '|', marks)
    if (from - to > 1) this.#draw(this.#waiting.length, () => '|', new Map([[2 * to + 1, '/']]))
  }

  /** Merges lanes that wait for the same node into the leftmost one; those to the right of the closed one move left with it. */
  #joinDoubles(): void {
    for (let i = 1; i < this.#waiting.length; i++) {
      const to = this.#waiting.indexOf(this.#waiting[i])
      if (to === i) continue
      const marks = new Map<number, string>()
      for (let k = to + 2; k < i; k++) marks.set(2 * k - 1, '_')
      this.#draw(this.#waiting.length, (k) => (k < i ? '|' : '/'), marks)
      this.#waiting.splice(i, 1)
      if (i - to > 1) this.#draw(this.#waiting.length, () => '|', new Map([[2 * to + 1, '/']]))
      i--
    }
  }

  /** One row of n lanes: `|` and blank at a lane's own column, a slant just left of it. */
  #draw(n: number, sign: (lane: number) => string, marks: ReadonlyMap<number, string> = new Map()): void {
    const cells: string[] = Array.from<string>({ length: Math.max(0, 2 * n - 1) }).fill(' ')
    for (let i = 0; i < n; i++) {
      const s = sign(i)
      if (s === '|') cells[2 * i] = s
      else if (s !== ' ') cells[2 * i - 1] = s
    }
    for (const [column, mark] of marks) cells[column] = mark
    this.#row(cells.join('').trimEnd())
  }
}
