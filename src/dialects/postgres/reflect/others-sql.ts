/** The query for objects that are neither relations nor types nor routines. */
import { catalogs, inScope, userSchema, type CatalogQuery, defaultSchemaSql } from './catalog.ts'
import { type Arm, members, methodArms } from './methods.ts'
import { quoteLiteral } from '../spell/quote.ts'

/**
 * One result for all: kind, catalog, oid, schema, name, comment, owner, acl, facts of the kind as a JSON object, and further ones of
 * operator classes and families. Kind `uncovered` has a description as its name.
 */
export function othersSql(catalog: CatalogQuery): string {
  const { version } = catalog
  const everything = catalog.scope.schemas === 'all'
  /** One arm: each but `name`, `facts` and `where` is a column, or absent. */
  const arm: Arm = (kind, from, o) => {
    const [table, x = ''] = from.split(' ')
    return `
SELECT ${quoteLiteral(kind)}, ${x}.tableoid, ${x}.oid, ${o.schema ?? '0'}, ${o.name}::text, ${o.owner ?? '0'}, ${o.acl ?? 'NULL'}, ${o.facts === undefined ? 'NULL' : `pg_catalog.json_build_object(${o.facts})`}, ${o.family ?? '0'}
  FROM pg_catalog.${table} ${x}
 WHERE ${x}.oid >= 16384${o.where === undefined ? '' : ` AND ${o.where}`}`
  }
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
      name: 'n.nspname',
      owner: 'n.nspowner',
      acl: 'n.nspacl',
      where: `${userSchema('n')} AND ${inScope(catalog, 'n')} AND n.nspname <> ${defaultSchemaSql}`,
    }),
    arm('extension', 'pg_extension x', {
      schema: 'x.extnamespace',
      name: 'x.extname',
      facts: `'version', x.extversion`,
    }),
    arm('statistics', 'pg_statistic_ext x', {
      schema: 'x.stxnamespace',
      name: 'x.stxname',
      owner: 'x.stxowner',
      facts: `'definition', pg_catalog.pg_get_statisticsobjdef(x.oid), 'columns', (SELECT pg_catalog.json_agg(a.attname ORDER BY a.attname) FROM pg_catalog.pg_attribute a WHERE a.attrelid = x.stxrelid AND a.attnum = ANY (x.stxkeys::pg_catalog.int2[])), 'expressions', ${version >= 140000 ? 'pg_catalog.pg_get_statisticsobjdef_expressions(x.oid)' : 'NULL'}, 'target', ${version >= 130000 ? 'NULLIF(x.stxstattarget, -1)' : 'NULL'}, 'table', (SELECT pg_catalog.json_build_array(cn.nspname, c.relname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace WHERE c.oid = x.stxrelid)`,
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
    arm('collation', 'pg_collation x', {
      schema: 'x.collnamespace',
      name: 'x.collname',
      owner: 'x.collowner',
      facts: `'provider', x.collprovider, 'collate', x.collcollate, 'ctype', x.collctype, 'locale', ${locale}, 'deterministic', x.collisdeterministic, 'rules', ${version >= 160000 ? 'x.collicurules' : 'NULL'}`,
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
    arm('operator', 'pg_operator x', {
      schema: 'x.oprnamespace',
      name: 'x.oprname',
      owner: 'x.oprowner',
      facts: `'function', ${proc('x.oprcode')}, 'left', NULLIF(x.oprleft, 0)::pg_catalog.regtype, 'right', NULLIF(x.oprright, 0)::pg_catalog.regtype, 'commutator', NULLIF(x.oprcom, 0)::pg_catalog.regoper, 'negator', NULLIF(x.oprnegate, 0)::pg_catalog.regoper, 'restrict', ${proc('x.oprrest')}, 'join', ${proc('x.oprjoin')}, 'hashes', x.oprcanhash, 'merges', x.oprcanmerge`,
      where: 'x.oprcode::pg_catalog.oid <> 0',
    }),
    arm('text search configuration', 'pg_ts_config x', {
      schema: 'x.cfgnamespace',
      name: 'x.cfgname',
      owner: 'x.cfgowner',
      facts: `'parser', (SELECT p.prsname FROM pg_catalog.pg_ts_parser p WHERE p.oid = x.cfgparser), 'mappings', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(m.alias, m.dictionaries) ORDER BY m.alias) FROM (SELECT t.alias, pg_catalog.string_agg(k.mapdict::pg_catalog.regdictionary::text, ', ' ORDER BY k.mapseqno) AS dictionaries FROM pg_catalog.pg_ts_config_map k JOIN LATERAL pg_catalog.ts_token_type(x.cfgparser) t ON t.tokid = k.maptokentype WHERE k.mapcfg = x.oid GROUP BY t.alias) m)`,
    }),
    arm('text search dictionary', 'pg_ts_dict x', {
      schema: 'x.dictnamespace',
      name: 'x.dictname',
      owner: 'x.dictowner',
      facts: `'template', (SELECT CASE WHEN tn.nspname = 'pg_catalog' THEN '' ELSE pg_catalog.quote_ident(tn.nspname) || '.' END || pg_catalog.quote_ident(t.tmplname) FROM pg_catalog.pg_ts_template t JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace WHERE t.oid = x.dicttemplate), 'options', x.dictinitoption`,
    }),
    ...(everything || catalog.scope.privileges === true
      ? [
          arm('default privileges', 'pg_default_acl x', {
            schema: 'x.defaclnamespace',
            name: 'x.defaclobjtype',
            owner: 'x.defaclrole',
            acl: 'x.defaclacl',
          }),
        ]
      : []),
    ...methodArms(arm),
    // pg_user_mapping is for superusers only, and so is pg_subscription except the columns that are named here.
    `
SELECT 'uncovered', 0, m.umid, 0, 'user mapping for ' || m.usename || ' on server ' || m.srvname, 0, NULL, NULL, 0
  FROM pg_catalog.pg_user_mappings m`,
    ...said(catalog),
    // Not everybody may read its column tableoid, nor, before PostgreSQL 14, oid.
    `
SELECT 'uncovered', 0, NULL, 0, 'subscription ' || pg_catalog.quote_ident(x.subname), 0, NULL, NULL, 0
  FROM pg_catalog.pg_subscription x
 WHERE x.subdbid = (SELECT db.oid FROM pg_catalog.pg_database db WHERE db.datname = pg_catalog.current_database())`,
  ]
  // What arms need alike is queried once, with a list that the planner does not expand: planning is most of this query's cost.
  return `
WITH x (kind, class, oid, home, name, owner, acl, facts, family) AS MATERIALIZED (${arms.join('\nUNION ALL')})
SELECT x.kind, x.class::text, x.oid::text, n.nspname, x.name,
       CASE WHEN x.kind <> 'extension'
                 OR d.description IS DISTINCT FROM (SELECT v.comment FROM pg_catalog.pg_available_extension_versions() v WHERE v.name = x.name AND v.version = x.facts->>'version')
            THEN d.description END,
       CASE WHEN x.owner <> 0 THEN pg_catalog.pg_get_userbyid(x.owner) END, x.acl, x.facts, CASE WHEN x.family <> 0 THEN ${members} END
  FROM x
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = x.home
  LEFT JOIN pg_catalog.pg_description d ON d.classoid = x.class AND d.objoid = x.oid AND d.objsubid = 0
 WHERE (x.home = 0 OR x.kind = 'extension' OR ${inScope(catalog, 'n')} AND (x.kind = 'default privileges' OR ${userSchema('n')}))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = x.class AND e.objid = x.oid AND e.deptype IN ('e', 'i'))
 ORDER BY 1, 4, 5`
}

/** Settings that the model has no property for: each is reported with its object. */
export function said(catalog: CatalogQuery): readonly string[] {
  const row = (text: string, rest: string): string => `
SELECT 'uncovered', 0, NULL, 0, ${text}, 0, NULL, NULL, 0
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
