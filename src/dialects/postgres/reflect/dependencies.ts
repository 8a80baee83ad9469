/** Reads who needs whom from pg_depend, in the keys of objects and their parts. */
import { columnKey } from '../../../schema/keys.ts'
import { type Catalog, type Row, catalogs, columnAt, compare } from './catalog.ts'

/**
 * Every dependency between user objects; 16384 is the first OID of theirs. Row types and toast tables belong to
 * their tables, a default to its column, and the triggers of a foreign key to the key: these are left out. All of them
 * come as one text, a line each, so that it costs little where it is not used.
 */
export function dependenciesSql(): string {
  return `
SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype), E'\\n')
  FROM pg_catalog.pg_depend
 WHERE objid >= 16384 AND refobjid >= 16384
   AND NOT (deptype = 'i' AND (classid = ${catalogs.type} OR classid = ${catalogs.relation} AND refclassid = ${catalogs.relation} AND refobjsubid = 0))
   AND NOT (deptype = 'a' AND classid = ${catalogs.default})
   AND NOT (deptype = 'i' AND classid = ${catalogs.trigger} AND refclassid = ${catalogs.constraint})`
}

/** dependant -> what it cannot be without. Parts are named as parts; nothing depends on itself or on its own table. */
export function readDependencies(
  catalog: Catalog,
  lines: string | null,
  types: readonly Row[],
): ReadonlyMap<string, readonly string[]> {
  const { keys } = catalog
  for (const fill of catalog.late.splice(0)) fill()
  const rows = lines === null ? [] : lines.split('\n').map((line) => line.split(' '))
  // A view's query belongs to its _RETURN rule, a publication's tables to rows of their own; extensions' members depend on these.
  for (const [classId, oid, , refClass, refOid, , type] of rows) {
    const owned =
      (classId === catalogs.rule && type === 'i' && refClass === catalogs.relation) ||
      ((classId === catalogs.publicationRelation || classId === catalogs.publicationSchema) &&
        type === 'a' &&
        refClass !== catalogs.relation &&
        refClass !== catalogs.schema) ||
      // The operators and functions of an operator class or family are its own.
      ((classId === catalogs.familyOperator || classId === catalogs.familyFunction) &&
        (refClass === catalogs.operatorClass || refClass === catalogs.operatorFamily)) ||
      type === 'e'
    const key = owned && !keys.has(`${classId}:${oid}`) ? keys.get(`${refClass}:${refOid}`) : undefined
    if (key !== undefined) keys.set(`${classId}:${oid}`, key)
  }
  // Arrays of an extension's types are not its members.
  for (const [type, , , , array] of types) {
    const key = keys.get(`${catalogs.type}:${type}`)
    if (key !== undefined && !keys.has(`${catalogs.type}:${array}`)) keys.set(`${catalogs.type}:${array}`, key)
  }
  const found = new Map<string, Set<string>>()
  for (const [classId, oid, column, refClass, refOid, refColumn, type] of rows) {
    if (type === 'e') continue
    // The owner of a sequence is data of the sequence, and the column's default depends on it in the other direction.
    if (
      type === 'a' &&
      classId === catalogs.relation &&
      refClass === catalogs.relation &&
      refColumn !== '0' &&
      keys.get(`${classId}:${oid}`)?.startsWith('sequence:')
    )
      continue
    const part = keyAt(catalog, classId!, oid!, column!)
    const from = classId === catalogs.constraint && part !== undefined ? holderOf(catalog, part) : part
    const to = keyAt(catalog, refClass!, refOid!, refColumn!)
    if (from === undefined || to === undefined || from === to || isOwn(from, to)) continue
    const list = found.get(from)
    if (list === undefined) found.set(from, new Set([to]))
    else list.add(to)
  }
  for (const [from, to] of catalog.hangs) {
    const list = found.get(from)
    if (list === undefined) found.set(from, new Set([to]))
    else list.add(to)
  }
  return new Map(
    [...found].toSorted(([a], [b]) => compare(a, b)).map(([key, list]) => [key, [...list].toSorted(compare)]),
  )
}

function keyAt(catalog: Catalog, classId: string, oid: string, column: string): string | undefined {
  const whole = catalog.keys.get(`${classId}:${oid}`)
  // The columns of tables have keys of their own; those of views are parts of a query.
  if (column === '0' || classId !== catalogs.relation || whole?.startsWith('table:') !== true) return whole
  const name = columnAt(catalog, oid, column)?.name
  return name === undefined ? whole : columnKey(catalog.relations.get(oid)!, name)
}

/** The foreign table that a constraint is a part of; of any other table it has a key of its own. */
const holderOf = (catalog: Catalog, constraint: string): string =>
  catalog.foreign.size === 0 ? constraint : (catalog.foreign.get(tableOf(constraint)) ?? constraint)

const tableOf = (part: string): string => part.slice(part.indexOf(':') + 1).replace(/\.(?:"(?:[^"]|"")*"|[^."]*)$/, '')

/** Whether a column or constraint points to the table that it is a part of, or a column (by its sequence) to the schema. */
function isOwn(from: string, to: string): boolean {
  if (!from.startsWith('column:') && !from.startsWith('constraint:')) return false
  if (!to.startsWith('table:')) return to.startsWith('schema:')
  return to.slice('table:'.length) === tableOf(from)
}
