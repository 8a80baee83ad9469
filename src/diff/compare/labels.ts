/** Ordered lists of labels: what was added, removed, moved, and which pairs look like renames. */
import { nameLikeness } from './name-similarity.ts'
import { bestPairs, pairUp } from './pairing.ts'

export interface LabelDifference {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** The labels that stay do not stay in order. */
  readonly reordered: boolean
}

export function labelDifference(from: readonly string[], to: readonly string[]): LabelDifference {
  const [had, has] = [new Set(from), new Set(to)]
  const removed = from.filter((l) => !has.has(l))
  const added = to.filter((l) => !had.has(l))
  const kept = from.filter((l) => has.has(l))
  const now = to.filter((l) => had.has(l))
  return { added, removed, reordered: kept.some((l, i) => l !== now[i]) }
}

export interface Addition {
  readonly value: string
  readonly before?: string
  readonly after?: string
}

/** Additions in order, each next to a label that exists by then: after the previous label, before the first one. */
export function additions(from: readonly string[], to: readonly string[]): readonly Addition[] {
  const has = new Set(from)
  const out: Addition[] = []
  for (const [i, value] of to.entries()) {
    if (has.has(value)) continue
    const [previous, first] = [to[i - 1], from[0]]
    if (previous !== undefined) out.push({ value, after: previous })
    else out.push(first === undefined ? { value } : { value, before: first })
    has.add(value)
  }
  return out
}

/**
 * Pairs of a removed and an added label, each at most once: between the same neighbours, or with names alike; the same
 * place and the likest names first.
 */
export function plausibleRenames(
  from: readonly string[],
  to: readonly string[],
): readonly (readonly [string, string])[] {
  const [removed, added] = [places(from, new Set(to)), places(to, new Set(from))]
  const likeness = (a: Place, b: Place): number => {
    const name = nameLikeness(a.label, b.label)
    if (a.gap !== b.gap) return name >= 0.65 ? 0.5 * name : 0
    return 0.5 + (a.turn === b.turn ? 0.2 : 0) + 0.5 * name
  }
  return bestPairs(pairUp(removed, added, likeness)).map(([a, b]) => [a.label, b.label])
}

interface Place {
  readonly label: string
  /** The label before it that both lists have. */
  readonly gap: string
  readonly turn: number
}

/** The labels of a list that the other does not have, each with its place. */
function places(list: readonly string[], other: ReadonlySet<string>): readonly Place[] {
  const out: Place[] = []
  let [gap, turn] = ['', 0]
  for (const label of list) {
    if (other.has(label)) [gap, turn] = [`=${label}`, 0]
    else out.push({ label, gap, turn: turn++ })
  }
  return out
}

/**
 * The labels of a check that is an enum in disguise: `column = ANY (ARRAY['a'::text, …])` in the spellings that
 * PostgreSQL prints for `IN (…)`, or a single `column = 'a'::text`.
 */
export function checkLabels(sql: string): { readonly column: string; readonly labels: readonly string[] } | undefined {
  const text = stripOuter(sql.trim())
  const plain = /^("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*) IN \((.*)\)$/s.exec(text)
  if (plain !== null) return listOf(plain[1]!, plain[2]!)
  const head =
    /^\(*("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)\)*(?:::(?:text|character varying(?:\(\d+\))?|varchar))?\)* = (.*)$/s.exec(
      text,
    )
  if (head === null) return undefined
  const column = unquoted(head[1]!)
  const rest = head[2]!
  const single = /^\(*'((?:[^']|'')*)'(?:::[a-z ]+(?:\(\d+\))?)?\)*$/s.exec(rest)
  if (single !== null) return { column, labels: [unquote(single[1]!)] }
  const list = /^ANY \(\(*ARRAY\[(.*)\]\)*(?:::(?:text|character varying|varchar)\[\])?\)*$/s.exec(rest)
  if (list === null) return undefined
  return listOf(head[1]!, list[1]!)
}

const unquoted = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name)

function listOf(
  name: string,
  items: string,
): { readonly column: string; readonly labels: readonly string[] } | undefined {
  const labels: string[] = []
  let tail = items
  while (tail !== '') {
    const item =
      /^\(*'((?:[^']|'')*)'(?:::(?:text|character varying|varchar|bpchar)(?:\(\d+\))?)?\)*(?:::text)?\)*(?:,\s*|$)/s.exec(
        tail,
      )
    if (item === null) return undefined
    labels.push(unquote(item[1]!))
    tail = tail.slice(item[0].length)
  }
  return labels.length === 0 ? undefined : { column: unquoted(name), labels }
}

const unquote = (text: string): string => text.replaceAll("''", "'")

function stripOuter(text: string): string {
  let out = text
  while (out.startsWith('(') && out.endsWith(')')) {
    let depth = 0
    let quoted = false
    let outer = true
    for (let i = 0; i < out.length - 1; i++) {
      if (out[i] === "'") quoted = !quoted
      else if (!quoted && out[i] === '(') depth++
      else if (!quoted && out[i] === ')' && --depth === 0) {
        outer = false
        break
      }
    }
    if (!outer) return out
    out = out.slice(1, -1)
  }
  return out
}
