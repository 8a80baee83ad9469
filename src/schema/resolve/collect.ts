/** How everything that a project's modules declare becomes one schema, checked as a whole. */
import { passWritten } from '../../util/written-at.ts'
import { AmbixError } from '../../errors.ts'
import { columnData, type ColumnMap } from '../declare/column.ts'
import { ambix, type AnyDeclaration, type Declared } from '../declared.ts'
import { dependenciesOf } from './dependencies.ts'
import type { EnumData } from '../declare/enum-labels.ts'
import { gather, saysNothing } from '../declare/gather.ts'
import { keyOf } from '../keys.ts'
import { lazySchema } from '../lazy.ts'
import type { NameLimit } from '../name-limit.ts'
import type { ObjectKind, Ref, Schema, SchemaObject } from '../model.ts'
import type { GrantData } from '../declare/grants.ts'
import type { CompositeData, DomainData, RangeData } from '../declare/own-types.ts'
import type { NamespaceData } from '../declare/namespace.ts'
import type { DefinitionData, PolicyData, RoutineData, RuleData, TriggerData } from '../declare/objects.ts'
import type { ViewData } from '../declare/views.ts'
import type { ExtensionData, SequenceData } from '../declare/sequences.ts'
import { applyPrivileges } from './privileges.ts'
import { tableOf } from './tables.ts'
import { enumOf, given, localRef, type ResolveOptions } from './column.ts'
import {
  compositeOf,
  definitionOf,
  domainOf,
  extensionOf,
  policyOf,
  rangeOf,
  routineOf,
  ruleOf,
  sequenceOf,
  triggerOf,
  viewOf,
} from './objects.ts'
import { namerOf, type TakenNames } from './subject.ts'
import type { TableData, TableLike } from '../declare/table.ts'
import { about, lengths, references, sharedNames } from './whole.ts'

export interface CollectOptions extends ResolveOptions {
  readonly names: NameLimit
  /** Of labels, where an enum itself has no name in the database; absent: enums and labels as long as names. */
  readonly labels?: NameLimit
  /** Names of indexes are each table's own (MySQL). */
  readonly ownIndexNames?: boolean
  /** Whether a schema without tables is an error. Default true. */
  readonly needsTables?: boolean
}

export interface Collected {
  readonly schema: Schema
  /** Kinds of which at least one object was declared: what the models manage besides tables, enums and sequences. */
  readonly kinds: ReadonlySet<ObjectKind>
  /** Whether privileges were declared. */
  readonly grants: boolean
}

/**
 * One schema from modules' exports, lists and objects of tables. The same object may be exported many times.
 * Throws SCHEMA.EMPTY, SCHEMA.DUPLICATE, SCHEMA.UNKNOWN_REFERENCE, SCHEMA.NAME_TOO_LONG, SCHEMA.INVALID.
 */
export function collectSchema(
  collections: readonly object[],
  given: CollectOptions,
  { found, declared } = declarationsIn(collections),
): Collected {
  const options: CollectOptions = { ...given, namer: namerOf(given), columns: new Map() }
  const objects = new Map<string, SchemaObject>()
  const kinds = new Set<ObjectKind>()
  const taken = takenNames()
  const add = (object: SchemaObject): void => {
    const key = keyOf(object)
    const other = objects.get(key)
    // A module that is loaded twice declares equal types twice: this does no harm.
    if (other !== undefined && other.kind === 'enum' && JSON.stringify(other) === JSON.stringify(object)) return
    if (other !== undefined) throw twice(object, key, found)
    objects.set(key, object)
  }
  // A schema with functions or views and no table is intended; enums alone are a forgotten export.
  const nothing = declared.every((d) => d[ambix].kind === 'enum' || d[ambix].kind === 'grant')
  if (nothing && options.needsTables !== false && !saysNothing(collections)) throw empty(declared.length)
  for (const declaration of declared) {
    about(declaration, () => {
      for (const object of resolved(declaration, options, taken)) {
        passWritten(declaration, [object])
        add(object)
        if (found.has(declaration)) kinds.add(object.kind)
      }
    })
  }
  for (const namespace of namespacesOf(objects, options)) add(namespace)
  const grants = declared.filter((d) => d[ambix].kind === 'grant').map((d) => d[ambix] as unknown as GrantData)
  applyPrivileges(objects, grants, options)
  sharedNames(objects, options.ownIndexNames === true)
  references(objects)
  lengths(objects, options.names, options.labels)
  return {
    schema: lazySchema(objects, () => dependenciesOf(objects), Object.freeze([])),
    kinds,
    grants: grants.length > 0,
  }
}

/** Everything that the modules declare, and what is resolved: types first, also those that no module exports. */
export interface Declarations {
  readonly found: ReadonlyMap<AnyDeclaration, readonly string[]>
  readonly declared: readonly AnyDeclaration[]
}

export function declarationsIn(collections: readonly object[]): Declarations {
  const found = gather(collections)
  return { found, declared: withTypes([...found.keys()]) }
}

const inSchemas: ReadonlySet<string> = new Set<ObjectKind>([
  'table',
  'view',
  'routine',
  'sequence',
  'enum',
  'domain',
  'composite',
  'range',
])

/** Names of the schemas that objects are in; empty for the connection's own. */
export function schemasOf(objects: Iterable<{ readonly kind: string }>): readonly string[] {
  const names = new Set<string>()
  for (const object of objects) {
    const { kind, schema, name } = object as { kind: string; schema?: string; name?: string }
    if (schema !== undefined) names.add(schema)
    else if (kind === 'schema' && name !== undefined) names.add(name)
    else if (inSchemas.has(kind)) names.add('')
  }
  return [...names]
}

/** Schemas that something was in under an earlier name: what they hold must be read for it to be renamed. */
export function formerSchemas(objects: Iterable<{ readonly kind: string }>): ReadonlyMap<string, string> {
  const formers = new Map<string, string>()
  for (const object of objects) {
    const { kind, name, renamedFrom } = object as { kind: string; name?: string; renamedFrom?: unknown }
    if (kind === 'schema' && name !== undefined && typeof renamedFrom === 'string') formers.set(renamedFrom, name)
  }
  return formers
}

/** Both, of what modules declare, before anything is resolved. */
export function schemasNamed({ declared }: Declarations): readonly string[] {
  const data = declared.map((declaration) => declaration[ambix])
  return [...new Set([...schemasOf(data), ...formerSchemas(data).keys()])]
}

function takenNames(): (schema: string | undefined) => TakenNames {
  const all = new Map<string | undefined, TakenNames>()
  return (schema) => {
    const names = all.get(schema) ?? { relations: new Set<string>(), constraints: new Set<string>() }
    all.set(schema, names)
    return names
  }
}

/** With the types that columns use and no module exports; types first. */
function withTypes(found: readonly AnyDeclaration[]): readonly AnyDeclaration[] {
  const all = new Set<AnyDeclaration>()
  const visit = (declaration: AnyDeclaration): void => {
    if (all.has(declaration)) return
    const columns = columnsOf(declaration)
    for (const name in columns) {
      const type = columnData(columns[name]!).declaration
      if (type !== undefined) visit(type)
    }
    all.add(declaration)
  }
  for (const declaration of found) visit(declaration)
  return [...all].filter((d) => !(d[ambix].kind === 'enum' && !(d[ambix] as unknown as EnumData).native))
}

function columnsOf(declaration: AnyDeclaration): ColumnMap {
  const data = declaration[ambix]
  switch (data.kind) {
    case 'table':
      return (data as TableData).columns
    case 'domain':
      return { value: (data as DomainData).of }
    case 'composite':
      return (data as CompositeData).attributes
    case 'range':
      return { value: (data as RangeData).subtype }
    default:
      return {}
  }
}

function resolved(
  declaration: AnyDeclaration,
  options: CollectOptions,
  taken: (schema: string | undefined) => TakenNames,
): readonly SchemaObject[] {
  // Each kind of data belongs to its kind; see the declarations.
  const data: unknown = declaration[ambix]
  const of = <D>(): D => data as D
  const names = (): TakenNames => taken(localRef(of<Ref>(), options).schema)
  switch (declaration[ambix].kind) {
    case 'table':
      return [tableOf(declaration as TableLike, options, names())]
    case 'enum':
      return [enumOf(declaration as Declared<EnumData>, options)]
    case 'view':
      return [viewOf(of<ViewData>(), options, names())]
    case 'routine':
      return [routineOf(of<RoutineData>(), options)]
    case 'trigger':
      return [triggerOf(of<TriggerData>(), options)]
    case 'policy':
      return [policyOf(of<PolicyData>(), options)]
    case 'rule':
      return [ruleOf(of<RuleData>(), options)]
    case 'definition':
      return [definitionOf(of<DefinitionData>(), options)]
    case 'sequence':
      return [sequenceOf(of<SequenceData>(), options)]
    case 'domain':
      return [domainOf(of<DomainData>(), options)]
    case 'composite':
      return [compositeOf(of<CompositeData>(), options)]
    case 'range':
      return [rangeOf(of<RangeData>(), options)]
    case 'extension':
      return [extensionOf(of<ExtensionData>(), options)]
    case 'schema': {
      const namespace = of<NamespaceData>()
      if (namespace.name === options.defaultSchema) return []
      return [
        Object.freeze({
          kind: 'schema',
          name: namespace.name,
          ...given('comment', namespace.comment),
          ...given('renamedFrom', namespace.renamedFrom),
        }),
      ]
    }
    default:
      return []
  }
}

/** Schemas that objects are in and that are not declared. */
function namespacesOf(objects: ReadonlyMap<string, SchemaObject>, options: CollectOptions): readonly SchemaObject[] {
  const named = [...objects.values()].flatMap((o) => ('schema' in o && o.schema !== undefined ? [o.schema] : []))
  return [...new Set(named)]
    .filter((name) => name !== options.defaultSchema && !objects.has(keyOf({ kind: 'schema', name })))
    .map((name) => Object.freeze({ kind: 'schema', name }))
}

function empty(others: number): AmbixError {
  return new AmbixError('SCHEMA.EMPTY', 'The models declare no table.', {
    why:
      others === 0
        ? 'Nothing that the modules export was made with ambix/schema.'
        : `They declare ${others} other ${others === 1 ? 'thing' : 'things'}.`,
    next: [
      "Export your tables: export const users = table('users', { … })",
      'Or say that there are none: export const tables = []',
    ],
  })
}

function twice(object: SchemaObject, key: string, found: ReadonlyMap<AnyDeclaration, readonly string[]>): AmbixError {
  const what = object.kind === 'routine' ? 'routines' : `${object.kind}s`
  const exported = [...found]
    .filter(
      ([d]) =>
        d[ambix].kind === object.kind &&
        'name' in d[ambix] &&
        d[ambix].name === (object as { readonly name?: string }).name,
    )
    .flatMap(([, names]) => names)
  return new AmbixError('SCHEMA.DUPLICATE', `Two ${what} are named ${key.slice(key.indexOf(':') + 1)}.`, {
    ...(exported.length === 0 ? {} : { why: `They are exported as ${exported.join(' and ')}.` }),
    next: ['Rename one, or export one of them only.'],
    data: { key, exported },
  })
}
