/** Default privileges, read from the catalog. */
import type { Definition, Grant } from '../../../schema/model.ts'
import { type Catalog, compare, readGrants } from './catalog.ts'
import { ownersLost } from './settings.ts'
import { quoteIdent } from '../spell/quote.ts'

const objectWords: Readonly<Record<string, string>> = {
  r: 'TABLES',
  S: 'SEQUENCES',
  f: 'FUNCTIONS',
  T: 'TYPES',
  n: 'SCHEMAS',
  L: 'LARGE OBJECTS',
}

const impliedWords: Readonly<Record<string, string>> = { f: 'EXECUTE', T: 'USAGE' }

const ownersWords: Readonly<Record<string, string>> = {
  r: 'TABLE',
  S: 'SEQUENCE',
  f: 'FUNCTION',
  T: 'TYPE',
  n: 'SCHEMA',
}

/** Privileges that the creating role does not get on its own objects: the database-wide list names the owner's too. */
function ownersDefault(
  catalog: Catalog,
  d: { schema: string | null; type: string; role: string; acl: string; head: string; words: string; where: string },
): readonly Definition[] {
  if (d.schema !== null) return []
  const has = new Set((readGrants(d.acl, null) ?? []).flatMap((g) => (g.grantee === d.role ? g.privileges : [])))
  const lost = ownersLost(ownersWords[d.type] ?? '', has, catalog.version).join(', ')
  if (lost === '') return []
  const who = quoteIdent(d.role)
  return [
    {
      kind: 'definition',
      objectKind: 'default privileges',
      identity: `${d.where} from ${who}`,
      create: [`${d.head} REVOKE ${lost} ON ${d.words} FROM ${who}`],
      drop: `${d.head} GRANT ${lost} ON ${d.words} TO ${who}`,
    },
  ]
}

/** ALTER DEFAULT PRIVILEGES, one definition for each grantee. */
export function defaultPrivileges(
  catalog: Catalog,
  schema: string | null,
  type: string,
  role: string,
  acl: string,
): readonly Definition[] {
  const words = objectWords[type] ?? type
  const head = `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdent(role)}${schema === null ? '' : ` IN SCHEMA ${quoteIdent(schema)}`}`
  const all = readGrants(acl, schema === null ? role : null) ?? []
  // PUBLIC's built-in privileges (manual, 5.8) are in the list of a whole database, unless they were revoked.
  const implied = schema === null ? impliedWords[type] : undefined
  const everybody = (g: Grant): boolean =>
    implied !== undefined && g.grantee === 'public' && g.privileges.join() === implied
  const grants = all.filter((g) => !everybody(g))
  const where = `of ${quoteIdent(role)}${schema === null ? '' : ` in ${quoteIdent(schema)}`} on ${words.toLowerCase()}`
  const taken: readonly Definition[] =
    implied === undefined || all.some(everybody)
      ? []
      : [
          {
            kind: 'definition',
            objectKind: 'default privileges',
            identity: `${where} from PUBLIC`,
            create: [`${head} REVOKE ${implied} ON ${words} FROM PUBLIC`],
            drop: `${head} GRANT ${implied} ON ${words} TO PUBLIC`,
          },
        ]
  const made = grants.map((grant: Grant): Definition => {
    const who = grant.grantee === 'public' ? 'PUBLIC' : quoteIdent(grant.grantee)
    const what = grant.privileges.join(', ')
    return {
      kind: 'definition',
      objectKind: 'default privileges',
      identity: `${where} to ${who}${grant.grantable === true ? ' with grant option' : ''}`,
      create: [`${head} GRANT ${what} ON ${words} TO ${who}${grant.grantable === true ? ' WITH GRANT OPTION' : ''}`],
      drop: `${head} REVOKE ${what} ON ${words} FROM ${who}`,
    }
  })
  return [...made, ...taken, ...ownersDefault(catalog, { schema, type, role, acl, head, words, where })].toSorted(
    (a, b) => compare(a.identity, b.identity),
  )
}
