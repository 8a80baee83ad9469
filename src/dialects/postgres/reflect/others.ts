/** Reads every other kind of object: schemas, extensions, and what is held by its statements; and names the rest. */
import { keyOf } from '../../../schema/keys.ts'
import type { Definition, Grant, Ref, SchemaObject } from '../../../schema/model.ts'
import {
  type Catalog,
  type Row,
  catalogs,
  compare,
  inScope,
  only,
  readGrants,
  readOwner,
  refIn,
  unbracketed,
  unqualified,
  userSchema,
  type CatalogQuery,
  defaultSchemaSql,
} from './catalog.ts'
import { optionsClause } from './foreign.ts'
import { ownersLoss, ownersLost } from './settings.ts'
import { quoteIdent, quoteLiteral, quoteRef } from '../spell/quote.ts'

/**
 * One result for all: kind, catalog, oid, schema, name, comment, owner, acl, and facts of the kind as a JSON object.
 * Kind `uncovered` has a description as its name.
 */
export function othersSql(catalog: CatalogQuery): string {
  const { version } = catalog
  const scoped = `${userSchema('n')} AND ${inScope(catalog, 'n')}`
  const everything = catalog.scope.schemas === 'all'
  /** One arm: `owner` and `acl` are column names, or absent. */
  const arm = (
    kind: string,
    from: string,
    o: {
      oid?: string
      schema?: string
      name: string
      owner?: string
      acl?: string
      facts?: string
      where?: string
      classId?: string
    },
  ): string => {
    const table = from.split(' ', 1)[0]!
    const oid = o.oid ?? 'x.oid'
    const classId = o.classId ?? `'pg_catalog.${table}'::pg_catalog.regclass`
    return `
SELECT ${quoteLiteral(kind)}, ${classId}::pg_catalog.oid, ${oid}, ${o.schema ?? 'NULL'}::text, ${o.name}::text, NULL,
       ${o.owner === undefined ? 'NULL' : `pg_catalog.pg_get_userbyid(${o.owner})`}::text, ${o.acl ?? 'NULL'}::text, ${o.facts === undefined ? 'NULL' : `pg_catalog.json_build_object(${o.facts})`}::text
  FROM pg_catalog.${from}
 WHERE ${oid} >= 16384${o.where === undefined ? '' : ` AND ${o.where}`}`
  }
  const inSchema = (column: string): string => `x JOIN pg_catalog.pg_namespace n ON n.oid = x.${column}`
  const locale = version >= 170000 ? 'x.colllocale' : version >= 150000 ? 'x.colliculocale' : 'NULL'
  const publication = [
    "'all', x.puballtables, 'publish', pg_catalog.concat_ws(', ', CASE WHEN x.pubinsert THEN 'insert' END, CASE WHEN x.pubupdate THEN 'update' END, CASE WHEN x.pubdelete THEN 'delete' END, CASE WHEN x.pubtruncate THEN 'truncate' END)",
    version >= 130000 ? "'root', x.pubviaroot" : '',
    version >= 180000 ? "'generated', x.pubgencols" : '',
    `'tables', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(tn.nspname, c.relname, ${
      version >= 150000
        ? `pg_catalog.pg_get_expr(r.prqual, r.prrelid), (SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::pg_catalog.int2[]))`
        : 'NULL, NULL'
    }) ORDER BY tn.nspname, c.relname) FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_class c ON c.oid = r.prrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = c.relnamespace WHERE r.prpubid = x.oid)`,
    version >= 150000
      ? `'schemas', (SELECT pg_catalog.json_agg(pn.nspname ORDER BY pn.nspname) FROM pg_catalog.pg_publication_namespace q JOIN pg_catalog.pg_namespace pn ON pn.oid = q.pnnspid WHERE q.pnpubid = x.oid)`
      : '',
  ].filter((s) => s !== '')
  const proc = (column: string): string => `NULLIF(${column}::pg_catalog.oid, 0)::pg_catalog.regproc`
  const uncovered = (table: string, from = `${table} x`, where = 'true'): string =>
    arm('uncovered', from, {
      name: `pg_catalog.pg_describe_object('pg_catalog.${table}'::pg_catalog.regclass, x.oid, 0)`,
      where,
    })
  const arms = [
    arm('schema', 'pg_namespace n', {
      oid: 'n.oid',
      name: 'n.nspname',
      owner: 'n.nspowner',
      acl: 'n.nspacl',
      where: `${scoped} AND n.nspname <> ${defaultSchemaSql}`,
    }),
    `
SELECT 'extension', ${catalogs.extension}, x.oid, n.nspname::text, x.extname::text,
       (SELECT d.description FROM pg_catalog.pg_description d WHERE d.classoid = ${catalogs.extension} AND d.objoid = x.oid AND d.objsubid = 0
           AND d.description IS DISTINCT FROM (SELECT v.comment FROM pg_catalog.pg_available_extension_versions v WHERE v.name = x.extname AND v.version = x.extversion)),
       NULL, NULL, pg_catalog.json_build_object('version', x.extversion)::text
  FROM pg_catalog.pg_extension x JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace WHERE x.oid >= 16384`,
    arm('statistics', `pg_statistic_ext ${inSchema('stxnamespace')}`, {
      schema: 'n.nspname',
      name: 'x.stxname',
      owner: 'x.stxowner',
      facts: `'definition', pg_catalog.pg_get_statisticsobjdef(x.oid), 'columns', (SELECT pg_catalog.json_agg(a.attname ORDER BY a.attname) FROM pg_catalog.pg_attribute a WHERE a.attrelid = x.stxrelid AND a.attnum = ANY (x.stxkeys::pg_catalog.int2[])), 'expressions', ${version >= 140000 ? 'pg_catalog.pg_get_statisticsobjdef_expressions(x.oid)' : 'NULL'}, 'target', ${version >= 130000 ? 'NULLIF(x.stxstattarget, -1)' : 'NULL'}, 'table', (SELECT pg_catalog.json_build_array(cn.nspname, c.relname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace WHERE c.oid = x.stxrelid)`,
      where: scoped,
    }),
    arm('cast', 'pg_cast x', {
      name: "'(' || pg_catalog.format_type(x.castsource, NULL) || ' AS ' || pg_catalog.format_type(x.casttarget, NULL) || ')'",
      facts: `'method', x.castmethod, 'context', x.castcontext, 'function', CASE WHEN x.castfunc <> 0 THEN x.castfunc::pg_catalog.regprocedure END`,
    }),
    arm('event trigger', 'pg_event_trigger x', {
      name: 'x.evtname',
      owner: 'x.evtowner',
      facts: `'event', x.evtevent, 'tags', x.evttags, 'function', x.evtfoid::pg_catalog.regproc, 'enabled', x.evtenabled`,
    }),
    arm('collation', `pg_collation ${inSchema('collnamespace')}`, {
      schema: 'n.nspname',
      name: 'x.collname',
      owner: 'x.collowner',
      facts: `'provider', x.collprovider, 'collate', x.collcollate, 'ctype', x.collctype, 'locale', ${locale}, 'deterministic', x.collisdeterministic, 'rules', ${version >= 160000 ? 'x.collicurules' : 'NULL'}`,
      where: scoped,
    }),
    arm('publication', 'pg_publication x', { name: 'x.pubname', owner: 'x.pubowner', facts: publication.join(', ') }),
    arm('foreign data wrapper', 'pg_foreign_data_wrapper x', {
      name: 'x.fdwname',
      owner: 'x.fdwowner',
      acl: 'x.fdwacl',
      facts: `'handler', ${proc('x.fdwhandler')}, 'validator', ${proc('x.fdwvalidator')}, 'options', x.fdwoptions::text`,
    }),
    arm('server', 'pg_foreign_server x', {
      name: 'x.srvname',
      owner: 'x.srvowner',
      acl: 'x.srvacl',
      facts: `'type', x.srvtype, 'version', x.srvversion, 'options', x.srvoptions::text, 'wrapper', (SELECT w.fdwname FROM pg_catalog.pg_foreign_data_wrapper w WHERE w.oid = x.srvfdw)`,
    }),
    arm('operator', `pg_operator ${inSchema('oprnamespace')}`, {
      schema: 'n.nspname',
      name: 'x.oprname',
      owner: 'x.oprowner',
      facts: `'function', ${proc('x.oprcode')}, 'left', NULLIF(x.oprleft, 0)::pg_catalog.regtype, 'right', NULLIF(x.oprright, 0)::pg_catalog.regtype, 'commutator', NULLIF(x.oprcom, 0)::pg_catalog.regoper, 'negator', NULLIF(x.oprnegate, 0)::pg_catalog.regoper, 'restrict', ${proc('x.oprrest')}, 'join', ${proc('x.oprjoin')}, 'hashes', x.oprcanhash, 'merges', x.oprcanmerge`,
      where: `${scoped} AND x.oprcode::pg_catalog.oid <> 0`,
    }),
    arm('text search configuration', `pg_ts_config ${inSchema('cfgnamespace')}`, {
      schema: 'n.nspname',
      name: 'x.cfgname',
      owner: 'x.cfgowner',
      facts: `'parser', (SELECT p.prsname FROM pg_catalog.pg_ts_parser p WHERE p.oid = x.cfgparser), 'mappings', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(m.alias, m.dictionaries) ORDER BY m.alias) FROM (SELECT t.alias, pg_catalog.string_agg(k.mapdict::pg_catalog.regdictionary::text, ', ' ORDER BY k.mapseqno) AS dictionaries FROM pg_catalog.pg_ts_config_map k JOIN LATERAL pg_catalog.ts_token_type(x.cfgparser) t ON t.tokid = k.maptokentype WHERE k.mapcfg = x.oid GROUP BY t.alias) m)`,
      where: scoped,
    }),
    arm('text search dictionary', `pg_ts_dict ${inSchema('dictnamespace')}`, {
      schema: 'n.nspname',
      name: 'x.dictname',
      owner: 'x.dictowner',
      facts: `'template', (SELECT CASE WHEN tn.nspname = 'pg_catalog' THEN '' ELSE pg_catalog.quote_ident(tn.nspname) || '.' END || pg_catalog.quote_ident(t.tmplname) FROM pg_catalog.pg_ts_template t JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace WHERE t.oid = x.dicttemplate), 'options', x.dictinitoption`,
      where: scoped,
    }),
    ...(everything || catalog.scope.privileges === true
      ? [
          arm(
            'default privileges',
            'pg_default_acl x LEFT JOIN pg_catalog.pg_namespace n ON n.oid = x.defaclnamespace',
            {
              schema: 'n.nspname',
              name: 'x.defaclobjtype',
              owner: 'x.defaclrole',
              acl: 'x.defaclacl',
              where: `(n.oid IS NULL OR ${inScope(catalog, 'n')})`,
            },
          ),
        ]
      : []),
    uncovered('pg_opclass', `pg_opclass ${inSchema('opcnamespace')}`, scoped),
    uncovered('pg_opfamily', `pg_opfamily ${inSchema('opfnamespace')}`, scoped),
    uncovered('pg_conversion', `pg_conversion ${inSchema('connamespace')}`, scoped),
    uncovered('pg_ts_parser', `pg_ts_parser ${inSchema('prsnamespace')}`, scoped),
    uncovered('pg_ts_template', `pg_ts_template ${inSchema('tmplnamespace')}`, scoped),
    uncovered('pg_language'),
    uncovered('pg_transform'),
    uncovered('pg_am'),
    // pg_user_mapping is for superusers only, and pg_subscription apart from these columns.
    `
SELECT 'uncovered', 0, m.umid, NULL, 'user mapping for ' || m.usename || ' on server ' || m.srvname, NULL, NULL, NULL, NULL
  FROM pg_catalog.pg_user_mappings m`,
    ...said(catalog),
    arm('uncovered', 'pg_subscription x', {
      name: "'subscription ' || pg_catalog.quote_ident(x.subname)",
      where:
        'x.subdbid = (SELECT db.oid FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database())',
    }),
  ]
  // What all arms ask alike is asked once, beside a list that the planner does not open: planning is most of what this query costs.
  return `
WITH x (kind, class, oid, schema, name, comment, owner, acl, facts) AS MATERIALIZED (${arms.join('\nUNION ALL')})
SELECT x.kind, x.class::text, x.oid::text, x.schema, x.name,
       CASE WHEN x.kind = 'extension' THEN x.comment
            ELSE (SELECT d.description FROM pg_catalog.pg_description d WHERE d.classoid = x.class AND d.objoid = x.oid AND d.objsubid = 0) END,
       x.owner, x.acl, x.facts
  FROM x
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = x.class AND e.objid = x.oid AND e.deptype IN ('e', 'i'))
 ORDER BY 1, 4, 5`
}

/** What may be said of things and has no place: each named where it is. */
function said(catalog: CatalogQuery): readonly string[] {
  const row = (text: string, rest: string): string => `
SELECT 'uncovered', 0, NULL, NULL, ${text}, NULL, NULL, NULL, NULL
  FROM ${rest}`
  const inside = (relation: string): string =>
    `JOIN pg_catalog.pg_class c ON c.oid = ${relation} JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND ${inScope(catalog, 'n')}`
  const home = `n.nspname = ${defaultSchemaSql}`
  return [
    row(
      `'the state of triggers behind foreign keys of table ' || pg_catalog.quote_ident(c.relname)`,
      `pg_catalog.pg_trigger t ${inside('t.tgrelid')} WHERE t.tgisinternal AND t.tgenabled <> 'O' AND t.tgconstraint <> 0 GROUP BY c.relname`,
    ),
    row(
      `'the privileges of ' || pg_catalog.pg_get_userbyid(a.grantee) || ' on schema ' || pg_catalog.quote_ident(n.nspname)`,
      `pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a WHERE ${home} AND a.grantee NOT IN (0, n.nspowner) GROUP BY a.grantee, n.nspname`,
    ),
    row(
      `'the comment of schema ' || pg_catalog.quote_ident(n.nspname)`,
      `pg_catalog.pg_namespace n JOIN pg_catalog.pg_description d ON d.classoid = ${catalogs.schema} AND d.objoid = n.oid WHERE ${home} AND d.description <> 'standard public schema'`,
    ),
    row(
      `'security label on ' || pg_catalog.pg_describe_object(s.classoid, s.objoid, s.objsubid)`,
      'pg_catalog.pg_seclabel s',
    ),
    row(
      `pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) || ' depends on ' || pg_catalog.pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid)`,
      `pg_catalog.pg_depend d WHERE d.deptype = 'x'`,
    ),
    ...(catalog.version >= 180000
      ? [
          row(
            `'NO INHERIT or NOT VALID of the NOT NULL constraint ' || pg_catalog.quote_ident(k.conname) || ' of table ' || pg_catalog.quote_ident(c.relname)`,
            `pg_catalog.pg_constraint k ${inside('k.conrelid')} WHERE k.contype = 'n' AND (k.connoinherit OR NOT k.convalidated)`,
          ),
        ]
      : []),
  ]
}

interface Facts {
  readonly [key: string]: unknown
}

const text = (value: unknown): string | undefined => (value === null || value === undefined ? undefined : String(value))

/** Schemas, extensions and definitions as objects; what is left goes to `catalog.uncovered`. */
export function readOthers(catalog: Catalog, rows: readonly Row[]): readonly SchemaObject[] {
  const found: SchemaObject[] = []
  for (const row of rows) {
    const [kind, classId, oid, schema, name, comment, owner, acl, json] = row
    if (kind === 'uncovered') {
      catalog.uncovered.push(name!)
      continue
    }
    const facts = json === null ? {} : (JSON.parse(json!) as Facts)
    const described = only({
      comment: comment ?? undefined,
      owner: readOwner(catalog, owner!),
      grants: readGrants(acl, owner!),
    })
    if (kind === 'schema') {
      found.push({ kind, name: name!, ...described })
      if (acl !== null)
        ownersLoss(catalog, 'SCHEMA', quoteIdent(name!), acl!, owner!, { of: `schema:${quoteIdent(name!)}` })
    } else if (kind === 'extension') {
      const home = refIn(catalog, schema!, name!)
      found.push({ kind, ...home, version: text(facts['version']), ...described })
    } else if (kind === 'default privileges') {
      found.push(...defaultPrivileges(catalog, schema!, name!, owner!, acl!))
      continue
    } else {
      const speller = spellers[kind!]
      if (speller === undefined) continue
      const ref = refIn(catalog, schema!, name!)
      const spelled = speller(catalog, ref, facts, schema!)
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

/** The catalog names columns as they stand in the table, which is no difference. */
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

/** How each kind is made and taken away (manual, SQL Commands). */
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
    type Published = readonly [schema: string, name: string, where: string | null, columns: readonly string[] | null]
    const tables = ((facts['tables'] ?? []) as readonly Published[]).map(([schema, name, where, columns]) => {
      const list = columns === null ? '' : ` (${columns.map(quoteIdent).join(', ')})`
      return `TABLE ${quoteRef(refIn(catalog, schema, name))}${list}${where === null ? '' : ` WHERE (${unbracketed(where)})`}`
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

/** What a role that makes objects does not get of its own: the list of the whole database names the owner's rights too. */
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
function defaultPrivileges(
  catalog: Catalog,
  schema: string | null,
  type: string,
  role: string,
  acl: string,
): readonly Definition[] {
  const words = objectWords[type] ?? type
  const head = `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdent(role)}${schema === null ? '' : ` IN SCHEMA ${quoteIdent(schema)}`}`
  const all = readGrants(acl, schema === null ? role : null) ?? []
  // What everybody has by nature (manual, 5.8) is in the list of a whole database, unless it was taken away.
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
