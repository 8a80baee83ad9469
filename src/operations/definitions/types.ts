/** Operations on domains, composite and range types; each next to its reverse. */
import type { AnyColumn } from '../../schema/declare/column.ts'
import { keyOf, refText } from '../../schema/keys.ts'
import type { Composite, Domain, RangeType, Ref } from '../../schema/model.ts'
import {
  builderOf,
  columnOf,
  defaultInput,
  defaultOf,
  type DefaultValue,
  typeBuilder,
  typeOf,
} from '../input/columns.ts'
import { typeReads } from './columns.ts'
import {
  define,
  type DescribedOptions,
  describedKeys,
  describedOf,
  type InSchema,
  operation,
  refInput,
  type RefInput,
  refOf,
  sqlOf,
  type SqlText,
  textOf,
} from '../define.ts'
import { edit, put, remove, without } from '../fold/draft.ts'
import { checkName, checkOptions, invalid, unknownObject } from '../invalid.ts'
import { compact, flag, optionsOf, ref } from '../plain.ts'

export interface DomainSettings extends DescribedOptions {
  readonly notNull?: boolean
  readonly default?: DefaultValue
  readonly collation?: RefInput
  readonly checks?: readonly {
    readonly name: string
    readonly sql: SqlText
    readonly notValid?: boolean
    readonly comment?: string
  }[]
}

const domainKeys = ['notNull', 'default', 'collation', 'checks', ...describedKeys] as const

function domainOf(name: string, of: Ref, type: AnyColumn, s: DomainSettings): Domain {
  return compact<Domain>({
    kind: 'domain',
    ...of,
    type: typeOf(name, 'what the domain is of', type),
    notNull: flag(s.notNull),
    default: s.default === undefined || s.default === null ? undefined : defaultOf(s.default),
    collation: s.collation === undefined ? undefined : refOf(s.collation),
    checks: (s.checks ?? []).map((c) =>
      compact({
        name: checkName(name, 'the name of the check', c.name),
        sql: textOf(name, 'the check', c.sql),
        notValid: flag(c.notValid),
        comment: c.comment,
      }),
    ),
    ...describedOf(s),
  })
}

function domainSettings(d: Domain): DomainSettings {
  return {
    notNull: d.notNull,
    default: d.default === undefined ? undefined : defaultInput(d.default),
    collation: d.collation === undefined ? undefined : refInput(d.collation),
    checks:
      d.checks.length === 0
        ? undefined
        : d.checks.map((c) => compact({ name: c.name, sql: sqlOf(c.sql), notValid: c.notValid, comment: c.comment })),
    ...describedOf(d),
  }
}

export const createDomain = define('createDomain', {
  create(name: string, type: AnyColumn, options: DomainSettings & InSchema = {}) {
    checkName('createDomain', 'the name of the domain', name)
    checkOptions('createDomain', options, ['schema', ...domainKeys])
    return operation({
      kind: 'createDomain',
      domain: domainOf('createDomain', ref(name, options.schema), type, options),
    })
  },
  args: (op) => [
    op.domain.name,
    typeBuilder(op.domain.type),
    optionsOf({ schema: op.domain.schema, ...domainSettings(op.domain) }),
  ],
  reverse: (op) => ({ kind: 'dropDomain', domain: ref(op.domain.name, op.domain.schema), definition: op.domain }),
  apply: (draft, op) => put(draft, 'createDomain', without(op.domain, 'renamedFrom')),
  footprint: (op) => ({ reads: typeReads(op.domain.type), writes: [keyOf(op.domain)] }),
})

type WasDomain = DomainSettings & { readonly type: AnyColumn }

const domainKey = (of: Ref): string => `domain:${refText(of)}`

export const dropDomain = define('dropDomain', {
  create(name: string, options: InSchema & { readonly was?: WasDomain } = {}) {
    checkName('dropDomain', 'the name of the domain', name)
    checkOptions('dropDomain', options, ['schema', 'was'])
    checkOptions('dropDomain', options.was, ['type', ...domainKeys])
    const of = ref(name, options.schema)
    const definition = options.was === undefined ? undefined : domainOf('dropDomain', of, options.was.type, options.was)
    return operation({ kind: 'dropDomain', domain: of, definition })
  },
  args: (op) => [
    op.domain.name,
    optionsOf({ schema: op.domain.schema, was: op.definition === undefined ? undefined : wasDomain(op.definition) }),
  ],
  reverse: (op) => (op.definition === undefined ? undefined : { kind: 'createDomain', domain: op.definition }),
  apply: (draft, op) => remove(draft, 'dropDomain', domainKey(op.domain)),
  footprint: (op) => ({
    reads: op.definition === undefined ? [] : typeReads(op.definition.type),
    writes: [domainKey(op.domain)],
  }),
})

const wasDomain = (d: Domain): WasDomain => compact({ type: typeBuilder(d.type), ...domainSettings(d) })

export const alterDomain = define('alterDomain', {
  create(name: string, type: AnyColumn, options: DomainSettings & InSchema & { readonly was?: WasDomain }) {
    checkName('alterDomain', 'the name of the domain', name)
    checkOptions('alterDomain', options, ['schema', 'was', ...domainKeys])
    checkOptions('alterDomain', options.was, ['type', ...domainKeys])
    const of = ref(name, options.schema)
    return operation({
      kind: 'alterDomain',
      domain: domainOf('alterDomain', of, type, options),
      before: options.was === undefined ? undefined : domainOf('alterDomain', of, options.was.type, options.was),
    })
  },
  args: (op) => [
    op.domain.name,
    typeBuilder(op.domain.type),
    compact({
      schema: op.domain.schema,
      ...domainSettings(op.domain),
      was: op.before === undefined ? undefined : wasDomain(op.before),
    }),
  ],
  reverse: (op) =>
    op.before === undefined ? undefined : { kind: 'alterDomain', domain: op.before, before: op.domain },
  apply: (draft, op) => edit(draft, 'alterDomain', 'domain', keyOf(op.domain), () => without(op.domain, 'renamedFrom')),
  footprint: (op) => ({ reads: typeReads(op.domain.type), writes: [keyOf(op.domain)] }),
})

/** A composite type by its attributes, or a range type by its subtype. */
export type TypeSpec =
  | ({ readonly attributes: Readonly<Record<string, AnyColumn>> } & DescribedOptions)
  | ({
      readonly subtype: AnyColumn
      readonly opclass?: string
      readonly collation?: RefInput
      readonly subtypeDiff?: string
      readonly canonical?: string
      readonly multirangeName?: string
    } & DescribedOptions)

const rangeKeys = ['subtype', 'opclass', 'collation', 'subtypeDiff', 'canonical', 'multirangeName'] as const

function typeFrom(name: string, of: Ref, spec: TypeSpec, more: readonly string[]): Composite | RangeType {
  if (typeof spec !== 'object' || spec === null)
    throw invalid(name, "a type is made of 'attributes', or of a 'subtype'")
  if ('attributes' in spec) {
    checkOptions(name, spec, ['attributes', ...describedKeys, ...more])
    return compact<Composite>({
      kind: 'composite',
      ...of,
      attributes: Object.entries(spec.attributes).map(([attribute, builder]) => {
        const data = builderParts(name, attribute, builder)
        return data
      }),
      ...describedOf(spec),
    })
  }
  checkOptions(name, spec, [...rangeKeys, ...describedKeys, ...more])
  return compact<RangeType>({
    kind: 'range',
    ...of,
    subtype: typeOf(name, "'subtype'", spec.subtype),
    opclass: spec.opclass,
    collation: spec.collation === undefined ? undefined : refOf(spec.collation),
    subtypeDiff: spec.subtypeDiff,
    canonical: spec.canonical,
    multirangeName: spec.multirangeName,
    ...describedOf(spec),
  })
}

function builderParts(name: string, attribute: string, builder: AnyColumn): Composite['attributes'][number] {
  const column = columnOf(name, attribute, builder)
  return compact({ name: column.name, type: column.type, collation: column.collation, comment: column.comment })
}

function specOf(type: Composite | RangeType): TypeSpec {
  if (type.kind === 'composite') {
    const attributes = Object.fromEntries(
      type.attributes.map((a) => [
        a.name,
        builderOf(compact({ name: a.name, type: a.type, nullable: true, collation: a.collation, comment: a.comment })),
      ]),
    )
    return compact({ attributes, ...describedOf(type) })
  }
  return compact({
    subtype: typeBuilder(type.subtype),
    opclass: type.opclass,
    collation: type.collation === undefined ? undefined : refInput(type.collation),
    subtypeDiff: type.subtypeDiff,
    canonical: type.canonical,
    multirangeName: type.multirangeName,
    ...describedOf(type),
  })
}

const reads = (type: Composite | RangeType): readonly string[] =>
  type.kind === 'range' ? typeReads(type.subtype) : type.attributes.flatMap((a) => typeReads(a.type))

export const createType = define('createType', {
  create(name: string, spec: TypeSpec & InSchema) {
    checkName('createType', 'the name of the type', name)
    return operation({ kind: 'createType', type: typeFrom('createType', ref(name, spec?.schema), spec, ['schema']) })
  },
  args: (op) => [op.type.name, compact({ schema: op.type.schema, ...specOf(op.type) })],
  reverse: (op) => ({ kind: 'dropType', type: ref(op.type.name, op.type.schema), definition: op.type }),
  apply: (draft, op) => put(draft, 'createType', without(op.type, 'renamedFrom')),
  footprint: (op) => ({ reads: reads(op.type), writes: [keyOf(op.type)] }),
})

export const dropType = define('dropType', {
  create(name: string, options: InSchema & { readonly was?: TypeSpec } = {}) {
    checkName('dropType', 'the name of the type', name)
    checkOptions('dropType', options, ['schema', 'was'])
    const of = ref(name, options.schema)
    return operation({
      kind: 'dropType',
      type: of,
      definition: options.was === undefined ? undefined : typeFrom('dropType', of, options.was, []),
    })
  },
  args: (op) => [
    op.type.name,
    optionsOf({ schema: op.type.schema, was: op.definition === undefined ? undefined : specOf(op.definition) }),
  ],
  reverse: (op) => (op.definition === undefined ? undefined : { kind: 'createType', type: op.definition }),
  apply(draft, op) {
    const keys = (['composite', 'range'] as const).map((kind) => `${kind}:${refText(op.type)}`)
    const key = keys.find((k) => draft.objects.has(k)) ?? keys[0]!
    remove(draft, 'dropType', key)
  },
  footprint: (op) => ({
    reads: op.definition === undefined ? [] : reads(op.definition),
    writes:
      op.definition === undefined
        ? [`composite:${refText(op.type)}`, `range:${refText(op.type)}`]
        : [keyOf(op.definition)],
  }),
})

function compositeFrom(of: Ref, spec: TypeSpec, more: readonly string[]): Composite {
  const type = typeFrom('alterType', of, spec, more)
  if (type.kind === 'composite') return type
  throw invalid('alterType', 'only composite types can be altered', 'A range type must be dropped and recreated.')
}

export const alterType = define('alterType', {
  create(name: string, spec: TypeSpec & InSchema & { readonly was?: TypeSpec }) {
    checkName('alterType', 'the name of the type', name)
    const of = ref(name, spec?.schema)
    return operation({
      kind: 'alterType',
      type: compositeFrom(of, spec, ['schema', 'was']),
      before: spec.was === undefined ? undefined : compositeFrom(of, spec.was, []),
    })
  },
  args: (op) => [
    op.type.name,
    compact({
      schema: op.type.schema,
      ...specOf(op.type),
      was: op.before === undefined ? undefined : specOf(op.before),
    }),
  ],
  reverse: (op) => (op.before === undefined ? undefined : { kind: 'alterType', type: op.before, before: op.type }),
  apply(draft, op) {
    if (!draft.blind && !draft.objects.has(keyOf(op.type))) throw unknownObject('alterType', `type ${refText(op.type)}`)
    edit(draft, 'alterType', 'composite', keyOf(op.type), () => without(op.type, 'renamedFrom'))
  },
  footprint: (op) => ({ reads: reads(op.type), writes: [keyOf(op.type)] }),
})
