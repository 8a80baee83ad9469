/** User-defined types other than enums: domains, composite types, range types. */
import { declaredHere } from '../../util/written-at.ts'
import { AmbixError } from '../../errors.ts'
import { ambix, type Declared } from '../declared.ts'
import type { Ref } from '../model.ts'
import { isSql, type Sql } from '../sql.ts'
import {
  type AnyColumn,
  type ColumnMap,
  ColumnBuilder,
  columnData,
  type DefaultInput,
  isColumn,
  nonEmpty,
} from './column.ts'
import { checkOptions } from './known-options.ts'
import {
  anything,
  checkShape,
  either,
  flag,
  fragment,
  listOf,
  object,
  recordOf,
  refOrName,
  saidShapes,
  text,
  word,
} from '../shapes.ts'
import type { Said, SqlText } from './objects.ts'

/** A condition with what is said of it; `notValid` holds for new values alone. */
export interface DomainCheckOptions {
  readonly sql: SqlText
  readonly comment?: string
  readonly notValid?: boolean
}
export interface DomainOptions<V> extends Said {
  readonly notNull?: boolean
  readonly default?: V | DefaultInput<V> | Sql
  readonly collation?: string | Ref
  /** Conditions over VALUE, by constraint name or without. */
  readonly check?: SqlText | readonly SqlText[] | Readonly<Record<string, SqlText | DomainCheckOptions>>
}
export interface DomainData {
  readonly kind: 'domain'
  readonly name: string
  readonly schema?: string
  readonly of: AnyColumn
  readonly options: DomainOptions<unknown>
}
/** A declared domain. Call it for a column. */
export interface DomainDeclaration<V> extends Declared<DomainData> {
  (): ColumnBuilder<V>
}
export interface DomainFunction {
  <V>(
    name: string,
    of: ColumnBuilder<V, boolean, boolean, boolean, string | undefined>,
    options?: DomainOptions<V>,
  ): DomainDeclaration<V>
}
const condition = either(fragment, object<DomainCheckOptions>())
const conditions = either(fragment, either(listOf(fragment, 'conditions'), recordOf(condition, 'conditions by name')))
export function domainIn(schema: string | undefined): DomainFunction {
  return <V>(
    name: string,
    of: ColumnBuilder<V, boolean, boolean, boolean, string | undefined>,
    options: DomainOptions<V> = {},
  ): DomainDeclaration<V> => {
    typed(name, 'domain', of)
    checkOptions(`domain('${name}')`, options, {
      notNull: flag,
      default: anything(),
      collation: refOrName,
      check: conditions,
      ...saidShapes,
    })
    for (const [check, said] of named(options.check))
      checkOptions(`the check ${check} of domain('${name}')`, said, { sql: fragment, comment: text, notValid: flag })
    const data: DomainData = {
      kind: 'domain',
      name,
      ...(schema === undefined ? {} : { schema }),
      of,
      options: Object.freeze({ ...options }),
    }
    return typeDeclaration<V, DomainData>(data, 'domain', columnData(of).enum)
  }
}
/** The checks that are more than a condition, by name. */
function named(check: DomainOptions<unknown>['check']): readonly (readonly [string, DomainCheckOptions])[] {
  if (typeof check !== 'object' || Array.isArray(check) || isSql(check)) return []
  return Object.entries(check).flatMap(([name, said]) =>
    typeof said === 'string' || isSql(said) ? [] : [[name, said as DomainCheckOptions] as const],
  )
}
/** `domain('email', text(), { check: sql`value ~ '@'` })`. */
export const domain: DomainFunction = domainIn(undefined)

export interface CompositeData {
  readonly kind: 'composite'
  readonly name: string
  readonly schema?: string
  readonly attributes: ColumnMap
  readonly options: Said
}
export interface CompositeDeclaration<V> extends Declared<CompositeData> {
  (): ColumnBuilder<V>
}
export type CompositeFunction = <C extends ColumnMap>(
  name: string,
  attributes: C,
  options?: Said,
) => CompositeDeclaration<{ [K in keyof C]: C[K]['$']['value'] | null }>
export function compositeIn(schema: string | undefined): CompositeFunction {
  return (name, attributes, options = {}) => {
    nonEmpty(name, 'composite type')
    checkOptions(`composite('${name}')`, options, saidShapes)
    checkShape(`The attributes of the composite type ${name}`, attributes, object())
    for (const [attribute, of] of Object.entries(attributes)) typed(`${name}.${attribute}`, 'attribute', of)
    const data: CompositeData = {
      kind: 'composite',
      name,
      ...(schema === undefined ? {} : { schema }),
      attributes,
      options: Object.freeze({ ...options }),
    }
    return typeDeclaration(data, 'composite', undefined)
  }
}
/** `composite('address', { street: text(), zip: varchar(10) })`. */
export const composite: CompositeFunction = compositeIn(undefined)

export interface RangeOptions extends Said {
  readonly opclass?: string
  readonly collation?: string | Ref
  readonly subtypeDiff?: string
  readonly canonical?: string
  readonly multirangeName?: string
}
export interface RangeData {
  readonly kind: 'range'
  readonly name: string
  readonly schema?: string
  readonly subtype: AnyColumn
  readonly options: RangeOptions
}
export interface RangeDeclaration extends Declared<RangeData> {
  (): ColumnBuilder<string>
}
export type RangeFunction = (name: string, subtype: AnyColumn, options?: RangeOptions) => RangeDeclaration
export function rangeIn(schema: string | undefined): RangeFunction {
  return (name, subtype, options = {}) => {
    typed(name, 'range type', subtype)
    checkOptions(`range('${name}')`, options, {
      opclass: word,
      collation: refOrName,
      subtypeDiff: word,
      canonical: word,
      multirangeName: word,
      ...saidShapes,
    })
    const data: RangeData = {
      kind: 'range',
      name,
      ...(schema === undefined ? {} : { schema }),
      subtype,
      options: Object.freeze({ ...options }),
    }
    return typeDeclaration<string, RangeData>(data, 'range', undefined)
  }
}
/** `range('float_range', doublePrecision(), { subtypeDiff: 'float8mi' })`. */
export const range: RangeFunction = rangeIn(undefined)

function typed(name: string, what: string, of: unknown): void {
  nonEmpty(name, what)
  if (!isColumn(of))
    throw new AmbixError('SCHEMA.INVALID', `The ${what} ${name} has no base type.`, {
      next: ['Give a type such as text().'],
    })
}

function typeDeclaration<V, D extends { readonly kind: string; readonly name: string; readonly schema?: string }>(
  data: D,
  kind: 'domain' | 'composite' | 'range',
  enumData: ReturnType<typeof columnData>['enum'],
): Declared<D> & (() => ColumnBuilder<V>) {
  const { name, schema } = data
  const type = Object.freeze(schema === undefined ? { kind, name } : { kind, schema, name })
  const declaration: Declared<D> & (() => ColumnBuilder<V>) = Object.assign(
    (): ColumnBuilder<V> =>
      new ColumnBuilder({
        kind: 'columnBuilder',
        type,
        declaration,
        ...(enumData === undefined ? {} : { enum: enumData }),
      }),
    { [ambix]: Object.freeze(data) },
  )
  return declaredHere(Object.freeze(declaration))
}
