/** Objects of one schema of the database: `const app = schema('app')`, then `app.table(…)`. */
import { declaredHere } from '../../util/written-at.ts'
import { nonEmpty } from './column.ts'
import { ambix, type Declared } from '../declared.ts'
import { checkOptions } from './known-options.ts'
import { saidShapes } from '../shapes.ts'
import { type EnumDeclaration, type EnumOptions, enumType } from './enum-type.ts'
import type { EnumSource, MemberOf } from './enum-labels.ts'
import { type RoutineFunction, routineIn } from './objects.ts'
import { type MaterializedViewOptions, type ViewFunction, viewIn, type ViewOptions } from './views.ts'
import { type SequenceFunction, sequenceIn } from './sequences.ts'
import {
  type CompositeFunction,
  compositeIn,
  type DomainFunction,
  domainIn,
  type RangeFunction,
  rangeIn,
} from './own-types.ts'
import { type TableFunction, tableIn } from './table.ts'

export interface NamespaceOptions {
  readonly comment?: string
  readonly renamedFrom?: string
}
export interface NamespaceData extends NamespaceOptions {
  readonly kind: 'schema'
  readonly name: string
}
export interface SchemaDeclaration<S extends string> extends Declared<NamespaceData> {
  readonly table: TableFunction<S>
  enumType<const E extends EnumSource>(name: string, source: E, options?: EnumOptions): EnumDeclaration<MemberOf<E>>
  readonly view: ViewFunction<S, ViewOptions>
  readonly materializedView: ViewFunction<S, MaterializedViewOptions>
  readonly fn: RoutineFunction
  readonly procedure: RoutineFunction
  readonly aggregate: RoutineFunction
  readonly sequence: SequenceFunction
  readonly domain: DomainFunction
  readonly composite: CompositeFunction
  readonly range: RangeFunction
}

/** A schema of the database, whose functions declare objects in it. It is created when it is not there. */
export function schema<const S extends string>(name: S, options: NamespaceOptions = {}): SchemaDeclaration<S> {
  nonEmpty(name, 'schema')
  checkOptions(`schema('${name}')`, options, saidShapes)
  return declaredHere(
    Object.freeze({
      [ambix]: Object.freeze<NamespaceData>({ kind: 'schema', name, ...options }),
      table: tableIn(name),
      enumType: <const E extends EnumSource>(
        type: string,
        source: E,
        more: EnumOptions = {},
      ): EnumDeclaration<MemberOf<E>> => enumType(type, source, { ...more, schema: name }),
      view: viewIn<S, ViewOptions>(name, false),
      materializedView: viewIn<S, MaterializedViewOptions>(name, true),
      fn: routineIn(name, 'function'),
      procedure: routineIn(name, 'procedure'),
      aggregate: routineIn(name, 'aggregate'),
      sequence: sequenceIn(name),
      domain: domainIn(name),
      composite: compositeIn(name),
      range: rangeIn(name),
    }),
  )
}
