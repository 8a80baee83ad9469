/** The query for objects that are neither relations nor types nor routines. */
import { catalogs, inScope, userSchema, type CatalogQuery, defaultSchemaSql } from './catalog.ts'
import { type Arm, methodArms } from './methods.ts'
import { quoteLiteral } from '../spell/quote.ts'

/**
 * One result for all: kind, catalog, oid, schema, name, comment, owner, acl, and facts of the kind as a JSON object.
 * Kind `uncovered` has a description as its name.
 */
export function othersSql(catalog: CatalogQuery): string {
  const { version } = catalog
  const scoped = `${userSchema('n')} AND ${inScope(catalog, 'n')}`
  const everything = catalog.scope.schemas === 'all'
  /** One arm: `owner` and `acl` are column names, or absent. */
  const arm: Arm = (kind, from, o) => {
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
    }, c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = c.oid)) ORDER BY tn.nspname, c.relname) FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_class c ON c.oid = r.prrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = c.relnamespace WHERE r.prpubid = x.oid)`,
    version >= 150000
      ? `'schemas', (SELECT pg_catalog.json_agg(pn.nspname ORDER BY pn.nspname) FROM pg_catalog.pg_publication_namespace q JOIN pg_catalog.pg_namespace pn ON pn.oid = q.pnnspid WHERE q.pnpubid = x.oid)`
      : '',
  ].filter((s) => s !== '')
  const proc = (column: string): string => `NULLIF(${column}::pg_catalog.oid, 0)::pg_catalog.regproc`
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
    ...methodArms(arm, scoped, catalog),
    // pg_user_mapping is for superusers only, and so is pg_subscription except these columns.
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
  // What all arms need alike is queried once, with a list that the planner does not expand: planning is most of this query's cost.
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

/** Settings that the model has no property for: each is reported with its object. */
export function said(catalog: CatalogQuery): readonly string[] {
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
