/** Random choices in imperative code, drawn from fast-check so that a failure can be replayed and shrunk. */
import fc from 'fast-check'

export interface Chooser {
  /** A whole number, both ends included; shrinks towards `min`. */
  int(min: number, max: number): number
  /** One of the list; shrinks towards the first. */
  pick<T>(list: readonly T[]): T
  /** True about once in `n` times; shrinks towards false. */
  oneIn(n: number): boolean
  /** Some of the list, in its order, at least `min` of them. */
  some<T>(list: readonly T[], min?: number): T[]
  text(): string
}

/** Text that is hard to quote somewhere: SQL, TypeScript, shells, terminals. No NUL, no half characters. */
export const hostileTexts: readonly string[] = [
  'plain',
  "it's",
  'a "quoted" one',
  'back\\slash \\n',
  'tick ` and ${danger}',
  '*/ // -- ;',
  '$$ $1 ? :name %s',
  'two\nlines\r\nand\ttab',
  'Ünïcödé 漢字 🙂',
  'e\u0301 \u202eright to left\u202c \u200bzero \ufeffmark',
  'line\u2028separator\u2029',
  "'; drop table canary; --",
  '{a,"b"}',
  '</script>',
  ' leading and trailing ',
  'NULL',
]

/** Runs imperative code that chooses at random, as an arbitrary of its result. */
export function arbitraryOf<T>(make: (choose: Chooser) => T): fc.Arbitrary<T> {
  return fc.gen().map((g) =>
    make({
      int: (min, max) => g(fc.integer, { min, max }),
      pick: (list) => list[g(fc.nat, { max: list.length - 1 })]!,
      oneIn: (n) => g(fc.nat, { max: n - 1 }) === n - 1,
      some: (list, min = 0) =>
        g(fc.subarray as <U>(l: U[], c: { minLength: number }) => fc.Arbitrary<U[]>, [...list], {
          minLength: Math.min(min, list.length),
        }) as (typeof list)[number][],
      text: () => hostileTexts[g(fc.nat, { max: hostileTexts.length - 1 })]!,
    }),
  )
}
