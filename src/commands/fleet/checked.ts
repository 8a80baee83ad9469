/** What a source gives as a target, looked at before anything is done: the state must be able to name it, and its place must be meant. */
import type { Target } from '../../config/config.ts'
import { AmbixError } from '../../errors.ts'
import { isTooLong, sizeOf, usualNames } from '../../schema/name-limit.ts'
import { closest } from '../../util/closest.ts'
import { redactUrl } from '../../util/redact.ts'

/** Of an id: a row of the state is found by it, and an entry of an index has at most 2,700 bytes. */
const mostLetters = 500

/** Throws FLEET.TARGETS; never with a URL in the message. */
export function checkedTarget(item: unknown, where: string): Target {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw bad(where, 'is no object')
  const { id, url, schema, tags } = item as Readonly<Record<string, unknown>>
  const name = idOf(id, where)
  const said = `(${redactUrl(name)})`
  for (const [key, value] of Object.entries({ url, schema }))
    if (value !== undefined && value !== null && (typeof value !== 'string' || value === ''))
      throw bad(where, `${said} has a ${key} that is no text`)
  if (typeof schema === 'string') checkSchema(schema, said, where)
  checkKeys(item as Readonly<Record<string, unknown>>, said, where)
  const list = typeof tags === 'string' ? tags.split(',').map((t) => t.trim()) : (tags ?? [])
  if (!Array.isArray(list) || !list.every((t) => typeof t === 'string'))
    throw bad(where, `${said} has tags that are no texts`)
  return {
    id: name,
    ...(typeof url === 'string' ? { url } : {}),
    ...(typeof schema === 'string' ? { schema } : {}),
    ...(list.length === 0 ? {} : { tags: list }),
  }
}

function idOf(id: unknown, where: string): string {
  if (typeof id === 'bigint') return String(id)
  if (typeof id === 'number') {
    // Two ids that are as near as that would be one.
    if (!Number.isFinite(id) || Math.abs(id) > Number.MAX_SAFE_INTEGER)
      throw bad(where, `has the id ${id}, which no number is exact enough for`, 'Write the id as a text')
    return String(id)
  }
  if (typeof id !== 'string' || id === '') throw bad(where, 'has no id')
  const shown = redactUrl(id.slice(0, 40))
  if (id.length > mostLetters)
    throw bad(where, `has an id of ${id.length} characters (${shown}…)`, `Give it ${mostLetters} at most`)
  if (!isText(id)) throw bad(where, `has an id that no database keeps as it is: ${JSON.stringify(shown)}`)
  return id
}

/** No database keeps others: a zero, half of a pair. */
const isText = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** A name that the server cuts, or takes for another one, is the schema of somebody else. */
function checkSchema(schema: string, said: string, where: string): void {
  if (isTooLong(schema, usualNames))
    throw bad(
      where,
      `${said} has a schema whose name has ${sizeOf(schema, usualNames)} bytes, of which the server keeps ${usualNames.most}`,
    )
  if (!isText(schema)) throw bad(where, `${said} has a schema whose name is no text: ${JSON.stringify(schema)}`)
  // In a search path, quoted too.
  if (schema === '$user') throw bad(where, `${said} has the schema $user, which means that of the role that connects`)
}

/** How the columns of a place are called elsewhere. */
const otherwise: ReadonlyMap<string, 'schema' | 'url'> = new Map([
  ['schemaname', 'schema'],
  ['tenantschema', 'schema'],
  ['uri', 'url'],
  ['dsn', 'url'],
  ['dburl', 'url'],
  ['databaseurl', 'url'],
  ['connectionurl', 'url'],
  ['connectionstring', 'url'],
])

/** Other keys may be there, but none that was meant to say where the target is: it would be elsewhere. */
function checkKeys(item: Readonly<Record<string, unknown>>, said: string, where: string): void {
  for (const [key, value] of Object.entries(item)) {
    if (['id', 'url', 'schema', 'tags'].includes(key) || value === null || value === undefined) continue
    const word = key.toLowerCase().replaceAll(/[_-]/g, '')
    const meant = otherwise.get(word) ?? closest(word, ['schema', 'url'])
    if (meant !== undefined && (item[meant] ?? null) === null)
      throw bad(where, `${said} has no ${meant}, and a ${key}, which says nothing`, `Did you mean ${meant}?`)
  }
}

const bad = (where: string, what: string, next?: string): AmbixError =>
  new AmbixError('FLEET.TARGETS', `${where}: a target ${what}`, {
    next: [
      next ?? "A target is { id: 'north', url: '…', schema: 'north', tags: ['canary'] }; all but id may be left out",
    ],
  })
