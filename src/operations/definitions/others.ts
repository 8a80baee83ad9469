/** Operations on extensions, schemas, other definitions, comments, grants, owners and names; each next to its reverse. */
import { keyOf, refText } from '../../schema/keys.ts'
import { nameOrNames } from '../../schema/shapes.ts'
import type { Definition, Grant, Namespace, Ref, SchemaObject } from '../../schema/model.ts'
import {
  define,
  type DescribedOptions,
  describedKeys,
  describedOf,
  operation,
  refInput,
  type RefInput,
  refOf,
  sqlOf,
  type SqlText,
  textOf,
} from '../define.ts'
import type { Draft } from '../definition.ts'
import { put, remove, rewriteDependencies, rewriteObjects, withProperty, without } from '../fold/draft.ts'
import { checkName, checkOptions, invalid, unknownObject } from '../invalid.ts'
import type { OperationOf, Target } from '../kinds.ts'
import { compact, flag, optionsOf, ref } from '../plain.ts'
import { renameObjectEverywhere, renameTableEverywhere, renameTypeEverywhere } from '../fold/rename.ts'
import { respell } from '../fold/respell.ts'
import { describeTarget, objectAt, targetKeys, targetOf } from '../fold/targets.ts'

const namespaceOf = (name: string, s: DescribedOptions): Namespace =>
  compact<Namespace>({ kind: 'schema', name, ...describedOf(s) })

const schemaKey = (name: string): string => keyOf({ kind: 'schema', name })

export const createSchema = define('createSchema', {
  create(name: string, options: DescribedOptions & { readonly ifNotExists?: boolean } = {}) {
    checkName('createSchema', 'the name of the schema', name)
    checkOptions('createSchema', options, ['ifNotExists', ...describedKeys])
    return operation({
      kind: 'createSchema',
      schema: namespaceOf(name, options),
      ifNotExists: flag(options.ifNotExists),
    })
  },
  args: (op) => [op.schema.name, optionsOf({ ...describedOf(op.schema), ifNotExists: op.ifNotExists })],
  reverse: (op) => ({ kind: 'dropSchema', name: op.schema.name, definition: op.schema }),
  apply(draft, op) {
    if (op.ifNotExists === true && draft.objects.has(keyOf(op.schema))) return
    put(draft, 'createSchema', without(op.schema, 'renamedFrom'))
  },
  footprint: (op) => ({ reads: [], writes: [keyOf(op.schema)] }),
})

export const dropSchema = define('dropSchema', {
  create(name: string, options: { readonly was?: DescribedOptions } = {}) {
    checkName('dropSchema', 'the name of the schema', name)
    checkOptions('dropSchema', options, ['was'])
    checkOptions('dropSchema', options.was, describedKeys)
    return operation({
      kind: 'dropSchema',
      name,
      definition: options.was === undefined ? undefined : namespaceOf(name, options.was),
    })
  },
  args: (op) => [
    op.name,
    optionsOf({ was: op.definition === undefined ? undefined : compact(describedOf(op.definition)) }),
  ],
  reverse: (op) => (op.definition === undefined ? undefined : { kind: 'createSchema', schema: op.definition }),
  apply: (draft, op) => remove(draft, 'dropSchema', schemaKey(op.name)),
  footprint: (op) => ({ reads: [], writes: [schemaKey(op.name)] }),
})

export const renameSchema = define('renameSchema', {
  create(name: string, to: string) {
    checkName('renameSchema', 'the old name', name)
    checkName('renameSchema', 'the new name', to)
    return operation({ kind: 'renameSchema', name, to })
  },
  args: (op) => [op.name, op.to],
  reverse: (op) => ({ kind: 'renameSchema', name: op.to, to: op.name }),
  apply(draft, op) {
    if (!draft.blind && !draft.objects.has(schemaKey(op.name))) throw unknownObject('renameSchema', `schema ${op.name}`)
    // Everything in the schema moves with it, one kind of reference at a time: changes in the objects of a
    // later kind (the arguments of routines) are in their keys by then.
    for (const kinds of [['table', 'enum', 'domain', 'composite', 'range'], ['sequence', 'view'], ['routine']]) {
      // A copy: each move changes the draft.
      const before = [...draft.objects]
      for (const [key, { kind }] of before) {
        const object = kinds.includes(kind) ? draft.objects.get(key) : undefined
        if (object === undefined || !('schema' in object) || object.schema !== op.name) continue
        moveObjectTo(draft, object, ref(object.name, op.to))
      }
    }
    rewriteObjects(draft, (o) => {
      if (o.kind === 'schema' && o.name === op.name) return { ...o, name: op.to }
      if (o.kind === 'extension' && o.schema === op.name) return { ...o, schema: op.to }
      return respell(o, { kind: 'schema', from: op.name, to: op.to })
    })
    rewriteDependencies(draft, (key) => (key === schemaKey(op.name) ? schemaKey(op.to) : key))
  },
  footprint: (op) => ({ reads: [], writes: [schemaKey(op.name), schemaKey(op.to)] }),
})

/** Gives an object of any kind another name or schema, and everything that points to it. */
function moveObjectTo(draft: Draft, object: SchemaObject, to: Ref): void {
  switch (object.kind) {
    case 'table':
      return renameTableEverywhere(draft, ref(object.name, object.schema), to)
    case 'enum':
    case 'domain':
    case 'composite':
    case 'range':
      return renameTypeEverywhere(draft, object.kind, ref(object.name, object.schema), to)
    case 'sequence':
    case 'view':
    case 'routine':
      return renameObjectEverywhere(draft, object, to)
    case 'trigger':
    case 'policy':
    case 'extension':
    case 'schema':
    case 'definition':
      return renameNamed(draft, object, to.name)
  }
}

function renameNamed(draft: Draft, object: SchemaObject, to: string): void {
  const old = keyOf(object)
  let now = old
  rewriteObjects(draft, (o) => {
    if (o !== object || o.kind === 'definition' || !('name' in o)) return o
    const next = { ...o, name: to }
    now = keyOf(next)
    return next
  })
  rewriteDependencies(draft, (key) => (key === old ? now : key))
}

const partKinds = ['trigger', 'policy', 'rule', 'constraint', 'column']

export const renameObject = define('renameObject', {
  create(object: Target, to: string) {
    checkName('renameObject', 'the new name', to)
    return operation({ kind: 'renameObject', object: targetOf('renameObject', object), to })
  },
  args: (op) => [op.object, op.to],
  reverse: (op) => {
    const part = partKinds.includes(op.object.kind)
    const renamed: Target = part ? { ...op.object, part: op.to } : { ...op.object, name: op.to }
    return { kind: 'renameObject', object: renamed, to: part ? op.object.part! : op.object.name }
  },
  apply(draft, op) {
    const found = objectAt(draft, op.object)
    if (found !== undefined) moveObjectTo(draft, found.object, ref(op.to, op.object.schema))
    else unknownTarget(draft, 'renameObject', op.object)
  },
  footprint: (op) => ({
    reads: [],
    writes: [
      ...targetKeys(op.object),
      ...targetKeys(partKinds.includes(op.object.kind) ? { ...op.object, part: op.to } : { ...op.object, name: op.to }),
    ],
  }),
})

function unknownTarget(draft: Draft, operationName: string, on: Target): void {
  if (draft.blind || targetKeys(on)[0]!.startsWith('definition:')) return
  throw unknownObject(operationName, `${on.kind} ${refText(ref(on.name, on.schema))}`)
}

export const moveObject = define('moveObject', {
  create(object: Target, options: { readonly to?: string } = {}) {
    checkOptions('moveObject', options, ['to'])
    if (options.to !== undefined) checkName('moveObject', 'the name of the schema', options.to)
    return operation({ kind: 'moveObject', object: targetOf('moveObject', object), toSchema: options.to })
  },
  args: (op) => [op.object, optionsOf({ to: op.toSchema })],
  reverse: (op) =>
    operation({
      kind: 'moveObject',
      object: compact({ ...op.object, schema: op.toSchema }),
      toSchema: op.object.schema,
    }),
  apply(draft, op) {
    const found = objectAt(draft, op.object)
    if (found === undefined) return unknownTarget(draft, 'moveObject', op.object)
    if (found.object.kind === 'extension')
      draft.objects.set(found.key, withProperty(found.object, 'schema', op.toSchema))
    else moveObjectTo(draft, found.object, ref(op.object.name, op.toSchema))
  },
  footprint: (op) => ({
    reads: [],
    writes: [...targetKeys(op.object), ...targetKeys(compact({ ...op.object, schema: op.toSchema }))],
  }),
})

export interface DefinitionSettings extends DescribedOptions {
  /** The statements that create it. */
  readonly create: readonly SqlText[]
  /** The statement that takes it away. */
  readonly drop: SqlText
  /** As `COMMENT ON … IS` wants it. */
  readonly commentOn?: string
  /** The table that it belongs to. */
  readonly table?: RefInput
}

const definitionKeys = ['create', 'drop', 'commentOn', 'table', ...describedKeys] as const

function definitionOf(operationName: string, objectKind: string, identity: string, s: DefinitionSettings): Definition {
  checkName(operationName, 'the kind of the object', objectKind)
  checkName(operationName, 'the identity of the object', identity)
  checkOptions(operationName, s, definitionKeys)
  if (!Array.isArray(s?.create)) throw invalid(operationName, "'create' must be a list of statements")
  return compact<Definition>({
    kind: 'definition',
    objectKind,
    identity,
    create: s.create.map((c) => textOf(operationName, "'create'", c)),
    drop: textOf(operationName, "'drop'", s.drop),
    commentOn: s.commentOn,
    table: s.table === undefined ? undefined : refOf(s.table),
    ...describedOf(s),
  })
}

const definitionSettings = (d: Definition): DefinitionSettings =>
  compact({
    create: d.create.map((c) => sqlOf(c)),
    drop: sqlOf(d.drop),
    commentOn: d.commentOn,
    table: d.table === undefined ? undefined : refInput(d.table),
    ...describedOf(d),
  })

const definitionReads = (d: Definition): readonly string[] =>
  d.table === undefined ? [] : [`table:${refText(d.table)}`]

export const createDefinition = define('createDefinition', {
  create: (kind: string, identity: string, settings: DefinitionSettings) =>
    operation({ kind: 'createDefinition', definition: definitionOf('createDefinition', kind, identity, settings) }),
  args: (op) => [op.definition.objectKind, op.definition.identity, definitionSettings(op.definition)],
  reverse: (op) => ({ kind: 'dropDefinition', definition: op.definition }),
  apply: (draft, op) => put(draft, 'createDefinition', without(op.definition, 'renamedFrom')),
  footprint: (op) => ({ reads: definitionReads(op.definition), writes: [keyOf(op.definition)] }),
})

export const dropDefinition = define('dropDefinition', {
  create: (kind: string, identity: string, settings: DefinitionSettings) =>
    operation({ kind: 'dropDefinition', definition: definitionOf('dropDefinition', kind, identity, settings) }),
  args: (op) => [op.definition.objectKind, op.definition.identity, definitionSettings(op.definition)],
  reverse: (op) => ({ kind: 'createDefinition', definition: op.definition }),
  apply: (draft, op) => remove(draft, 'dropDefinition', keyOf(op.definition)),
  footprint: (op) => ({ reads: definitionReads(op.definition), writes: [keyOf(op.definition)] }),
})

export const comment = define('comment', {
  create(on: Target, text: string | null, options: { readonly was?: string | null } = {}) {
    checkOptions('comment', options, ['was'])
    if (text !== null && typeof text !== 'string') throw invalid('comment', 'the comment must be a string or null')
    return operation({ kind: 'comment', on: targetOf('comment', on), comment: text, before: options.was })
  },
  args: (op) => [op.on, op.comment, optionsOf({ was: op.before })],
  reverse: (op) =>
    op.before === undefined ? undefined : { kind: 'comment', on: op.on, comment: op.before, before: op.comment },
  apply: (draft, op) => describeTarget(draft, 'comment', op.on, (thing) => withProperty(thing, 'comment', op.comment)),
  footprint: (op) => ({ reads: targetKeys(op.on), writes: [`comment:${targetText(op.on)}`] }),
})

/** `column posts.status`, for footprints of comments, grants and owners. */
function targetText(on: Target): string {
  const part = on.part === undefined ? '' : `.${refText({ name: on.part })}`
  return `${on.kind} ${refText(ref(on.name, on.schema))}${part}${on.arguments === undefined ? '' : `(${on.arguments})`}`
}

export interface GrantOptions {
  /** WITH GRANT OPTION. */
  readonly grantable?: boolean
}

export interface RevokeOptions extends GrantOptions {
  /** CASCADE: privileges that the role has granted on are revoked too; without it the server refuses. */
  readonly cascade?: boolean
}

function grantOf(
  operationName: string,
  privileges: string | readonly string[],
  grantee: string,
  options: GrantOptions,
): Grant {
  checkOptions(operationName, options, ['grantable'])
  if (!nameOrNames.fits(privileges)) throw invalid(operationName, `the privileges must be ${nameOrNames.wants}`)
  const list = (typeof privileges === 'string' ? [privileges] : privileges).map((p) =>
    checkName(operationName, 'the privilege', p).toUpperCase(),
  )
  if (list.length === 0) throw invalid(operationName, 'the privileges: the list is empty')
  return compact<Grant>({
    grantee: checkName(operationName, 'the role', grantee),
    privileges: list.toSorted(),
    grantable: flag(options.grantable),
  })
}

export const grant = define('grant', {
  create: (privileges: string | readonly string[], on: Target, to: string, options: GrantOptions = {}) =>
    operation({ kind: 'grant', on: targetOf('grant', on), grant: grantOf('grant', privileges, to, options) }),
  args: (op) => [op.grant.privileges, op.on, op.grant.grantee, optionsOf({ grantable: op.grant.grantable })],
  reverse: (op) => ({ kind: 'revoke', on: op.on, grant: op.grant }),
  apply: (draft, op) =>
    describeTarget(draft, 'grant', op.on, (thing) => withProperty(thing, 'grants', granted(thing.grants, op.grant))),
  footprint: (op) => ({ reads: targetKeys(op.on), writes: [grantKey(op)] }),
})

const grantKey = (op: OperationOf<'grant'> | OperationOf<'revoke'>): string =>
  `grant:${targetText(op.on)} ${op.grant.grantee}`

/** Grants of one grantee with and without grant option are held apart; both are sorted. */
function granted(grants: readonly Grant[] | undefined, more: Grant): readonly Grant[] {
  const list = grants ?? []
  const at = list.findIndex((g) => g.grantee === more.grantee && g.grantable === more.grantable)
  if (at < 0) return [...list, more].toSorted(byGrantee)
  const privileges = [...new Set([...list[at]!.privileges, ...more.privileges])].toSorted()
  return list.map((g, i) => (i === at ? { ...g, privileges } : g))
}

const byGrantee = (a: Grant, b: Grant): number =>
  a.grantee === b.grantee ? Number(a.grantable ?? false) - Number(b.grantable ?? false) : a.grantee < b.grantee ? -1 : 1

function revoked(grants: readonly Grant[] | undefined, less: Grant): readonly Grant[] | undefined {
  const rest = (grants ?? []).flatMap((g) => {
    if (g.grantee !== less.grantee || g.grantable !== less.grantable) return [g]
    const privileges = g.privileges.filter((p) => !less.privileges.includes(p))
    return privileges.length === 0 ? [] : [{ ...g, privileges }]
  })
  return rest.length === 0 ? undefined : rest
}

export const revoke = define('revoke', {
  create: (privileges: string | readonly string[], on: Target, from: string, options: RevokeOptions = {}) => {
    const { cascade, ...rest } = options
    return operation({
      kind: 'revoke',
      on: targetOf('revoke', on),
      grant: grantOf('revoke', privileges, from, rest),
      cascade: flag(cascade),
    })
  },
  args: (op) => [
    op.grant.privileges,
    op.on,
    op.grant.grantee,
    optionsOf({ grantable: op.grant.grantable, cascade: op.cascade }),
  ],
  reverse: (op) => ({ kind: 'grant', on: op.on, grant: op.grant }),
  apply: (draft, op) =>
    describeTarget(draft, 'revoke', op.on, (thing) => withProperty(thing, 'grants', revoked(thing.grants, op.grant))),
  footprint: (op) => ({ reads: targetKeys(op.on), writes: [grantKey(op)] }),
})

export const setOwner = define('setOwner', {
  create(on: Target, owner: string, options: { readonly was?: string } = {}) {
    checkOptions('setOwner', options, ['was'])
    return operation({
      kind: 'setOwner',
      on: targetOf('setOwner', on),
      owner: checkName('setOwner', 'the role', owner),
      before: options.was,
    })
  },
  args: (op) => [op.on, op.owner, optionsOf({ was: op.before })],
  reverse: (op) =>
    op.before === undefined ? undefined : { kind: 'setOwner', on: op.on, owner: op.before, before: op.owner },
  apply(draft, op) {
    const found = objectAt(draft, op.on)
    if (found === undefined) return unknownTarget(draft, 'setOwner', op.on)
    draft.objects.set(found.key, { ...found.object, owner: op.owner })
  },
  footprint: (op) => ({ reads: targetKeys(op.on), writes: [`owner:${targetText(op.on)}`] }),
})
