/** Hints, the answers that a user gives beforehand: read from JSON, looked up, and reported if unused. */
import { AmbixError } from '../../errors.ts'
import { parseRef, refText } from '../../schema/keys.ts'
import type { Ref } from '../../schema/model.ts'
import type { Hint } from './types.ts'

const objectKinds: ReadonlySet<string> = new Set(['table', 'enum', 'view', 'sequence', 'schema', 'type', 'domain'])
const examples = 'Such as [{"rename":"value","enum":"status","from":"published","to":"live"}].'

/**
 * Reads hints from parsed JSON (issue "Enums", item 4). Throws HINTS.INVALID, which shows the entry that is wrong.
 * `parseHints([{ rename: 'table', from: 'posts', to: 'articles' }])`
 */
export function parseHints(json: unknown): readonly Hint[] {
  if (!Array.isArray(json)) throw invalid(json, 'The hints are not a JSON array.')
  return json.map(parseHint)
}

type Fields = Readonly<Record<string, unknown>>

function parseHint(entry: unknown): Hint {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) throw invalid(entry, 'A hint is an object.')
  // An object that is not an array: its fields are checked one by one below.
  const fields = entry as Fields
  const verbs = ['rename', 'remap', 'distinct', 'backfill', 'using', 'map'].filter((verb) => verb in fields)
  if (verbs.length !== 1)
    throw invalid(entry, 'A hint has exactly one of rename, remap, distinct, backfill, using, map.')
  const verb = verbs[0]!
  const subject = fields[verb]
  if (typeof subject !== 'string' || subject === '') throw invalid(entry, `"${verb}" must be a text.`)
  switch (verb) {
    case 'rename':
    case 'distinct':
      if (subject === 'all') {
        only(entry, fields, [verb])
        break
      }
      if (subject === 'value') only(entry, fields, [verb, 'enum', 'column', 'from', 'to'])
      else if (subject === 'column' || (verb === 'rename' && (subject === 'index' || subject === 'constraint'))) {
        only(entry, fields, [verb, 'table', 'from', 'to'])
        text(entry, fields, 'table')
      } else if (objectKinds.has(subject)) only(entry, fields, [verb, 'from', 'to'])
      else throw invalid(entry, `"${subject}" cannot be in a hint of ${verb}.`)
      text(entry, fields, 'from')
      if (verb === 'rename' || fields['to'] !== undefined) text(entry, fields, 'to')
      if (subject === 'value') enumOrColumn(entry, fields)
      break
    case 'remap':
      if (subject !== 'value') throw invalid(entry, '"remap" is of a "value".')
      only(entry, fields, ['remap', 'enum', 'column', 'from', 'to', 'direction'])
      text(entry, fields, 'from')
      if (fields['to'] !== null) text(entry, fields, 'to')
      enumOrColumn(entry, fields)
      if (fields['direction'] !== undefined && fields['direction'] !== 'up' && fields['direction'] !== 'down') {
        throw invalid(entry, '"direction" is "up" or "down".')
      }
      break
    case 'backfill': {
      only(entry, fields, ['backfill', 'value', 'expression'])
      if ('value' in fields === 'expression' in fields)
        throw invalid(entry, 'A backfill has either a "value" or an "expression".')
      if ('expression' in fields) text(entry, fields, 'expression')
      else if (!['string', 'number', 'boolean'].includes(typeof fields['value']))
        throw invalid(entry, '"value" must be a text, a number or a boolean.')
      break
    }
    case 'using':
      only(entry, fields, ['using', 'up', 'down'])
      text(entry, fields, 'up')
      if (fields['down'] !== undefined) text(entry, fields, 'down')
      break
    case 'map': {
      only(entry, fields, ['map', 'values'])
      const values = fields['values']
      const fine =
        typeof values === 'object' &&
        values !== null &&
        !Array.isArray(values) &&
        Object.values(values).every((v) => v === null || typeof v === 'string')
      if (!fine) throw invalid(entry, '"values" must be an object of texts or nulls.')
      break
    }
  }
  // Every property was checked above against the shape that the verb requires.
  return entry as Hint
}

function only(entry: unknown, fields: Fields, allowed: readonly string[]): void {
  const stranger = Object.keys(fields).find((key) => !allowed.includes(key))
  if (stranger !== undefined)
    throw invalid(entry, `"${stranger}" does not belong there; known are ${allowed.join(', ')}.`)
}

function text(entry: unknown, fields: Fields, key: string): void {
  if (typeof fields[key] !== 'string') throw invalid(entry, `"${key}" must be a text.`)
}

function enumOrColumn(entry: unknown, fields: Fields): void {
  const given = [fields['enum'], fields['column']].filter((v) => typeof v === 'string')
  if (given.length !== 1) throw invalid(entry, 'Of "enum" and "column" exactly one must be given, as a text.')
}

function invalid(entry: unknown, why: string): AmbixError {
  return new AmbixError('HINTS.INVALID', `This hint cannot be understood: ${JSON.stringify(entry)}`, {
    why,
    next: [examples],
  })
}

/** `posts.status`, `app.posts.status`, `"Post Status".x`: a table and a column; undefined when the text is not such. */
export function parseColumn(text: string): { readonly table: Ref; readonly column: string } | undefined {
  const parts = [...text.matchAll(/(?:^|\.)(?:"((?:[^"]|"")*)"|([^".]+))/g)]
  const names = parts.map((m) => m[1]?.replaceAll('""', '"') ?? m[2] ?? '')
  if (parts.map((m) => m[0]).join('') !== text) return undefined
  if (names.length === 2) return { table: { name: names[0]! }, column: names[1]! }
  return names.length === 3 ? { table: { schema: names[0]!, name: names[1]! }, column: names[2]! } : undefined
}

/** Whether a name in a hint means the object; `public.x` also means an `x` of the default schema. */
export function names(text: string, ref: Ref): boolean {
  const parsed = parseRef(text) ?? { name: text }
  if (parsed.name !== ref.name) return text === ref.name && ref.schema === undefined
  return parsed.schema === ref.schema || (parsed.schema === 'public' && ref.schema === undefined)
}

export function namesColumn(text: string, table: Ref, column: string): boolean {
  const parsed = parseColumn(text)
  return parsed !== undefined && parsed.column === column && names(refText(parsed.table), table)
}

function isForAll(hint: Hint): boolean {
  return ('rename' in hint && hint.rename === 'all') || ('distinct' in hint && hint.distinct === 'all')
}

/** The hints of one diff; a hint that was never used is an error at the end. */
export class HintBook {
  readonly #hints: readonly Hint[]
  readonly #used = new Set<Hint>()
  constructor(hints: readonly Hint[]) {
    this.#hints = hints
  }

  /** All hints that fit, marked as used. */
  take(fits: (hint: Hint) => boolean): readonly Hint[] {
    const found = this.#hints.filter(fits)
    for (const hint of found) this.#used.add(hint)
    return found
  }

  all(): readonly Hint[] {
    return this.#hints
  }

  /** One answer to every question whether something was renamed. */
  get forAll(): 'rename' | 'distinct' | undefined {
    for (const hint of this.#hints) {
      if ('rename' in hint && hint.rename === 'all') return 'rename'
      if ('distinct' in hint && hint.distinct === 'all') return 'distinct'
    }
    return undefined
  }

  use(hint: Hint): void {
    this.#used.add(hint)
  }

  /** Throws HINTS.UNUSED, naming each unused hint as it was given, except those whose answer is the case already. */
  close(already: (hint: Hint) => boolean): void {
    const unused = this.#hints.filter((hint) => !this.#used.has(hint) && !isForAll(hint) && !already(hint))
    if (unused.length === 0) return
    throw new AmbixError(
      'HINTS.UNUSED',
      `${unused.length === 1 ? 'A hint fits' : 'Some hints fit'} nothing in the difference.`,
      {
        why: unused.map((hint) => JSON.stringify(hint)).join('\n'),
        next: ['Correct the names, or take the hint out: what was renamed already needs no hint.'],
        data: { hints: unused },
      },
    )
  }
}
