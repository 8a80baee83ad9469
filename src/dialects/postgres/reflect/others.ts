/** Reads every other kind of object: schemas, extensions, and what is held by its statements; and names the rest. */
import { keyOf, schemaKey } from '../../../schema/keys.ts'
import type { Definition, Grant, Ref, SchemaObject } from '../../../schema/model.ts'
import { type Catalog, type Row, only, readGrants, readOwner, refIn, unbracketed, unqualified } from './catalog.ts'
import { optionsClause } from './foreign.ts'
import { methodSpellers } from './methods.ts'
import { ownersLoss } from './settings.ts'
import { quoteIdent, quoteLiteral, quoteRef } from '../spell/quote.ts'
import { defaultPrivileges } from './default-privileges.ts'

interface Facts {
  readonly [key: string]: unknown
}

export const text = (value: unknown): string | undefined =>
  value === null || value === undefined ? undefined : String(value)

const parsed = (json: string | null | undefined): Facts =>
  json === null || json === undefined ? {} : (JSON.parse(json) as Facts)

/** Schemas, extensions and definitions as objects; all others are listed in `catalog.uncovered`. */
export function readOthers(catalog: Catalog, rows: readonly Row[]): readonly SchemaObject[] {
  const found: SchemaObject[] = []
  for (const row of rows) {
    const [kind, classId, oid, schema, name, comment, owner, acl, json, more] = row
    if (kind === 'uncovered') {
      catalog.uncovered.push(name!)
      continue
    }
    const facts = { ...parsed(json), ...parsed(more) }
    const described = only({
      comment: comment ?? undefined,
      owner: readOwner(catalog, owner!),
      grants: readGrants(acl, owner!),
    })
    if (kind === 'schema') {
      found.push({ kind, name: name!, ...described })
      if (acl !== null) ownersLoss(catalog, 'SCHEMA', quoteIdent(name!), acl!, owner!, { of: schemaKey(name!) })
    } else if (kind === 'extension') {
      const home = refIn(catalog, schema!, name!)
      found.push({ kind, ...home, version: text(facts['version']), ...described })
    } else if (kind === 'default privileges') {
      found.push(...defaultPrivileges(catalog, schema!, name!, owner!, acl!))
      continue
    } else {
      const ref = refIn(catalog, schema!, name!)
      const spelled =
        methodSpellers[kind!]?.(ref, facts, (of, own) => refIn(catalog, of, own)) ??
        spellers[kind!]?.(catalog, ref, facts, schema!)
      if (spelled === undefined) continue
      found.push({
        kind: 'definition',
        objectKind: kind!,
        ...spelled,
        create: [...spelled.create, ...belongings(catalog, spelled.commentOn, described)],
        ...only({ comment: comment ?? undefined }),
      })
    }
    catalog.keys.set(`${classId}:${oid}`, keyOf(found.at(-1)!))
  }
  return found
}

/** Owner and grants of what is held by its statements are statements too. */
export function belongings(
  catalog: Catalog,
  on: string | undefined,
  described: { readonly owner?: string; readonly grants?: readonly Grant[] },
): readonly string[] {
  if (on === undefined || catalog.scope.privileges !== true) return []
  const target = on.replace(/^SERVER /, 'FOREIGN SERVER ').replace(/^FOREIGN TABLE /, 'TABLE ')
  return [
    ...(described.owner === undefined ? [] : [`ALTER ${on} OWNER TO ${quoteIdent(described.owner)}`]),
    ...(described.grants ?? []).map(
      (g) =>
        `GRANT ${g.privileges.join(', ')} ON ${target} TO ${g.grantee === 'public' ? 'PUBLIC' : quoteIdent(g.grantee)}${g.grantable === true ? ' WITH GRANT OPTION' : ''}`,
    ),
  ]
}

type Spelled = Omit<Definition, 'kind' | 'objectKind'>

type Speller = (catalog: Catalog, ref: Ref, facts: Facts, schema: string | null) => Spelled

function plain(word: string, ref: Ref, create: readonly string[]): Spelled {
  const name = quoteRef(ref)
  return { identity: name, create, drop: `DROP ${word} ${name}`, commentOn: `${word} ${name}` }
}

/** The catalog lists columns in the table's order, which is not a difference. */
function inOrder(catalog: Catalog, ref: Ref, schema: string | null, facts: Facts): string {
  const text = String(facts['definition'])
  const columns = facts['columns'] as readonly string[] | null
  const name = `CREATE STATISTICS ${quoteRef({ schema: schema ?? catalog.defaultSchema, name: ref.name })}`
  const at = text.indexOf(' ON ', name.length)
  const table = facts['table'] as [string, string] | null
  if (!text.startsWith(name) || at < 0 || columns === null || table === null) return text
  const expressions = (facts['expressions'] ?? []) as readonly string[]
  const bare = (sql: string): string => `(${unbracketed(sql)})`
  return `${text.slice(0, at)} ON ${[...columns.map(quoteIdent), ...expressions.map(bare)].join(', ')} FROM ${quoteRef(refIn(catalog, table[0], table[1]))}`
}

const methods: Readonly<Record<string, string>> = { b: 'WITHOUT FUNCTION', i: 'WITH INOUT' }

const contexts: Readonly<Record<string, string>> = { a: ' AS ASSIGNMENT', i: ' AS IMPLICIT' }

const enabled: Readonly<Record<string, string>> = { D: 'DISABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' }

const providers: Readonly<Record<string, string>> = { c: 'libc', i: 'icu', b: 'builtin', d: 'default' }

/** How each kind is created and dropped (manual, SQL Commands). */
const spellers: Readonly<Record<string, Speller>> = {
  statistics(catalog, ref, facts, schema) {
    const create = [unqualified(catalog, schema, inOrder(catalog, ref, schema, facts), 'CREATE STATISTICS ')]
    if (text(facts['target']) !== undefined)
      create.push(`ALTER STATISTICS ${quoteRef(ref)} SET STATISTICS ${text(facts['target'])}`)
    const table = facts['table'] as [string, string] | null
    return {
      ...plain('STATISTICS', ref, create),
      ...(table === null ? {} : { table: refIn(catalog, table[0], table[1]) }),
    }
  },
  cast(_catalog, ref, facts) {
    const how = methods[String(facts['method'])] ?? `WITH FUNCTION ${text(facts['function'])}`
    return {
      identity: ref.name,
      create: [`CREATE CAST ${ref.name} ${how}${contexts[String(facts['context'])] ?? ''}`],
      drop: `DROP CAST ${ref.name}`,
      commentOn: `CAST ${ref.name}`,
    }
  },
  'event trigger'(_catalog, ref, facts) {
    const tags = facts['tags'] as readonly string[] | null
    const when = tags === null ? '' : ` WHEN TAG IN (${tags.map(quoteLiteral).join(', ')})`
    const change = enabled[String(facts['enabled'])]
    return plain('EVENT TRIGGER', ref, [
      `CREATE EVENT TRIGGER ${quoteRef(ref)} ON ${text(facts['event'])}${when} EXECUTE FUNCTION ${text(facts['function'])}()`,
      ...(change === undefined ? [] : [`ALTER EVENT TRIGGER ${quoteRef(ref)} ${change}`]),
    ])
  },
  collation(_catalog, ref, facts) {
    const options = [`provider = ${providers[String(facts['provider'])] ?? 'libc'}`]
    const [collate, ctype] = [text(facts['collate']), text(facts['ctype'])]
    const locale = text(facts['locale']) ?? (collate === ctype ? collate : undefined)
    if (locale !== undefined) options.push(`locale = ${quoteLiteral(locale)}`)
    else options.push(`lc_collate = ${quoteLiteral(collate ?? '')}`, `lc_ctype = ${quoteLiteral(ctype ?? '')}`)
    if (facts['deterministic'] === false) options.push('deterministic = false')
    if (text(facts['rules']) !== undefined) options.push(`rules = ${quoteLiteral(text(facts['rules'])!)}`)
    return plain('COLLATION', ref, [`CREATE COLLATION ${quoteRef(ref)} (${options.join(', ')})`])
  },
  publication(catalog, ref, facts) {
    type Published = readonly [
      schema: string,
      name: string,
      where: string | null,
      columns: readonly string[] | null,
      heirs: boolean,
    ]
    const tables = ((facts['tables'] ?? []) as readonly Published[]).map(([schema, name, where, columns, heirs], i) => {
      const list = columns === null ? '' : ` (${columns.map(quoteIdent).join(', ')})`
      // Child tables are published by rows of their own; without ONLY they would be included with their parent.
      // Before PostgreSQL 15 the word stands once, before all of them.
      const word = catalog.version < 150000 && i > 0 ? '' : 'TABLE '
      return `${word}${heirs ? 'ONLY ' : ''}${quoteRef(refIn(catalog, schema, name))}${list}${where === null ? '' : ` WHERE (${unbracketed(where)})`}`
    })
    const schemas = ((facts['schemas'] ?? []) as readonly string[]).map((s) => `TABLES IN SCHEMA ${quoteIdent(s)}`)
    const parts = [...tables, ...schemas]
    const target = facts['all'] === true ? ' FOR ALL TABLES' : parts.length === 0 ? '' : ` FOR ${parts.join(', ')}`
    const options: string[] = []
    if (facts['publish'] !== 'insert, update, delete, truncate')
      options.push(`publish = ${quoteLiteral(String(facts['publish']))}`)
    if (facts['root'] === true) options.push('publish_via_partition_root = true')
    if (facts['generated'] === 's') options.push('publish_generated_columns = stored')
    return plain('PUBLICATION', ref, [
      `CREATE PUBLICATION ${quoteRef(ref)}${target}${options.length === 0 ? '' : ` WITH (${options.join(', ')})`}`,
    ])
  },
  'foreign data wrapper'(_catalog, ref, facts) {
    const handler = text(facts['handler']) === undefined ? '' : ` HANDLER ${text(facts['handler'])}`
    const validator = text(facts['validator']) === undefined ? '' : ` VALIDATOR ${text(facts['validator'])}`
    const create = `CREATE FOREIGN DATA WRAPPER ${quoteRef(ref)}${handler}${validator}${optionsClause(text(facts['options']))}`
    return plain('FOREIGN DATA WRAPPER', ref, [create])
  },
  server(_catalog, ref, facts) {
    const clause = (word: string, value: unknown): string =>
      text(value) === undefined ? '' : ` ${word} ${quoteLiteral(text(value)!)}`
    const wrapper = quoteIdent(String(facts['wrapper']))
    const create = `CREATE SERVER ${quoteRef(ref)}${clause('TYPE', facts['type'])}${clause('VERSION', facts['version'])} FOREIGN DATA WRAPPER ${wrapper}${optionsClause(text(facts['options']))}`
    return plain('SERVER', ref, [create])
  },
  operator(_catalog, ref, facts) {
    const symbol = ref.schema === undefined ? ref.name : `${quoteIdent(ref.schema)}.${ref.name}`
    const types = `(${text(facts['left']) ?? 'NONE'}, ${text(facts['right']) ?? 'NONE'})`
    const other = (value: unknown): string | undefined => {
      const name = text(value)
      return name === undefined ? undefined : name.includes('.') ? `OPERATOR(${name})` : name
    }
    const pairs: readonly (readonly [string, string | undefined])[] = [
      ['FUNCTION', text(facts['function'])],
      ['LEFTARG', text(facts['left'])],
      ['RIGHTARG', text(facts['right'])],
      ['COMMUTATOR', other(facts['commutator'])],
      ['NEGATOR', other(facts['negator'])],
      ['RESTRICT', text(facts['restrict'])],
      ['JOIN', text(facts['join'])],
    ]
    const clauses = pairs.flatMap(([key, value]) => (value === undefined ? [] : [`${key} = ${value}`]))
    if (facts['hashes'] === true) clauses.push('HASHES')
    if (facts['merges'] === true) clauses.push('MERGES')
    return {
      identity: `${symbol}${types}`,
      create: [`CREATE OPERATOR ${symbol} (${clauses.join(', ')})`],
      drop: `DROP OPERATOR ${symbol} ${types}`,
      commentOn: `OPERATOR ${symbol} ${types}`,
    }
  },
  'text search configuration'(_catalog, ref, facts) {
    const mappings = (facts['mappings'] ?? []) as readonly (readonly [string, string])[]
    return plain('TEXT SEARCH CONFIGURATION', ref, [
      `CREATE TEXT SEARCH CONFIGURATION ${quoteRef(ref)} (PARSER = ${quoteIdent(String(facts['parser']))})`,
      ...mappings.map(
        ([token, dictionaries]) =>
          `ALTER TEXT SEARCH CONFIGURATION ${quoteRef(ref)} ADD MAPPING FOR ${quoteIdent(token)} WITH ${dictionaries}`,
      ),
    ])
  },
  'text search dictionary'(_catalog, ref, facts) {
    const options = text(facts['options'])
    return plain('TEXT SEARCH DICTIONARY', ref, [
      `CREATE TEXT SEARCH DICTIONARY ${quoteRef(ref)} (TEMPLATE = ${String(facts['template'])}${options === undefined ? '' : `, ${options}`})`,
    ])
  },
}
