/** Reads functions, procedures and aggregates, and objects of tables: triggers, policies and rules. */
import { keyOf } from '../../../schema/keys.ts'
import type { Definition, Policy, Routine, SchemaObject, Trigger } from '../../../schema/model.ts'
import {
  type Catalog,
  type Row,
  catalogs,
  compare,
  inScope,
  isTrue,
  notOfExtension,
  only,
  readGrants,
  readOwner,
  refIn,
  seenName,
  texts,
  unbracketed,
  unqualified,
  userSchema,
  type CatalogQuery,
} from './catalog.ts'
import { quoteIdent, quoteLiteral, quoteRef } from '../spell/quote.ts'
import { ownersLoss, triggerState } from './settings.ts'

/** Routines in scope, with the CREATE statement of each; aggregates with the facts to write one. */
export function routinesSql(catalog: CatalogQuery): string {
  return `
SELECT p.oid, n.nspname, p.proname, p.prokind, pg_catalog.pg_get_userbyid(p.proowner), p.proacl, d.description,
       CASE WHEN p.prokind = 'a' THEN pg_catalog.pg_get_function_identity_arguments(p.oid) ELSE pg_catalog.oidvectortypes(p.proargtypes) END,
       CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid) END,
       pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid),
       CASE WHEN p.prokind = 'a' THEN
         (SELECT pg_catalog.json_build_object('kind', a.aggkind, 'sfunc', a.aggtransfn, 'stype', pg_catalog.format_type(a.aggtranstype, NULL),
                 'sspace', NULLIF(a.aggtransspace, 0), 'finalfunc', NULLIF(a.aggfinalfn::pg_catalog.oid, 0)::pg_catalog.regproc,
                 'finalfunc_extra', a.aggfinalextra, 'finalfunc_modify', a.aggfinalmodify,
                 'combinefunc', NULLIF(a.aggcombinefn::pg_catalog.oid, 0)::pg_catalog.regproc,
                 'serialfunc', NULLIF(a.aggserialfn::pg_catalog.oid, 0)::pg_catalog.regproc,
                 'deserialfunc', NULLIF(a.aggdeserialfn::pg_catalog.oid, 0)::pg_catalog.regproc, 'initcond', a.agginitval,
                 'msfunc', NULLIF(a.aggmtransfn::pg_catalog.oid, 0)::pg_catalog.regproc,
                 'minvfunc', NULLIF(a.aggminvtransfn::pg_catalog.oid, 0)::pg_catalog.regproc,
                 'mstype', CASE WHEN a.aggmtranstype <> 0 THEN pg_catalog.format_type(a.aggmtranstype, NULL) END,
                 'msspace', NULLIF(a.aggmtransspace, 0), 'mfinalfunc', NULLIF(a.aggmfinalfn::pg_catalog.oid, 0)::pg_catalog.regproc,
                 'mfinalfunc_extra', a.aggmfinalextra, 'mfinalfunc_modify', a.aggmfinalmodify, 'minitcond', a.aggminitval,
                 'sortop', NULLIF(a.aggsortop, 0)::pg_catalog.regoperator, 'parallel', p.proparallel)
            FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid) END
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  LEFT JOIN pg_catalog.pg_description d ON d.classoid = ${catalogs.routine} AND d.objoid = p.oid AND d.objsubid = 0
 WHERE p.oid >= 16384 AND ${userSchema('n')} AND ${inScope(catalog, 'n')} AND ${seenName(catalog, 'p.proname')} AND ${notOfExtension(catalogs.routine, 'p.oid')}
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = ${catalogs.routine} AND i.objid = p.oid AND i.deptype = 'i')
 ORDER BY n.nspname, p.proname, p.oid`
}

/** Triggers (without the copies that partitions have), policies and rules in scope, in one result. */
export function attachedSql(catalog: CatalogQuery): string {
  const partial = catalog.version >= 130000
  const copy = partial
    ? 't.tgparentid = 0'
    : `NOT EXISTS (SELECT FROM pg_catalog.pg_depend p WHERE p.classid = ${catalogs.trigger} AND p.objid = t.oid AND p.deptype IN ('P', 'S'))`
  // What the kinds need alike is queried once: most databases have none of them, and planning is what this query costs.
  return `
WITH x (kind, class, oid, relation, name, state, other, checked, roles) AS MATERIALIZED (
SELECT 'trigger', t.tableoid, t.oid, t.tgrelid, t.tgname, t.tgenabled, NULL, NULL, NULL
  FROM pg_catalog.pg_trigger t
 WHERE NOT t.tgisinternal AND ${copy}
${
  partial
    ? `UNION ALL
SELECT 'copy', 0, t.oid, t.tgrelid, t.tgname, t.tgenabled, o.tgenabled::text, NULL, NULL
  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_trigger o ON o.oid = t.tgparentid
 WHERE t.tgparentid <> 0 AND NOT o.tgisinternal AND o.tgenabled <> t.tgenabled
`
    : ''
}UNION ALL
SELECT 'policy', p.tableoid, p.oid, p.polrelid, p.polname, p.polcmd,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
       p.polpermissive || ' ' || ARRAY(SELECT CASE WHEN r = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(r)::text END
                                         FROM pg_catalog.unnest(p.polroles) r)::text
  FROM pg_catalog.pg_policy p
UNION ALL
SELECT 'rule', r.tableoid, r.oid, r.ev_class, r.rulename, r.ev_enabled, NULL, NULL, NULL
  FROM pg_catalog.pg_rewrite r
 WHERE r.rulename <> '_RETURN')
SELECT x.kind, x.oid, n.nspname, c.relname, x.name, d.description, x.state,
       CASE x.kind WHEN 'trigger' THEN pg_catalog.pg_get_triggerdef(x.oid) WHEN 'rule' THEN pg_catalog.pg_get_ruledef(x.oid) ELSE x.other END,
       x.checked, x.roles
  FROM x
  JOIN pg_catalog.pg_class c ON c.oid = x.relation
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_description d ON d.classoid = x.class AND d.objoid = x.oid AND d.objsubid = 0
 WHERE ${userSchema('n')} AND ${inScope(catalog, 'n')} AND ${seenName(catalog, 'c.relname')} AND ${notOfExtension(catalogs.relation, 'c.oid')}
 ORDER BY 1, 3, 4, 5`
}

const routineKinds: Readonly<Record<string, Routine['routineKind']>> = { a: 'aggregate', p: 'procedure' }

/** Routines as objects; texts are without the default schema. */
export function readRoutines(catalog: Catalog, rows: readonly Row[]): readonly Routine[] {
  return rows.map((row) => {
    const [oid, schema, name, kind, owner, acl, comment, args, definition, parameters, result] = row
    const ref = refIn(catalog, schema!, name!)
    const routineKind = routineKinds[kind!] ?? 'function'
    const identity = kind === 'a' && args === '' ? '*' : args!
    const routine: Routine = {
      kind: 'routine',
      ...ref,
      routineKind,
      identityArguments: identity,
      definition:
        kind === 'a'
          ? aggregate(quoteRef(ref), parameters!, JSON.parse(row[11]!) as Aggregate)
          : unqualified(
              catalog,
              schema!,
              definition!.trimEnd(),
              `CREATE OR REPLACE ${kind === 'p' ? 'PROCEDURE' : 'FUNCTION'} `,
            ),
      signature: `(${parameters}) -> ${result ?? 'void'}`,
      ...only({
        comment: comment ?? undefined,
        owner: readOwner(catalog, owner!),
        grants: readGrants(acl, owner!, 'EXECUTE', catalog.scope.usualPrivileges),
      }),
    }
    catalog.keys.set(`${catalogs.routine}:${oid}`, keyOf(routine))
    if (acl !== null) {
      const text = `${quoteRef(ref)}(${kind === 'a' ? args! : identity})`
      ownersLoss(catalog, 'FUNCTION', text, acl!, owner!, { of: keyOf(routine) })
    }
    return routine
  })
}

type Aggregate = Readonly<Record<string, string | number | boolean | null>>

/** The meaning of an aggregate's parallel safety and modification letters (pg_proc, pg_aggregate). */
const words: Readonly<Record<string, string>> = { s: 'SAFE', r: 'RESTRICTED', u: 'UNSAFE' }
const modify: Readonly<Record<string, string>> = { r: 'READ_ONLY', s: 'SHAREABLE', w: 'READ_WRITE' }

/** CREATE AGGREGATE (manual), as there is no function that prints one. */
function aggregate(name: string, parameters: string, facts: Aggregate): string {
  const clauses: string[] = [`SFUNC = ${facts['sfunc']}`, `STYPE = ${facts['stype']}`]
  const usual = facts['kind'] === 'n' ? 'r' : 'w'
  const add = (key: string, value: unknown): void => {
    if (value !== null && value !== undefined && value !== false)
      clauses.push(value === true ? key : `${key} = ${String(value)}`)
  }
  const text = (key: string): string | null =>
    facts[key] === null || facts[key] === undefined ? null : quoteLiteral(String(facts[key]))
  add('SSPACE', facts['sspace'])
  add('FINALFUNC', facts['finalfunc'])
  add('FINALFUNC_EXTRA', facts['finalfunc_extra'])
  if (facts['finalfunc'] !== null && facts['finalfunc_modify'] !== usual)
    add('FINALFUNC_MODIFY', modify[String(facts['finalfunc_modify'])])
  add('COMBINEFUNC', facts['combinefunc'])
  add('SERIALFUNC', facts['serialfunc'])
  add('DESERIALFUNC', facts['deserialfunc'])
  add('INITCOND', text('initcond'))
  add('MSFUNC', facts['msfunc'])
  add('MINVFUNC', facts['minvfunc'])
  add('MSTYPE', facts['mstype'])
  add('MSSPACE', facts['msspace'])
  add('MFINALFUNC', facts['mfinalfunc'])
  add('MFINALFUNC_EXTRA', facts['mfinalfunc_extra'])
  if (facts['mfinalfunc'] !== null && facts['mfinalfunc_modify'] !== usual)
    add('MFINALFUNC_MODIFY', modify[String(facts['mfinalfunc_modify'])])
  add('MINITCOND', text('minitcond'))
  // `<(integer,integer)`: the operator without its arguments.
  if (typeof facts['sortop'] === 'string') add('SORTOP', operatorName(facts['sortop'].replace(/\([^()]*\)$/, '')))
  if (facts['parallel'] !== 'u') add('PARALLEL', words[String(facts['parallel'])])
  if (facts['kind'] === 'h') clauses.push('HYPOTHETICAL')
  return `CREATE AGGREGATE ${name}(${parameters === '' ? '*' : parameters}) (\n  ${clauses.join(',\n  ')}\n)`
}

function operatorName(name: string): string {
  return name.includes('.') ? `OPERATOR(${name})` : name
}

const commands: Readonly<Record<string, Policy['command']>> = { r: 'select', a: 'insert', w: 'update', d: 'delete' }
const states: Readonly<Record<string, NonNullable<Trigger['enabled']>>> = { D: 'disabled', R: 'replica', A: 'always' }

/** Triggers, policies and rules as objects. */
export function readAttached(catalog: Catalog, rows: readonly Row[]): readonly SchemaObject[] {
  return rows.flatMap((row) => {
    const [kind, oid, schema, table, name, comment, state, text, check, rest] = row
    const of = refIn(catalog, schema!, table!)
    if (kind === 'copy') {
      triggerState(catalog, of, name!, state!, text!)
      return []
    }
    const described = only({ comment: comment ?? undefined })
    let object: SchemaObject
    if (kind === 'trigger') {
      const definition = onTable(catalog, schema!, table!, name!, text!)
      object = { kind, table: of, name: name!, definition, ...described, ...only({ enabled: states[state!] }) }
      catalog.keys.set(`${catalogs.trigger}:${oid}`, keyOf(object))
    } else if (kind === 'policy') {
      const [permissive, roles] = [isTrue(rest!.split(' ', 1)[0]), rest!.slice(rest!.indexOf(' ') + 1)]
      object = {
        kind,
        table: of,
        name: name!,
        command: commands[state!] ?? 'all',
        roles: texts(roles).toSorted(compare),
        ...described,
        ...only({
          restrictive: !permissive,
          using: text === null ? undefined : unbracketed(text!),
          check: check === null ? undefined : unbracketed(check!),
        }),
      }
      catalog.keys.set(`${catalogs.policy}:${oid}`, keyOf(object))
    } else {
      object = { ...rule(catalog, schema!, table!, name!, text!, state!), ...described }
      catalog.keys.set(`${catalogs.rule}:${oid}`, keyOf(object))
    }
    return object
  })
}

/** The catalog always qualifies the table of a trigger; the name before it may contain any text. */
function onTable(catalog: Catalog, schema: string, table: string, name: string, text: string): string {
  if (schema !== catalog.defaultSchema) return text
  const start = text.indexOf(quoteIdent(name)) + quoteIdent(name).length
  const qualified = ` ON ${quoteRef({ schema, name: table })} `
  const at = text.indexOf(qualified, start)
  return at < 0 ? text : `${text.slice(0, at)} ON ${quoteIdent(table)} ${text.slice(at + qualified.length)}`
}

function rule(catalog: Catalog, schema: string, table: string, name: string, text: string, state: string): Definition {
  const ref = refIn(catalog, schema, table)
  const enable: Readonly<Record<string, string>> = { D: 'DISABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' }
  const body = text.trimEnd().replace(/;$/, '')
  const qualified = ` TO ${quoteRef({ schema, name: table })}`
  const at = schema === catalog.defaultSchema ? body.indexOf(qualified, `CREATE RULE ${quoteIdent(name)}`.length) : -1
  const create = at < 0 ? body : `${body.slice(0, at)} TO ${quoteIdent(table)}${body.slice(at + qualified.length)}`
  const change = enable[state]
  return {
    kind: 'definition',
    objectKind: 'rule',
    identity: `${quoteRef(ref)}.${quoteIdent(name)}`,
    create:
      change === undefined ? [create] : [create, `ALTER TABLE ${quoteRef(ref)} ${change} RULE ${quoteIdent(name)}`],
    drop: `DROP RULE ${quoteIdent(name)} ON ${quoteRef(ref)}`,
    commentOn: `RULE ${quoteIdent(name)} ON ${quoteRef(ref)}`,
    table: ref,
  }
}
