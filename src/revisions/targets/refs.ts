/** The grammar of revision identifiers: `head`, `ae10+2`, `billing@head`, `a:b`, parsed by hand into data (R1-R15). */
import { AmbixError } from '../../errors.ts'
import { shown } from '../../schema/shapes.ts'

/** Where a reference starts: a keyword of the grammar, a name (id, partial id or label), or nothing (`+2`). */
export type RefAnchor =
  | { readonly kind: 'head' | 'heads' | 'base' | 'current' | 'none' }
  | { readonly kind: 'name'; readonly name: string }

export interface Ref {
  readonly text: string
  /** The part before the `@`; absent also for a bare `@head`, which is `head` (R7). */
  readonly label?: string
  readonly anchor: RefAnchor
  /** Signed and never 0; undefined for a plain reference. */
  readonly steps?: number
}

/** `a:b`, `a:`, `:b` or `:`. */
export interface RefRange {
  readonly text: string
  readonly from?: Ref
  readonly to?: Ref
}

/**
 * Parses one reference:
 * `[label@](id | partial id | label | head | heads | base | current)[±N]`, or `[label@]±N`.
 * Throws REVISION.UNKNOWN for any other form, trailing characters included (R15), and REVISION.RANGE for a step
 * count of zero or beyond a million.
 *
 * @example parseRef('billing@head-2') // { label: 'billing', anchor: { kind: 'head' }, steps: -2, … }
 */
export function parseRef(text: string): Ref {
  checkText(text)
  const source = text.trim()
  if (source.includes(':')) throw malformed(text, 'it is a range, and one revision is asked for')
  const at = source.indexOf('@')
  const label = at > 0 ? source.slice(0, at) : undefined
  if (label !== undefined) checkName(text, label, 'label')
  const rest = at < 0 ? source : source.slice(at + 1)
  let sign = 0
  while (sign < rest.length && rest[sign] !== '+' && rest[sign] !== '-') sign++
  const word = rest.slice(0, sign)
  const steps = sign < rest.length ? parseSteps(text, rest.slice(sign)) : undefined
  if (word === '' && steps === undefined) {
    throw malformed(text, at < 0 ? 'it is empty' : 'nothing stands after the @')
  }
  const anchor = parseAnchor(text, word)
  return { text: source, ...(label === undefined ? {} : { label }), anchor, ...(steps === undefined ? {} : { steps }) }
}

/**
 * Parses `a:b` with either end open (R13). Throws REVISION.UNKNOWN for a missing or second colon, and as `parseRef`.
 */
export function parseRange(text: string): RefRange {
  checkText(text)
  const source = text.trim()
  const parts = source.split(':')
  if (parts.length !== 2) {
    throw malformed(text, parts.length < 2 ? 'a range is start:end, start: or :end' : 'a range has one colon')
  }
  const [from, to] = parts.map((part) => (part.trim() === '' ? undefined : parseRef(part)))
  return { text: source, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
}

/** Whether the text is a range. */
export function isRange(text: string): boolean {
  return text.includes(':')
}

/** Whether resolving for `show`, `edit` or `history` needs the rows of the version table (R14, C25). */
export function needsRows(ref: Ref | RefRange | undefined): boolean {
  if (ref === undefined) return false
  if ('anchor' in ref) return ref.anchor.kind === 'current'
  return needsRows(ref.from) || needsRows(ref.to)
}

function parseAnchor(text: string, word: string): RefAnchor {
  switch (word) {
    case '':
      return { kind: 'none' }
    case 'head':
    case 'heads':
    case 'base':
    case 'current':
      return { kind: word }
    default:
      checkName(text, word, 'name')
      return { kind: 'name', name: word }
  }
}

function parseSteps(text: string, part: string): number {
  const digits = part.slice(1)
  for (const c of digits) {
    if (c < '0' || c > '9')
      throw malformed(text, `a whole number must stand after the ${part[0]}, and nothing behind it`)
  }
  if (digits === '') throw malformed(text, `a whole number must stand after the ${part[0]}`)
  const count = Number(digits)
  if (count < 1 || count > 1_000_000) {
    throw new AmbixError('REVISION.RANGE', `${JSON.stringify(text.slice(0, 80))} has a step count that is not valid.`, {
      why: 'A step count is a whole number from 1 to 1000000.',
      data: { text },
    })
  }
  return part[0] === '-' ? -count : count
}

function checkName(text: string, name: string, what: string): void {
  const bad = /[\s@+:,'"`\\/\-\p{C}]/u.exec(name)
  if (bad !== null) throw malformed(text, `the ${what} contains ${JSON.stringify(bad[0])}`)
}

/** A program may give anything. */
function checkText(text: unknown): asserts text is string {
  if (typeof text !== 'string') throw malformed(shown(text), 'a string is wanted')
}

function malformed(text: string, why: string): AmbixError {
  return new AmbixError('REVISION.UNKNOWN', `${shown(text)} is not a revision: ${why}.`, {
    next: ['write an id, its first characters, a label, head, heads, base, +N, -N, id+N, label@head or label@-1'],
    data: { text },
  })
}
