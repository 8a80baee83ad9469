/** Undeclared privileges: PUBLIC gets no privilege that was not declared, and ALL is expanded as the server does. */
import { allPrivileges, usualGrants } from '../../schema/usual-privileges.ts'
import { refText } from '../../schema/keys.ts'
import { withObjects } from '../../schema/lazy.ts'
import type { Column, Grant, Ref, Schema, SchemaObject } from '../../schema/model.ts'
import { defaultGrants, wordOf } from './default-grants.ts'
import { equal } from '../compare/equal.ts'

/**
 * The target schema in which a function or type without declared privileges stays closed to PUBLIC where it is closed, or would
 * be: a new signature of a closed function, and objects that default privileges close when they are created.
 */
export function keepClosed(
  from: Schema,
  to: Schema,
  serverVersion: number | undefined,
  note: (text: string) => void,
): Schema {
  const objects = new Map(to.objects)
  const revoked = defaultGrants(from).filter((d) => d.revoked)
  let changed = false
  const set = (key: string, object: SchemaObject): void => {
    const had = from.objects.get(key)
    objects.set(key, had !== undefined && equal(had, object) ? had : object)
    changed = true
  }
  for (const [key, object] of to.objects) {
    const had = from.objects.get(key)
    if (object === had) continue
    const whole = withAll(object, serverVersion)
    const usual = usualGrants(whole)
    if (usual.length === 0) {
      if (whole !== object) set(key, whole)
    } else if (whole.grants !== undefined) {
      const { grants, ...plain } = whole
      if (equal(grants, usual) && had !== undefined && isUsual(had)) set(key, plain as SchemaObject)
      else if (whole !== object) set(key, whole)
    } else {
      const before = had ?? predecessor(from, to, whole)
      const closed =
        before === undefined
          ? revoked.some((d) => d.on === wordOf(whole))
          : before.grants !== undefined && !isOpen(before.grants)
      if (!closed) continue
      set(key, { ...whole, grants: [] })
      note(
        `${key.replace(':', ' ')} stays closed to PUBLIC: the schema does not say who may use it (grant it to public, or say revoke)`,
      )
    }
  }
  return changed ? withObjects(to, objects) : to
}

const isUsual = (object: SchemaObject): boolean => !('grants' in object) || object.grants === undefined
const isOpen = (grants: readonly Grant[]): boolean => grants.some((g) => g.grantee === 'public')

/** The dropped object that had the name: another signature of the routine, a type of another kind. */
function predecessor(from: Schema, to: Schema, object: SchemaObject): SchemaObject | undefined {
  const name = refText(object as Ref)
  const closed = [...from.objects].filter(
    ([key, o]) =>
      !to.objects.has(key) &&
      (o.kind === object.kind || (o.kind !== 'routine' && object.kind !== 'routine')) &&
      usualGrants(o).length > 0 &&
      refText(o as Ref) === name,
  )
  return (closed.find(([, o]) => o.grants !== undefined && !isOpen(o.grants)) ?? closed[0])?.[1]
}

/** With ALL expanded. */
function withAll(object: SchemaObject, serverVersion: number | undefined): SchemaObject {
  const spelled = <T extends { readonly grants?: readonly Grant[] }>(thing: T, kind: string): T =>
    thing.grants?.some((g) => g.privileges.includes('ALL')) === true
      ? {
          ...thing,
          grants: thing.grants.map((g) =>
            g.privileges.includes('ALL') ? { ...g, privileges: allPrivileges(kind, serverVersion) } : g,
          ),
        }
      : thing
  const own = spelled(object, object.kind)
  if (own.kind !== 'table') return own
  const columns = own.columns.map((c): Column => spelled(c, 'column'))
  return columns.some((c, i) => c !== own.columns[i]) ? { ...own, columns } : own
}
