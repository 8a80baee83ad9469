/** Operations on views and materialized views; each next to its reverse. */
import { viewKey } from '../../schema/keys.ts'
import type { Index, Ref, View } from '../../schema/model.ts'
import {
  define,
  type DescribedOptions,
  describedKeys,
  describedOf,
  type InSchema,
  operation,
  sqlOf,
  type SqlText,
  textOf,
} from '../define.ts'
import type { Draft } from '../definition.ts'
import { edit, put, remove, without } from '../fold/draft.ts'
import type { ElementInput } from '../input/indexes.ts'
import { indexInput, indexOf, type IndexOptions, stringValues } from './indexes.ts'
import { checkName, checkOptions } from '../invalid.ts'
import { compact, flag, optionsOf, ref } from '../plain.ts'

export interface ViewSettings extends DescribedOptions {
  /** `check_option`, `security_barrier`, `security_invoker`; storage parameters of a materialized view. */
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly columnComments?: Readonly<Record<string, string>>
  /** Names and types of the columns, as the database reports them. */
  readonly columns?: View['columns']
}

export interface MaterializedViewSettings extends ViewSettings {
  readonly indexes?: Readonly<Record<string, { readonly columns: readonly ElementInput[] } & IndexOptions>>
  readonly tablespace?: string
  /** Not filled until it is refreshed. */
  readonly noData?: boolean
}

const viewKeys = ['with', 'columnComments', 'columns', ...describedKeys] as const
const materializedKeys = [...viewKeys, 'indexes', 'tablespace', 'noData'] as const

function viewOf(name: string, of: Ref, query: SqlText, s: MaterializedViewSettings, materialized: boolean): View {
  return compact<View>({
    kind: 'view',
    ...of,
    materialized: flag(materialized),
    definition: textOf(name, 'the query', query),
    columns: s.columns,
    with: s.with === undefined ? undefined : stringValues(s.with),
    indexes:
      s.indexes === undefined
        ? undefined
        : Object.entries(s.indexes).map(([n, { columns, ...o }]) => indexOf(name, n, columns, o)),
    columnComments: s.columnComments,
    tablespace: s.tablespace,
    noData: flag(s.noData),
    ...describedOf(s),
  })
}

function settingsOf(v: View): MaterializedViewSettings {
  return {
    ...describedOf(v),
    with: v.with,
    columnComments: v.columnComments,
    columns: v.columns,
    indexes: v.indexes === undefined ? undefined : Object.fromEntries(v.indexes.map((i) => [i.name, spellIndex(i)])),
    tablespace: v.tablespace,
    noData: v.noData,
  }
}

function spellIndex(i: Index): { readonly columns: readonly ElementInput[] } & IndexOptions {
  const { elements, options } = indexInput(i)
  return compact({ columns: elements, ...options })
}

type WasView = MaterializedViewSettings & { readonly query: SqlText }
const wasView = (v: View): WasView => compact({ query: sqlOf(v.definition), ...settingsOf(v) })

function checkWas(name: string, was: WasView | undefined): void {
  checkOptions(name, was, ['query', ...materializedKeys])
}

const refOfView = (v: View): Ref => ref(v.name, v.schema)
const plain = (v: View): View => without(v, 'renamedFrom')

export const createView = define('createView', {
  create(name: string, query: SqlText, options: ViewSettings & InSchema = {}) {
    checkName('createView', 'the name of the view', name)
    checkOptions('createView', options, ['schema', ...viewKeys])
    return operation({
      kind: 'createView',
      view: viewOf('createView', ref(name, options.schema), query, options, false),
    })
  },
  args: (op) => [
    op.view.name,
    sqlOf(op.view.definition),
    optionsOf({ schema: op.view.schema, ...settingsOf(op.view) }),
  ],
  reverse: (op) => ({ kind: 'dropView', view: refOfView(op.view), definition: op.view }),
  apply: (draft, op) => put(draft, 'createView', plain(op.view)),
  footprint: (op) => ({ reads: [], writes: [viewKey(op.view)] }),
})

export interface DropViewOptions extends InSchema {
  /** The view as it was before, for the reverse. */
  readonly was?: WasView
}

export const dropView = define('dropView', {
  create(name: string, options: DropViewOptions = {}) {
    checkName('dropView', 'the name of the view', name)
    checkOptions('dropView', options, ['schema', 'was'])
    checkWas('dropView', options.was)
    const of = ref(name, options.schema)
    const definition =
      options.was === undefined ? undefined : viewOf('dropView', of, options.was.query, options.was, false)
    return operation({ kind: 'dropView', view: of, definition })
  },
  args: (op) => [
    op.view.name,
    optionsOf({ schema: op.view.schema, was: op.definition === undefined ? undefined : wasView(op.definition) }),
  ],
  reverse: (op) => (op.definition === undefined ? undefined : { kind: 'createView', view: op.definition }),
  apply: (draft, op) => dropViewFrom(draft, 'dropView', op.view),
  footprint: (op) => ({ reads: [], writes: [viewKey(op.view)] }),
})

/** Triggers and rules of a view go with it. */
function dropViewFrom(draft: Draft, name: string, view: Ref): void {
  remove(draft, name, viewKey(view))
  for (const [key, object] of draft.objects) {
    const on = object.kind === 'trigger' || object.kind === 'definition' ? object.table : undefined
    if (on !== undefined && on.name === view.name && on.schema === view.schema) {
      draft.objects.delete(key)
      draft.dependencies.delete(key)
    }
  }
}

export interface ReplaceViewOptions extends InSchema, ViewSettings {
  /** The view as it was before, for the reverse. */
  readonly was?: WasView
}

export const replaceView = define('replaceView', {
  create(name: string, query: SqlText, options: ReplaceViewOptions = {}) {
    checkName('replaceView', 'the name of the view', name)
    checkOptions('replaceView', options, ['schema', 'was', ...viewKeys])
    checkWas('replaceView', options.was)
    const of = ref(name, options.schema)
    return operation({
      kind: 'replaceView',
      view: viewOf('replaceView', of, query, options, false),
      before: options.was === undefined ? undefined : viewOf('replaceView', of, options.was.query, options.was, false),
    })
  },
  args: (op) => [
    op.view.name,
    sqlOf(op.view.definition),
    optionsOf({
      schema: op.view.schema,
      ...settingsOf(op.view),
      was: op.before === undefined ? undefined : wasView(op.before),
    }),
  ],
  reverse: (op) => (op.before === undefined ? undefined : { kind: 'replaceView', view: op.before, before: op.view }),
  apply: (draft, op) => edit(draft, 'replaceView', 'view', viewKey(op.view), () => plain(op.view)),
  footprint: (op) => ({ reads: [], writes: [viewKey(op.view)] }),
})

export interface AlterViewOptions extends InSchema, MaterializedViewSettings {
  readonly query: SqlText
  readonly materialized?: boolean
  readonly was?: WasView
}

export const alterView = define('alterView', {
  create(name: string, options: AlterViewOptions) {
    checkName('alterView', 'the name of the view', name)
    checkOptions('alterView', options, ['schema', 'was', 'query', 'materialized', ...materializedKeys])
    checkWas('alterView', options.was)
    const of = ref(name, options.schema)
    const materialized = options.materialized === true
    return operation({
      kind: 'alterView',
      view: viewOf('alterView', of, options.query, options, materialized),
      before:
        options.was === undefined ? undefined : viewOf('alterView', of, options.was.query, options.was, materialized),
    })
  },
  args: (op) => [
    op.view.name,
    compact({
      schema: op.view.schema,
      query: sqlOf(op.view.definition),
      materialized: op.view.materialized,
      ...settingsOf(op.view),
      was: op.before === undefined ? undefined : wasView(op.before),
    }),
  ],
  reverse: (op) => (op.before === undefined ? undefined : { kind: 'alterView', view: op.before, before: op.view }),
  apply: (draft, op) => edit(draft, 'alterView', 'view', viewKey(op.view), () => plain(op.view)),
  footprint: (op) => ({ reads: [], writes: [viewKey(op.view)] }),
})

export const createMaterializedView = define('createMaterializedView', {
  create(name: string, query: SqlText, options: MaterializedViewSettings & InSchema = {}) {
    checkName('createMaterializedView', 'the name of the view', name)
    checkOptions('createMaterializedView', options, ['schema', ...materializedKeys])
    return operation({
      kind: 'createMaterializedView',
      view: viewOf('createMaterializedView', ref(name, options.schema), query, options, true),
    })
  },
  args: (op) => [
    op.view.name,
    sqlOf(op.view.definition),
    optionsOf({ schema: op.view.schema, ...settingsOf(op.view) }),
  ],
  reverse: (op) => ({ kind: 'dropMaterializedView', view: refOfView(op.view), definition: op.view }),
  apply: (draft, op) => put(draft, 'createMaterializedView', plain(op.view)),
  footprint: (op) => ({ reads: [], writes: [viewKey(op.view)] }),
})

export const dropMaterializedView = define('dropMaterializedView', {
  create(name: string, options: DropViewOptions = {}) {
    checkName('dropMaterializedView', 'the name of the view', name)
    checkOptions('dropMaterializedView', options, ['schema', 'was'])
    checkWas('dropMaterializedView', options.was)
    const of = ref(name, options.schema)
    const definition =
      options.was === undefined ? undefined : viewOf('dropMaterializedView', of, options.was.query, options.was, true)
    return operation({ kind: 'dropMaterializedView', view: of, definition })
  },
  args: (op) => [
    op.view.name,
    optionsOf({ schema: op.view.schema, was: op.definition === undefined ? undefined : wasView(op.definition) }),
  ],
  reverse: (op) => (op.definition === undefined ? undefined : { kind: 'createMaterializedView', view: op.definition }),
  apply: (draft, op) => dropViewFrom(draft, 'dropMaterializedView', op.view),
  footprint: (op) => ({ reads: [], writes: [viewKey(op.view)] }),
})

export const refreshMaterializedView = define('refreshMaterializedView', {
  create(name: string, options: InSchema & { readonly concurrently?: boolean } = {}) {
    checkName('refreshMaterializedView', 'the name of the view', name)
    checkOptions('refreshMaterializedView', options, ['schema', 'concurrently'])
    return operation({
      kind: 'refreshMaterializedView',
      view: ref(name, options.schema),
      concurrently: flag(options.concurrently),
    })
  },
  args: (op) => [op.view.name, optionsOf({ schema: op.view.schema, concurrently: op.concurrently })],
  // A refreshed view does no harm in the downgrade.
  reverse: () => [],
  apply: (draft, op) => edit(draft, 'refreshMaterializedView', 'view', viewKey(op.view), (v) => without(v, 'noData')),
  footprint: (op) => ({ reads: [], writes: [viewKey(op.view)] }),
})
