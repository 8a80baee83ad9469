/** Which right a refused statement lacks (SQLSTATE 42501), on what, and the statement that gives it. */
import type { ServerError } from '../../../drivers/driver.ts'
import { quoteIdent } from '../spell/quote.ts'

/** A statement that was refused, as whom, and where: as the driver knows it. */
export interface Refused {
  readonly sql?: string
  readonly role?: string
  readonly database?: string
}

/** Kinds of objects as messages name them, and as GRANT and ALTER … OWNER do. */
const words: Readonly<Record<string, string>> = {
  relation: 'TABLE',
  'statistics object': 'STATISTICS',
  'foreign server': 'FOREIGN SERVER',
  'foreign-data wrapper': 'FOREIGN DATA WRAPPER',
}
const relations = new Set(['table', 'view', 'materialized view', 'relation', 'foreign table'])

/** The privileges on what is no table. */
const usual: Readonly<Record<string, string>> = {
  sequence: 'USAGE, SELECT',
  function: 'EXECUTE',
  procedure: 'EXECUTE',
  aggregate: 'EXECUTE',
  routine: 'EXECUTE',
  type: 'USAGE',
  domain: 'USAGE',
  language: 'USAGE',
  'foreign server': 'USAGE',
  'foreign-data wrapper': 'USAGE',
  tablespace: 'CREATE',
}

export function missingRight(said: ServerError, { sql = '', role, database }: Refused): string | undefined {
  const { message } = said
  const who = role === undefined ? '<role>' : quoteIdent(role)
  const denied = onObject('permission denied for', message)
  if (denied !== undefined)
    return granting(denied.kind, named(sql, denied.name), privilegesFor(denied.kind, denied.name, sql), who)
  const owned = onObject('must be owner of', message)
  if (owned !== undefined) return owning(owned.kind, named(sql, owned.name), who)
  for (const [pattern, advise] of others) {
    const found = pattern.exec([message, said.detail, said.hint].filter(Boolean).join('\n'))
    if (found !== null) return advise(who, found[1] ?? database ?? '')
  }
  return undefined
}

/** What is refused for another reason than an object: the message, and what gives the right. */
const others: readonly (readonly [RegExp, (who: string, name: string) => string])[] = [
  [/^permission denied to create database/u, (who) => `${who} may create no databases: ALTER ROLE ${who} CREATEDB`],
  [
    /^permission denied to (?:create|alter|drop) role/u,
    (who) => `${who} may not change roles: ALTER ROLE ${who} CREATEROLE`,
  ],
  [
    /^permission denied to create temporary tables in database "(.+)"/u,
    (who, name) => granting('database', quoteIdent(name), 'TEMPORARY', who)!,
  ],
  [
    /^(?:must be (?:member of|able to SET ROLE)(?: role)?|permission denied to set role) "?([^"\n]+)"?/u,
    (who, name) => `${who} is no member of ${name}: GRANT ${quoteIdent(name)} TO ${who}`,
  ],
  [
    /privileges of the "?(pg_\w+)"? role/u,
    (who, name) => `${who} has not the rights of ${name}: GRANT ${name} TO ${who}`,
  ],
  [
    /CREATE privilege on (?:the )?current database/u,
    (who, name) => granting('database', name === '' ? '…' : quoteIdent(name), 'CREATE', who)!,
  ],
  [
    /superuser|session authorization/iu,
    () => 'Only a superuser may do that: have it done by one, or run the command as one',
  ],
]

/** The name is in quotes in some messages alone: kinds of several words are told by what they are. */
const object =
  /^(?:.* or )?((?:materialized|foreign|event|statistics|operator|large|text search) (?:view|table|server|trigger|object|class|family|configuration|dictionary)|[a-z][a-z-]*) ("?)([^"\s].*?)\2$/u

/** The kind and the name of the object that a message names last. */
function onObject(start: string, message: string): { readonly kind: string; readonly name: string } | undefined {
  if (!message.startsWith(`${start} `)) return undefined
  const found = object.exec(message.slice(start.length + 1))
  return found === null ? undefined : { kind: found[1]!, name: found[3]! }
}

function granting(kind: string, name: string, privileges: string | undefined, who: string): string | undefined {
  if (privileges === undefined) return undefined
  const on = relations.has(kind) ? name : `${words[kind] ?? kind.toUpperCase()} ${name}`
  return `${who} has no ${privileges} on the ${kind} ${name}: GRANT ${privileges} ON ${on} TO ${who}`
}

/** Kinds whose owner is that of something else, or cannot be changed, or not by the name alone. */
const unowned = new Set(
  'index,constraint,trigger,extension,aggregate,operator,operator class,operator family'.split(','),
)

function owning(kind: string, name: string, who: string): string {
  const may = `Only the owner of the ${kind} ${name} may do that: run the command as its owner, or have ${who} made a member of that role`
  return unowned.has(kind)
    ? may
    : `${may}, or the owner: ALTER ${words[kind] ?? kind.toUpperCase()} ${name} OWNER TO ${who}`
}

function privilegesFor(kind: string, name: string, sql: string): string | undefined {
  if (kind === 'schema') return /^\s*(?:create|alter)\b/iu.test(sql) ? 'USAGE, CREATE' : 'USAGE'
  if (kind === 'database') return /\btemp(?:orary)?\b/iu.test(sql) ? 'TEMPORARY' : 'CREATE'
  return relations.has(kind) ? ofTable(name, sql) : usual[kind]
}

const escaped = (name: string): string => name.replaceAll(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`)

/** What a statement does to a table, by the word before its name; one that does something else reads it. */
function ofTable(name: string, sql: string): string {
  const table = `(?:only\\s+)?(?:(?:"[^"]+"|[\\w$]+)\\s*\\.\\s*)?"?${escaped(name)}(?![\\w$])`
  const has = (before: string): boolean => new RegExp(`\\b${before}\\s+${table}`, 'iu').test(sql)
  if (has('references')) return 'REFERENCES'
  if (has('insert\\s+into')) return 'INSERT'
  if (has('update')) return 'SELECT, UPDATE'
  if (has('delete\\s+from')) return 'SELECT, DELETE'
  if (has('truncate(?:\\s+table)?')) return 'TRUNCATE'
  if (has('lock(?:\\s+table)?')) return 'UPDATE'
  // PostgreSQL 17 and later; before, the owner's alone, and told so.
  if (/^\s*(?:refresh|cluster|reindex)\b/iu.test(sql)) return 'MAINTAIN'
  if (/^\s*create\s[^;]*?\btrigger\b/iu.test(sql) && has('on')) return 'TRIGGER'
  return 'SELECT'
}

/** Whether what stands before a dot is a table of the statement, or its alias: then a column follows that is named as the object is. */
function isTableOf(sql: string, name: string): boolean {
  const other = String.raw`(?:"[^"]+"|[\w$]+)`
  const own = String.raw`(?<![\w$"])${escaped(name)}(?![\w$"]|\s*\.)`
  return new RegExp(
    String.raw`(?:\b(?:from|join|update|into|using|only)|,)\s+(?:${other}\s*\.\s*)?(?:${other}\s+(?:as\s+)?)?${own}`,
    'iu',
  ).test(sql)
}

const schemaBefore = /("(?:[^"]|"")+"|[\w$]+)\s*\.\s*$/u
/** So far before its name a schema is looked for: a statement may hold megabytes of data. */
const farthest = 200

/** The name with the schema that the statement gives it. */
function named(sql: string, name: string): string {
  const own = quoteIdent(name)
  for (const text of new Set([own, `"${name.replaceAll('"', '""')}"`, name]))
    for (let at = sql.indexOf(text); at >= 0; at = sql.indexOf(text, at + text.length)) {
      const next = sql[at + text.length] ?? ''
      if (!text.startsWith('"') && /[\w$]/u.test(next)) continue
      const schema = schemaBefore.exec(sql.slice(Math.max(0, at - farthest), at))?.[1]
      if (schema !== undefined && !isTableOf(sql, schema)) return `${schema}.${own}`
    }
  return own
}
