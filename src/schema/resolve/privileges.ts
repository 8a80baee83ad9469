/** How the privileges that models grant and revoke become properties of the objects. */
import { AmbixError } from '../../errors.ts'
import { dataOf } from '../declared.ts'
import { keyOf, refText } from '../keys.ts'
import type { Grant, Ref, SchemaObject, Table } from '../model.ts'
import type { GrantData } from '../declare/grants.ts'
import { tableRef } from './tables.ts'
import { parentsOf } from '../inherited.ts'
import { given, localRef, type ResolveOptions } from './column.ts'
import { routineOf } from './objects.ts'
import type { TableLike } from '../declare/table.ts'
import { allPrivileges, usualGrants } from '../usual-privileges.ts'

/**
 * Adds what models grant, then removes what they revoke. If the first declaration about an object is a grant,
 * the object has the granted privileges alone; if it is a revoke, the default privileges without what it names.
 * Throws SCHEMA.UNKNOWN_REFERENCE for an object or a column that is not declared.
 */
export function applyPrivileges(
  objects: Map<string, SchemaObject>,
  said: readonly GrantData[],
  options: ResolveOptions,
): void {
  for (const grant of said) if (grant.revoked !== true) give(objects, grant, options)
  for (const grant of said) if (grant.revoked === true) take(objects, grant, options)
}

function subject(
  objects: ReadonlyMap<string, SchemaObject>,
  grant: GrantData,
  options: ResolveOptions,
): readonly [string, SchemaObject] {
  const on = dataOf(grant.on)
  const ref =
    on === undefined || on.kind === 'table'
      ? tableRef(grant.on as TableLike | Ref | string, options)
      : localRef(on as unknown as Ref, options)
  // Routines can share a name: the one with these arguments is meant.
  const routine = on?.kind === 'routine' ? keyOf(routineOf(on as never, options)) : undefined
  const candidates = on === undefined ? ['table', 'view', 'sequence', 'schema'] : [on.kind]
  const entry = [...objects].find(([key, o]) =>
    routine === undefined
      ? candidates.includes(o.kind) && 'name' in o && refText(o as Ref) === refText(ref)
      : key === routine,
  )
  if (entry !== undefined) return entry
  const what = grant.revoked === true ? 'revoke' : 'grant'
  throw new AmbixError('SCHEMA.UNKNOWN_REFERENCE', `A ${what} names ${refText(ref)}, which is not declared.`, {
    next: ['Export the object from a module of the schema.'],
  })
}

const byGrantee = (a: Grant, b: Grant): number => (a.grantee < b.grantee ? -1 : a.grantee > b.grantee ? 1 : 0)

function give(objects: Map<string, SchemaObject>, grant: GrantData, options: ResolveOptions): void {
  const [key, object] = subject(objects, grant, options)
  const more = grant.to.map((grantee): Grant =>
    Object.freeze({ grantee, privileges: grant.privileges, ...given('grantable', grant.grantable || undefined) }),
  )
  const merged = (before: readonly Grant[] | undefined): readonly Grant[] =>
    [...(before ?? []), ...more].toSorted(byGrantee)
  if (grant.columns === undefined) {
    objects.set(key, Object.freeze({ ...object, grants: merged(object.grants) }))
    return
  }
  const { columns } = grant
  const table = object as Table
  const missing = columns.find((c) => !table.columns?.some((have) => have.name === c))
  if (missing !== undefined)
    throw new AmbixError(
      'SCHEMA.UNKNOWN_REFERENCE',
      `A grant names the column ${refText(table)}.${missing}, which is not declared.`,
      parentsOf(table).length === 0
        ? {}
        : { next: [`If a parent has the column, declare it in ${refText(table)} too, as .inherited().`] },
    )
  objects.set(key, {
    ...table,
    columns: table.columns.map((c) => (columns.includes(c.name) ? { ...c, grants: merged(c.grants) } : c)),
  })
}

function take(objects: Map<string, SchemaObject>, revoke: GrantData, options: ResolveOptions): void {
  const [key, object] = subject(objects, revoke, options)
  const lost = new Set(revoke.privileges.includes('ALL') ? ['ALL', ...allPrivileges(object.kind)] : revoke.privileges)
  const loses = (grantee: string): boolean => revoke.to.some((r) => r === grantee || (isPublic(r) && isPublic(grantee)))
  const grants = (object.grants ?? usualGrants(object)).flatMap((g): readonly Grant[] => {
    if (!loses(g.grantee)) return [g]
    const had = g.privileges.includes('ALL') && !lost.has('ALL') ? allPrivileges(object.kind) : g.privileges
    const privileges = lost.has('ALL') ? [] : had.filter((p) => !lost.has(p))
    return privileges.length === 0 ? [] : [{ ...g, privileges }]
  })
  objects.set(key, Object.freeze({ ...object, grants }))
}

const isPublic = (role: string): boolean => role.toLowerCase() === 'public'
