/** The difference of two schemas as operations both ways, with the questions to answer before. */
import { AmbixError, isAmbixError } from '../errors.ts'
import { tableKey } from '../schema/keys.ts'
import type { Operation } from '../operations/kinds.ts'
import { withObjects } from '../schema/lazy.ts'
import type { Schema, SchemaObject } from '../schema/model.ts'
import { withUsualKeyName } from '../schema/resolve/naming.ts'
import { Asking } from './questions/row-questions.ts'
import { settle } from './questions/decisions.ts'
import { equal, ownerAside } from './compare/equal.ts'
import { leftOut, partsLeftOut } from './compare/left-out.ts'
import { keepClosed } from './steps/keep-closed.ts'
import { alreadySo } from './questions/hinted-enum.ts'
import { withGuesses } from './graph/guessed-dependants.ts'
import { foldRenames } from './graph/rename-fold.ts'
import { HintBook, parseColumn } from './model/hints.ts'
import { plan } from './plan/plan.ts'
import type { Knowledge, PlanOptions } from './steps/context.ts'
import { type Renamed, Renames } from './questions/renames.ts'
import { alignSerials } from './graph/expand-serials.ts'
import { staleBodies } from './graph/function-bodies.ts'
import type { Decision, Difference, DiffOptions, Hint } from './model/types.ts'
import { validateWished } from './questions/validate.ts'

/**
 * Compares two normalized schemas, the current and the target. Pure, and linear where little differs.
 * Throws DIFF.REFUSED, ENUM.*, SCHEMA.* for what cannot be, HINTS.UNUSED when a hint fits nothing.
 * `diff(await reflect(db), models, { hints: [] }).upgrade`
 */
export function diff(current: Schema, wished: Schema, options: DiffOptions): Difference {
  validateWished(wished, options)
  const notes: string[] = []
  const note = (text: string): void => {
    if (!notes.includes(text)) notes.push(text)
  }
  const asking = new Asking(options.answers, options.newUuid)
  const book = new HintBook(options.hints)
  const kept = complete(current, wished, options, note)
  const safe = (before: Schema, after: Schema): Schema =>
    options.keepClosed === true ? keepClosed(before, after, options.serverVersion, note) : after
  const target = safe(current, kept)
  const already = (hint: Hint): boolean => alreadySo(hint, { current, wished: target })
  if (same(current, target)) {
    book.close(already)
    return { upgrade: [], downgrade: [], decisions: [], questions: [], notes }
  }
  const start = withGuesses(current)
  const renamed = new Renames(start, withGuesses(target), book, asking, options.namesWithTable).run()
  const [from, to] = alignSerials(renamed.schema, safe(renamed.schema, renamed.wished))
  const { up, down } = settle(from, to, book, asking, renamed.columnLabels)
  if (asking.questions.length > 0)
    return { upgrade: [], downgrade: [], decisions: [], questions: asking.questions, notes }
  book.close(already)
  for (const text of [...asking.notes, ...staleBodies(current, target, (type) => asking.enumBefore(type))]) note(text)

  const both = {
    compareNames: options.compareNames ?? true,
    grants: options.unmanaged?.includes('grant') !== true,
    online: options.online === true,
    note,
  }
  const written = (ops: readonly Operation[]): readonly Operation[] => withUsualKeyNames(ops, options)
  return {
    upgrade: written([...renamed.up, ...plan(from, to, { ...both, knowledge: up, back: false })]),
    downgrade: written(wayBack(start, from, to, renamed, { ...both, knowledge: down, back: true }, asking)),
    decisions: withAnswersForAll(asking.decisions),
    questions: [],
    notes,
  }
}

/** New tables without the name that the server gives to every primary key. */
function withUsualKeyNames(
  ops: readonly Operation[],
  { primaryKeyName }: Pick<DiffOptions, 'primaryKeyName'>,
): readonly Operation[] {
  if (primaryKeyName === undefined) return ops
  return ops.map((op) =>
    op.kind === 'createTable' ? { ...op, table: withUsualKeyName(op.table, primaryKeyName) } : op,
  )
}

/** Several questions about renames may have one answer. */
function withAnswersForAll(decisions: readonly Decision[]): readonly Decision[] {
  if (decisions.filter((d) => d.kind === 'rename').length < 2) return decisions
  return decisions.map((d) =>
    d.kind === 'rename' ? { ...d, options: [...d.options, { rename: 'all' }, { distinct: 'all' }] } : d,
  )
}

/**
 * Old names first, as the upgrade has new names first, so that objects are recreated from exactly the texts that
 * existed; where an old name is taken by a new object, the renames come last.
 */
function wayBack(
  current: Schema,
  from: Schema,
  to: Schema,
  renamed: Renamed,
  options: PlanOptions,
  asking: Asking,
): readonly Operation[] {
  if (renamed.up.length === 0) return plan(to, from, options)
  const back = foldedBack(to, renamed.down)
  if (back === undefined) {
    const schemas = renamed.up.flatMap((op): readonly Operation[] =>
      op.kind === 'createSchema' ? [{ kind: 'dropSchema', name: op.schema.name, definition: op.schema }] : [],
    )
    return [...plan(to, from, options), ...renamed.down, ...schemas]
  }
  const { knowledge } = options
  const old = <V>(map: ReadonlyMap<string, V>): ReadonlyMap<string, V> =>
    new Map([...map].map(([key, value]) => [asking.keyBefore(key), value]))
  // Hints name columns as in the target schema.
  const said = <V>(
    map: ReadonlyMap<string, V>,
    change: (value: V, text: (t: string) => string) => V,
  ): ReadonlyMap<string, V> =>
    new Map(
      [...map].map(([key, value]) => {
        const table = parseColumn(key.slice('column:'.length))?.table
        return [key, table === undefined ? value : change(value, (t) => asking.expressionBefore(table, t))]
      }),
    )
  const named: Knowledge = {
    remap: old(knowledge.remap),
    remapDown: old(knowledge.remapDown),
    columnRemap: old(knowledge.columnRemap),
    backfill: old(
      said(knowledge.backfill, (b, text) =>
        b.expression === undefined ? b : { ...b, expression: text(b.expression) },
      ),
    ),
    using: old(
      said(knowledge.using, (u, text) =>
        u.down === undefined ? { up: text(u.up) } : { up: text(u.up), down: text(u.down) },
      ),
    ),
    map: old(knowledge.map),
  }
  const [target, start] = alignSerials(current, back)
  return [...renamed.down, ...plan(start, target, { ...options, knowledge: named })]
}

function foldedBack(schema: Schema, ops: readonly Operation[]): Schema | undefined {
  try {
    return foldRenames(schema, ops)
  } catch (error) {
    if (isAmbixError(error)) return undefined
    throw error
  }
}

function same(a: Schema, b: Schema): boolean {
  if (a.objects.size !== b.objects.size) return false
  for (const [key, object] of b.objects) if (a.objects.get(key) !== object) return false
  return true
}

/** The target schema with everything of the current one that it does not manage. */
function complete(current: Schema, wished: Schema, options: DiffOptions, note: (text: string) => void): Schema {
  const unmanaged = new Set(options.unmanaged ?? [])
  const { include } = options
  const out: ReadonlySet<string> = include === undefined ? new Set() : leftOut(current, wished, include)
  const objects = new Map<string, SchemaObject>()
  for (const [key, object] of wished.objects) {
    if (out.has(key)) continue
    // Compared by value once: from here on, an object that is identical on both sides is unchanged.
    const had = current.objects.get(key)
    const own =
      include !== undefined && object.kind === 'table'
        ? partsLeftOut(had?.kind === 'table' ? had : undefined, object, include)
        : object
    const same =
      had !== undefined &&
      (equal(had, own) || (had.kind === 'definition' && own.kind === 'definition' && ownerAside(had, own)))
    objects.set(key, same ? had : own)
  }
  const kept: string[] = []
  for (const [key, object] of current.objects) {
    const excluded = out.has(key)
    if (excluded || (!objects.has(key) && isUnmanaged(object, unmanaged))) {
      objects.set(key, object)
      kept.push(key)
      if (!excluded && !objects.has(key))
        note(`${key.replace(':', ' ')} is left alone: such objects are not managed here`)
    }
  }
  if (kept.length === 0) return withObjects(wished, objects)
  const dependencies = new Map(wished.dependencies)
  for (const key of kept) copyEdges(current, key, dependencies)
  const target: Schema = { ...withObjects(wished, objects), dependencies }
  for (const key of kept) keepNeeds(current, target, objects, key, note)
  return target
}

function isUnmanaged(object: SchemaObject, unmanaged: ReadonlySet<string>): boolean {
  if (unmanaged.has(object.kind)) return true
  if (object.kind === 'definition' && unmanaged.has('grant') && object.objectKind.endsWith(' privileges'))
    return object.objectKind !== 'default privileges'
  return object.kind === 'definition' && (unmanaged.has('definition') || unmanaged.has(object.objectKind))
}

function copyEdges(current: Schema, key: string, dependencies: Map<string, readonly string[]>): void {
  const needs = current.dependencies.get(key)
  if (needs !== undefined) dependencies.set(key, needs)
}

/** What is kept must have what it needs: a type is kept with it; a table or column that is dropped is refused. */
function keepNeeds(
  current: Schema,
  target: Schema,
  objects: Map<string, SchemaObject>,
  key: string,
  note: (text: string) => void,
): void {
  for (const need of current.dependencies.get(key) ?? []) {
    const kind = need.slice(0, need.indexOf(':'))
    const object = current.objects.get(need)
    if (object === undefined || target.objects.has(need)) {
      if (kind !== 'column' || hasColumn(target, need) || !hasColumn(current, need)) continue
    } else if (kind !== 'table' && kind !== 'view') {
      objects.set(need, object)
      note(`${need.replace(':', ' ')} is kept: ${key.replace(':', ' ')} still uses it`)
      keepNeeds(current, target, objects, need, note)
      continue
    }
    throw new AmbixError(
      'DIFF.REFUSED',
      `${need.replace(':', ' ')} cannot be dropped: ${key.replace(':', ' ')} needs it.`,
      {
        why: `The target schema does not have ${need.replace(':', ' ')}, and says nothing about ${key.replace(':', ' ')}, which would break.`,
        next: [`Drop ${key.replace(':', ' ')} first, or declare it as it is to be.`],
        data: { object: need, dependant: key },
      },
    )
  }
}

function hasColumn(schema: Schema, key: string): boolean {
  const found = parseColumn(key.slice('column:'.length))
  const table = found === undefined ? undefined : schema.objects.get(tableKey(found.table))
  return table?.kind === 'table' && table.columns.some((c) => c.name === found?.column)
}
