/** Names of objects as SQL key words and references, and their comments, owners and grants. */
import type { Operation, Target } from '../../operations/kinds.ts'
import type { Column, Definition, Described, Grant, Ref, SchemaObject } from '../../schema/model.ts'
import { sameRef } from '../../schema/keys.ts'
import { usualGrants } from '../../schema/usual-privileges.ts'
import { equal } from '../compare/equal.ts'
import { sameSchema } from '../graph/needs.ts'
import { rank, type Step } from '../graph/order.ts'

function at(kind: string, ref: Ref, rest: Partial<Target> = {}): Target {
  return { kind, ...sameSchema(ref, ref.name), ...rest }
}

/** How `comment`, `grant` and `setOwner` name the object. */
export function targetOf(object: SchemaObject): Target | undefined {
  switch (object.kind) {
    case 'table':
    case 'sequence':
    case 'domain':
      return at(object.kind, object)
    case 'enum':
    case 'composite':
    case 'range':
      return at('type', object)
    case 'view':
      return at(object.materialized === true ? 'materialized view' : 'view', object)
    case 'routine':
      return at(object.routineKind, object, { arguments: object.identityArguments })
    case 'trigger':
    case 'policy':
      return at(object.kind, object.table, { part: object.name })
    case 'extension':
    case 'schema':
      return { kind: object.kind, name: object.name }
    case 'definition':
      return definitionTarget(object)
  }
}

const plainDefinitions =
  /^(?:statistics|event trigger|collation|publication|foreign data wrapper|server|foreign table|text search (?:configuration|dictionary))$/

/** Casts and operators have no name that a target could contain. */
function definitionTarget({ objectKind, identity, table }: Definition): Target | undefined {
  const names = [...identity.matchAll(/"((?:[^"]|"")*)"|([^".]+)/g)].map(
    (m) => m[1]?.replaceAll('""', '"') ?? m[2] ?? '',
  )
  const name = names.at(-1)!
  if (objectKind === 'rule') return table === undefined ? undefined : at('rule', table, { part: name })
  if (!plainDefinitions.test(objectKind)) return undefined
  return { kind: objectKind, ...(names.length > 1 ? { schema: names[0]! } : {}), name }
}

export interface DescribeOptions {
  /** Owners and grants are compared at all. */
  readonly grants: boolean
  /** In the downgrade. */
  readonly back: boolean
}

/** Comment, owner and grants where they differ. `frees` and keys are not needed: these come last. */
export function describeSteps(
  from: SchemaObject,
  to: SchemaObject,
  key: string,
  options: DescribeOptions,
): readonly Step[] {
  const on = targetOf(to)
  if (on === undefined) return []
  const steps: Operation[] = []
  // A definition has its owner and grants in its statements.
  if ((from.comment ?? null) !== (to.comment ?? null)) {
    const before = from.comment ?? null
    if (to.kind === 'table')
      steps.push({ kind: 'tableComment', table: sameSchema(to, to.name), comment: to.comment ?? null, before })
    else steps.push({ kind: 'comment', on, comment: to.comment ?? null, before })
  }
  if (options.grants && to.kind !== 'definition') {
    // No owner means the reading role. The target schema may leave the owner open; the current schema may not.
    const [had, has] = [from.owner ?? 'CURRENT_USER', to.owner ?? (options.back ? 'CURRENT_USER' : undefined)]
    if (has !== undefined && had !== has && !followsTable(from, to))
      steps.push({ kind: 'setOwner', on, owner: has, before: had })
    // Grants to the owner are the owner's own privileges, and grants to a new owner become its own (ALTER … OWNER TO).
    const others = (grants: readonly Grant[]): readonly Grant[] => grants.filter((g) => g.grantee !== (has ?? had))
    const grants = [{ grants: others(grantsOf(from)) }, { grants: others(grantsOf(to)) }] as const
    const ops = grantOps(on, ...grants, { owners: [had, has] })
    steps.push(...ops, ...(to.kind === 'table' && from.kind === 'table' ? columnsAgain(from, to, ops) : []))
  }
  return steps.map((op) => ({
    op,
    rank: rank.describe,
    needs: [key],
    ...(op.kind === 'setOwner' ? { makes: [ownerOf(key)] } : {}),
  }))
}

/** That an object has its owner: a sequence is given to a column only where both have the same one (manual, ALTER SEQUENCE). */
export const ownerOf = (key: string): string => `owner of ${key}`

/** A sequence that a column owns has the owner of its table, and gets no other (manual, ALTER SEQUENCE). */
const followsTable = (from: SchemaObject, to: SchemaObject): boolean =>
  from.kind === 'sequence' &&
  to.kind === 'sequence' &&
  from.ownedBy !== undefined &&
  to.ownedBy !== undefined &&
  sameRef(from.ownedBy.table, to.ownedBy.table)

const grantsOf = (object: SchemaObject): readonly Grant[] =>
  ('grants' in object ? object.grants : undefined) ?? usualGrants(object)

/** A table with the privileges on its columns. */
type Granted = Ref & { readonly columns: readonly Pick<Column, 'name' | 'grants'>[] }

/** Privileges revoked on a table are revoked on its columns too (manual, REVOKE): columns that keep them get them again. */
export function columnsAgain(from: Granted, to: Granted, ops: readonly Operation[]): readonly Operation[] {
  const revoked = ops.flatMap((op) =>
    op.kind === 'revoke' ? flat([op.grant]).map((g) => ({ ...g, cascade: op.cascade === true })) : [],
  )
  if (revoked.length === 0) return []
  return to.columns.flatMap((column) => {
    const old = from.columns.find((c) => c.name === column.name)
    const had = flat((old ?? column).grants)
    const lost = flat(column.grants).filter(
      (g) =>
        had.some((h) => equal(h, g)) &&
        revoked.some((r) => (r.cascade || r.grantee === g.grantee) && r.privileges[0] === g.privileges[0]),
    )
    const on = { kind: 'column', ...sameSchema(to, to.name), part: column.name }
    return gather(lost).map((grant): Operation => ({ kind: 'grant', on, grant }))
  })
}

/**
 * Revokes first, then grants; a changed grant option revokes the privileges and grants them again. Of what is `fresh`
 * only the revokes are written, and what PUBLIC should have.
 *
 * It is not known here who granted a privilege. A holder with grant option may have granted it, and the
 * owner's REVOKE would leave it (manual, REVOKE): all such holders lose it with what they granted on, and those who are to
 * keep it get it from the owner.
 */
export function grantOps(
  on: Target,
  from: Pick<Described, 'grants'>,
  to: Pick<Described, 'grants'>,
  { fresh = false, owners = [] }: { readonly fresh?: boolean; readonly owners?: readonly (string | undefined)[] } = {},
): readonly Operation[] {
  if (equal(from.grants ?? [], to.grants ?? [])) return []
  const had = flat(from.grants)
  const wants = flat(to.grants)
  const isSame = (a: Grant, b: Grant): boolean => a.grantee === b.grantee && a.privileges[0] === b.privileges[0]
  // What a fresh object was made with stands; REVOKE would take it whole, with its grant option.
  const lost = had.filter(
    (h) => !wants.some((w) => equal(w, h) || (fresh && w.grantable === true && h.grantable !== true && isSame(w, h))),
  )
  const chained = (privilege: string | undefined): readonly Grant[] =>
    fresh || !lost.some((g) => g.privileges[0] === privilege)
      ? []
      : had.filter((h) => h.grantable === true && h.privileges[0] === privilege && !owners.includes(h.grantee))
  const isHolder = (g: Grant): boolean => chained(g.privileges[0]).includes(g)
  const revoked = [...had.filter(isHolder), ...lost.filter((g) => !isHolder(g))]
  const granted = wants.filter(
    (w) =>
      (!had.some((h) => equal(w, h)) || (chained(w.privileges[0]).length > 0 && !owners.includes(w.grantee))) &&
      (!fresh || w.grantee === 'public' || lost.some((h) => isSame(h, w))),
  )
  return [
    ...gather(revoked).map((grant): Operation =>
      grant.grantable === true && flat([grant]).some((g) => revoked.some((r) => equal(r, g) && isHolder(r)))
        ? { kind: 'revoke', on, grant, cascade: true }
        : { kind: 'revoke', on, grant },
    ),
    ...gather(granted).map((grant): Operation => ({ kind: 'grant', on, grant })),
  ]
}

function flat(grants: readonly Grant[] | undefined): readonly Grant[] {
  return (grants ?? []).flatMap((g) =>
    g.privileges.map((privilege) => ({
      grantee: g.grantee,
      privileges: [privilege],
      ...(g.grantable === true ? { grantable: true } : {}),
    })),
  )
}

function gather(grants: readonly Grant[]): readonly Grant[] {
  const groups = new Map<string, Grant>()
  for (const g of grants) {
    const key = `${g.grantee}\u0000${g.grantable === true}`
    const group = groups.get(key)
    groups.set(
      key,
      group === undefined ? g : { ...group, privileges: [...group.privileges, ...g.privileges].toSorted() },
    )
  }
  return [...groups.values()]
}
