/** How a target, named as in SQL, is found in the draft, and how one property of it is changed. */
import { columnKey, constraintKey, indexKey, keyOf, refText } from '../../schema/keys.ts'
import type { Grant, Ref, SchemaObject } from '../../schema/model.ts'
import type { Draft } from '../definition.ts'
import { editColumn, editConstraint, editIndex, hasPartitions, isChild, withProperty } from './draft.ts'
import { checkName, checkOptions, invalid, unknownObject } from '../invalid.ts'
import type { Target } from '../kinds.ts'
import { compact, ref } from '../plain.ts'

/** The target as data, checked. */
export function targetOf(operation: string, on: Target): Target {
  checkOptions(operation, on, ['kind', 'schema', 'name', 'part', 'arguments'])
  checkName(operation, 'the kind of the object', on?.kind)
  checkName(operation, 'the name of the object', on.name)
  const parts = ['column', 'constraint', 'trigger', 'policy', 'rule']
  if (parts.includes(on.kind) && on.part === undefined)
    throw invalid(operation, `a ${on.kind} is named by its table ('name') and itself ('part')`)
  return compact({ kind: on.kind, schema: on.schema, name: on.name, part: on.part, arguments: on.arguments })
}

const relation = (on: Target): Ref => ref(on.name, on.schema)

/** The keys that the target may have; the first one names it in footprints. */
export function targetKeys(on: Target): readonly string[] {
  const of = relation(on)
  const text = refText(of)
  switch (on.kind) {
    case 'table':
      return [`table:${text}`]
    case 'view':
    case 'materialized view':
      return [`view:${text}`]
    case 'column':
      return [columnKey(of, on.part!)]
    case 'constraint':
      return [constraintKey(of, on.part!)]
    case 'index':
      return [indexKey(of)]
    case 'type':
      return [`enum:${text}`, `composite:${text}`, `range:${text}`, `domain:${text}`]
    case 'function':
    case 'procedure':
    case 'aggregate':
    case 'routine':
      return [`routine:${text}(${on.arguments ?? ''})`]
    case 'trigger':
      return [keyOf({ kind: 'trigger', table: of, name: on.part!, definition: '' })]
    case 'policy':
      return [keyOf({ kind: 'policy', table: of, name: on.part!, command: 'all', roles: [] })]
    case 'schema':
    case 'extension':
      return [`${on.kind}:${refText({ name: on.name })}`]
    case 'sequence':
    case 'enum':
    case 'domain':
    case 'composite':
    case 'range':
      return [`${on.kind}:${text}`]
    default:
      return [`definition:${on.kind} ${on.part === undefined ? text : `${text}.${refText({ name: on.part })}`}`]
  }
}

/** The object that the target names, where it is one of its own and not a part. */
export function objectAt(
  draft: Draft,
  on: Target,
): { readonly key: string; readonly object: SchemaObject } | undefined {
  for (const key of targetKeys(on)) {
    const object = draft.objects.get(key)
    if (object !== undefined) return { key, object }
  }
  return undefined
}

/**
 * Changes comment or grants of whatever the target names; kinds that the model does not know are let pass, and so are
 * sequences, which may be behind a column.
 */
export function describeTarget(
  draft: Draft,
  operation: string,
  on: Target,
  change: <T extends { readonly comment?: string; readonly grants?: readonly Grant[] }>(thing: T) => T,
): void {
  const of = relation(on)
  if (on.kind === 'column') {
    const view = draft.objects.get(`view:${refText(of)}`)
    if (view?.kind === 'view') {
      const comment = change<{ readonly comment?: string }>(
        compact({ comment: view.columnComments?.[on.part!] }),
      ).comment
      const entries = Object.entries(view.columnComments ?? {}).filter(([name]) => name !== on.part)
      if (comment !== undefined) entries.push([on.part!, comment])
      draft.objects.set(
        `view:${refText(of)}`,
        withProperty(view, 'columnComments', entries.length === 0 ? undefined : Object.fromEntries(entries)),
      )
      return
    }
    // A foreign table is held by its statements.
    if (draft.objects.has(`definition:foreign table ${refText(of)}`)) return
    return editColumn(draft, operation, of, on.part!, change)
  }
  if (on.kind === 'constraint') {
    return editConstraint(draft, operation, of, on.part!, change, isChild(draft, of))
  }
  if (on.kind === 'index') {
    // A part that came with the index of its parent is not known by its name.
    return editIndex(draft, operation, of, undefined, change, hasPartitions(draft, of))
  }
  const found = objectAt(draft, on)
  if (found !== undefined) draft.objects.set(found.key, change(found.object))
  else if (!draft.blind && on.kind !== 'sequence' && !targetKeys(on)[0]!.startsWith('definition:')) {
    throw unknownObject(operation, `${on.kind} ${refText(of)}${on.part === undefined ? '' : `.${on.part}`}`)
  }
}
