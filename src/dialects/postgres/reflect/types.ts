/** Reads the types of a database: enums, domains, composites, ranges, and the names of all others by oid. */
import { keyOf } from '../../../schema/keys.ts'
import type { ColumnType, Composite, Domain, EnumType, RangeType, Ref, SchemaObject } from '../../../schema/model.ts'
import { extensionKinds } from '../../../schema/types.ts'
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
  typeOf,
  unbracketed,
  userSchema,
  type CatalogQuery,
} from './catalog.ts'
import { parseDefault } from '../spell/defaults.ts'
import { ownersLoss } from './settings.ts'
import { quoteRef } from '../spell/quote.ts'
import { builtInType } from '../spell/types.ts'

/** All types but arrays, which their elements name, and the row types of tables, which the tables name. */
export function typesSql(catalog: CatalogQuery): string {
  const multirange = catalog.version >= 140000
  return `
SELECT t.oid, n.nspname, t.typname, t.typtype, t.typarray,
       t.oid >= 16384 AND ${userSchema('n')} AND ${inScope(catalog, 'n')} AND ${seenName(catalog, 't.typname')} AND ${notOfExtension(catalogs.type, 't.oid')},
       CASE WHEN t.oid >= 16384 AND ${userSchema('n')} THEN pg_catalog.pg_get_userbyid(t.typowner) END, t.typacl, d.description,
       CASE t.typtype WHEN 'e' THEN
         (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) END,
       t.typbasetype, t.typtypmod, t.typnotnull,
       CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END,
       CASE WHEN t.typtype = 'd' AND t.typdefaultbin IS NOT NULL THEN pg_catalog.pg_get_expr(t.typdefaultbin, 0) END,
       CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN
         (SELECT pg_catalog.json_build_array(ln.nspname, l.collname) FROM pg_catalog.pg_collation l
            JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace WHERE l.oid = t.typcollation) END,
       t.typrelid,
       CASE WHEN t.typtype = 'r' AND r.rngtypid >= 16384 THEN pg_catalog.json_build_array(
         r.rngsubtype, pg_catalog.format_type(r.rngsubtype, NULL),
         (SELECT o.opcname FROM pg_catalog.pg_opclass o WHERE o.oid = r.rngsubopc AND NOT o.opcdefault),
         (SELECT pg_catalog.json_build_array(ln.nspname, l.collname) FROM pg_catalog.pg_collation l
            JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace
            JOIN pg_catalog.pg_type st ON st.oid = r.rngsubtype
           WHERE l.oid = r.rngcollation AND r.rngcollation <> st.typcollation),
         CASE WHEN r.rngsubdiff::pg_catalog.oid <> 0 THEN r.rngsubdiff::text END,
         CASE WHEN r.rngcanonical::pg_catalog.oid <> 0 THEN r.rngcanonical::text END) END,
       ${multirange ? 'r.rngmultitypid, (SELECT m.typname FROM pg_catalog.pg_type m WHERE m.oid = r.rngmultitypid)' : 'NULL, NULL'}
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
  LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
  LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
  LEFT JOIN pg_catalog.pg_description d ON d.classoid = ${catalogs.type} AND d.objoid = t.oid AND d.objsubid = 0 AND t.oid >= 16384
 WHERE t.typinput <> 'pg_catalog.array_in'::pg_catalog.regproc AND (t.typtype <> 'c' OR c.relkind = 'c')
   AND (n.nspname = 'pg_catalog' OR ${userSchema('n')})
 ORDER BY t.typtype = 'd', t.oid`
}

const structural: Readonly<Record<string, string>> = { e: 'enum', d: 'domain', c: 'composite', r: 'range' }

/** The column type of an OID. */
function columnType(catalog: Catalog, row: Row): ColumnType {
  const [, schema, name, type] = row
  if (schema === 'pg_catalog') return builtInType(name!) ?? custom(name!)
  const ref = refIn(catalog, schema!, name!)
  const kind = structural[type!]
  if (kind !== undefined) return { kind, ...ref }
  return extensionKinds.has(name!) && ref.schema === undefined
    ? { kind: name! }
    : { kind: 'custom', sql: quoteRef(ref) }
}

/** pg_catalog's own types that have no kind; three have names of their own in SQL. */
function custom(name: string): ColumnType {
  return { kind: 'custom', sql: name === 'char' || name === 'bit' ? `"${name}"` : name }
}

/** Fills `catalog.types`; must run before anything that has columns is built. */
export function nameTypes(catalog: Catalog, rows: readonly Row[]): void {
  for (const row of rows) {
    const [oid, schema, name, type, array] = row
    // varchar, char and bit have modifiers in almost all columns; without one, char and bit are different types.
    const bare = schema === 'pg_catalog' && (name === 'bpchar' || name === 'bit')
    const own = bare ? custom(name!) : columnType(catalog, row)
    catalog.types.set(oid!, own)
    if (array !== null && array !== '0') catalog.types.set(array!, { kind: 'array', element: own })
    if (type === 'r' && row[18] !== null)
      catalog.types.set(row[18]!, { kind: 'custom', sql: quoteRef(refIn(catalog, schema!, row[19]!)) })
  }
  // Built-in multiranges have kinds of their own; the loop above may have named them after their range.
  for (const row of rows) if (row[3] === 'm') catalog.types.set(row[0]!, columnType(catalog, row))
}

/** The base type of the domain, through other domains, so that its constants can be parsed. */
export function baseTypes(catalog: Catalog, rows: readonly Row[]): (oid: string | null) => ColumnType | undefined {
  const domains = new Map(rows.filter((r) => r[3] === 'd').map((r) => [r[0]!, r[10]!]))
  return (oid) => {
    let at = oid
    for (let next = at; next !== null && next !== undefined; next = domains.get(at!) ?? null) at = next
    return at === null ? undefined : catalog.types.get(at)
  }
}

export interface DomainCheck {
  readonly name: string
  readonly sql: string
  readonly notValid?: boolean
  readonly comment?: string
}

/** The types in scope as objects; composites take their attributes from `attributes`, domains their checks. */
export function readTypes(
  catalog: Catalog,
  rows: readonly Row[],
  checks: ReadonlyMap<string, readonly DomainCheck[]>,
  attributes: ReadonlyMap<string, Composite['attributes']>,
): readonly SchemaObject[] {
  const found: SchemaObject[] = []
  const base = baseTypes(catalog, rows)
  for (const row of rows) {
    const [oid, schema, name, type, , wanted, owner, acl, comment, labels] = row
    if (!isTrue(wanted!)) continue
    const described = {
      ...refIn(catalog, schema!, name!),
      ...only({
        comment: comment ?? undefined,
        owner: readOwner(catalog, owner!),
        grants: readGrants(acl, owner!, 'USAGE', catalog.scope.usualPrivileges),
      }),
    }
    const object =
      type === 'e'
        ? ({
            kind: 'enum',
            ...described,
            values: labels === null ? [] : (JSON.parse(labels!) as string[]),
          } satisfies EnumType)
        : type === 'd'
          ? domain(catalog, row, described, checks.get(oid!) ?? [], base(row[10]!))
          : type === 'c'
            ? ({ kind: 'composite', ...described, attributes: attributes.get(row[16]!) ?? [] } satisfies Composite)
            : type === 'r'
              ? range(catalog, row, described)
              : undefined
    if (object !== undefined && acl !== null)
      ownersLoss(catalog, 'TYPE', quoteRef(described), acl!, owner!, { of: keyOf(object) })
    if (object === undefined) {
      if (type === 'b' || type === 'p') catalog.uncovered.push(`type ${quoteRef(described)}`)
      continue
    }
    found.push(object)
    const key = keyOf(object)
    catalog.keys.set(`${catalogs.type}:${oid}`, key)
    if (row[4] !== null) catalog.keys.set(`${catalogs.type}:${row[4]}`, key)
    if (type === 'c') catalog.keys.set(`${catalogs.relation}:${row[16]}`, key)
    if (type === 'r' && row[18] !== null) catalog.keys.set(`${catalogs.type}:${row[18]}`, key)
  }
  return found
}

function domain(
  catalog: Catalog,
  row: Row,
  described: Ref,
  checks: readonly DomainCheck[],
  base: ColumnType | undefined,
): Domain {
  const [type, text, expression, collation] = [typeOf(catalog, row[10]!, row[11]!, null), row[13], row[14], row[15]]
  const own = type.kind === 'custom' ? typeOf(catalog, row[10]!, row[11]!, text!) : type
  return {
    kind: 'domain',
    ...described,
    type: own,
    ...only({
      notNull: isTrue(row[12]!),
      default: expression === null ? undefined : parseDefault(expression!, base ?? own),
      collation: collation === null ? undefined : collationRef(catalog, collation!),
    }),
    checks: checks.map((c) => only({ ...c, sql: unbracketed(c.sql) })).toSorted((a, b) => compare(a.name, b.name)),
  }
}

/** `["pg_catalog","C"]` as a ref: built-in collations have no schema. */
export function collationRef(catalog: Catalog, json: string): Ref {
  const [schema, name] = JSON.parse(json) as [string, string]
  return schema === 'pg_catalog' ? { name } : refIn(catalog, schema, name)
}

function range(catalog: Catalog, row: Row, described: Ref): RangeType {
  const facts = JSON.parse(row[17]!) as [
    string | number,
    string,
    string | null,
    [string, string] | null,
    string | null,
    string | null,
  ]
  const made = described.name.includes('range')
    ? described.name.replace('range', 'multirange')
    : `${described.name.slice(0, 63 - '_multirange'.length)}_multirange`
  return {
    kind: 'range',
    ...described,
    subtype: typeOf(catalog, String(facts[0]), null, facts[1]),
    ...only({
      opclass: facts[2] ?? undefined,
      collation: facts[3] === null ? undefined : collationRef(catalog, JSON.stringify(facts[3])),
      subtypeDiff: facts[4] ?? undefined,
      canonical: facts[5] ?? undefined,
      multirangeName: row[19] === null || row[19] === made ? undefined : row[19],
    }),
  }
}
