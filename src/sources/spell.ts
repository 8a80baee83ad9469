/** Normalizes expressions of a declared schema as only the database can: built in a scratch database and read back. */
import { diffFacts } from '../diff/model/facts.ts'
import type { Dialect, Scope } from '../dialects/dialect.ts'
import { diff } from '../diff/diff.ts'
import { equal, withoutOwner } from '../diff/compare/equal.ts'
import { partsOf } from '../diff/graph/needs.ts'
import type { DiffOptions } from '../diff/model/types.ts'
import { holderText, indexKey, indexKeyOf, refText, sameRef, tableKey } from '../schema/keys.ts'
import { lazySchema } from '../schema/lazy.ts'
import type { Constraint, Schema, SchemaObject } from '../schema/model.ts'
import { emptySchema } from '../schema/model.ts'
import { AmbixError } from '../errors.ts'
import { schemaRefused } from './refused-schema.ts'
import { runStatements, StatementFailure } from '../util/run-statements.ts'
import type { Connection } from '../drivers/driver.ts'
import { asThere, texts } from '../diff/compare/texts.ts'
import { parentsOf } from '../schema/inherited.ts'
import { rowTypesOf } from '../schema/resolve/dependencies.ts'
import { ancestorsOf, leaveToOthers, withFound } from './adopt.ts'
import { respell } from './respell.ts'
import type { Scratch } from './source.ts'

export interface SpellRequest {
  readonly dialect: Dialect
  /** As reflected: expressions that it has already need not be normalized again. */
  readonly current: Schema
  readonly wished: Schema
  readonly scratch: () => Promise<Scratch>
  readonly scope: Scope
  readonly options?: DiffOptions
}

/**
 * The target schema with its expressions as the database prints them. Only objects whose texts differ from what the
 * database has are built, with what they need; nothing at all when no text differs, and then no scratch is opened.
 * Throws SCHEMA.INVALID with the database's message when an expression cannot be built.
 */
export async function spellSchema(request: SpellRequest): Promise<Schema> {
  const { current, dialect } = request
  const wished = leaveToOthers(request.wished, current, request.options?.unmanaged ?? [])
  const known = (key: string, object: SchemaObject): SchemaObject => withFound(object, current.objects.get(key))
  const completed = new Map([...wished.objects].map(([key, o]) => [key, known(key, o)]))
  const unspelled = toBuild(wished, completed, current)
  if (unspelled.length === 0) {
    const told = (): Schema['dependencies'] => toldOf(completed, wished, emptySchema, current, emptySchema)
    return lazySchema(completed, told, wished.uncovered, true)
  }
  const part = needed(wished, unspelled)
  const scratch = await request.scratch()
  const before = await dialect.reflect(scratch.connection, { schemas: 'all' })
  const db = before.objects.size > 0 ? await scratch.reset() : scratch.connection
  let spelled = await built(request, scratch, db, part)
  spelled = await alike(request, scratch, spelled, unspelled)
  return merge(wished, spelled, current, part, known)
}

/** A schema as a scratch database prints it, with the target's own text wherever both mean the same. */
export async function alignSpelling(request: SpellRequest): Promise<Schema> {
  const { current, wished } = request
  const keys = [...wished.objects]
    .filter(([key, o]) => current.objects.has(key) && differs(o, current.objects.get(key)))
    .map(([key]) => key)
  if (keys.length === 0) return wished
  return alike(request, await request.scratch(), wished, keys)
}

/**
 * Another server prints in its own way: current objects are built in the scratch database too, and what comes out the same is
 * the same. Nor does a server print everything as it would print what it printed (issue 9, B4): where texts still differ,
 * what both sides print is built there and printed once more.
 */
async function alike(
  request: SpellRequest,
  scratch: Scratch,
  spelled: Schema,
  candidates: readonly string[],
): Promise<Schema> {
  const { current } = request
  const open = (schema: Schema): readonly string[] =>
    candidates.filter((key) => {
      const [object, there] = [schema.objects.get(key), current.objects.get(key)]
      return object !== undefined && there !== undefined && mayBeAlike(object, there)
    })
  const keys = open(spelled)
  if (keys.length === 0) return spelled
  const there = await printedAgain(request, scratch, current, keys)
  const aligned = asThere(spelled, there, current)
  const left = open(aligned)
  if (left.length === 0) return aligned
  const again = await printedAgain(request, scratch, spelled, left)
  return asThere(asThere(aligned, current, current, again), there, current, again)
}

/** Whether two texts at one place differ that the database itself has printed; bodies of routines stay as they were written. */
function mayBeAlike(object: SchemaObject, there: SchemaObject): boolean {
  const real = texts(there)
  return [...texts(object)].some(([place, text]) => {
    const other = real.get(place)
    if (other === undefined || other === text) return false
    return object.kind !== 'routine' || /\bBEGIN ATOMIC\b|^\s*RETURN\b/imu.test(text)
  })
}

/** The part of a schema as the scratch database prints it; an empty schema where it cannot be built there. */
async function printedAgain(
  request: SpellRequest,
  scratch: Scratch,
  schema: Schema,
  keys: readonly string[],
): Promise<Schema> {
  try {
    const part = needed(schema, keys)
    // The target's roles need not exist there.
    const objects = new Map(
      [...part.objects].map(([key, o]) => [key, o.kind === 'definition' ? withoutOwner(o) : o] as const),
    )
    return await built(request, scratch, await scratch.reset(), { ...part, objects })
  } catch (error) {
    if (error instanceof AmbixError && error.code === 'SCHEMA.INVALID') return emptySchema
    throw error
  }
}

async function built(request: SpellRequest, scratch: Scratch, db: Connection, part: Schema): Promise<Schema> {
  const { dialect, scope } = request
  const { upgrade } = diff(emptySchema, part, { ...diffFacts(dialect.facts), hints: [] })
  const statements = dialect.compile(upgrade, emptySchema, { offline: false, serverVersion: scratch.serverVersion })
  try {
    await runStatements(db, dialect.session, statements)
  } catch (error) {
    if (!(error instanceof StatementFailure)) throw error
    const { statement } = error
    throw schemaRefused({
      said: db.describeError(error.cause),
      message: error.message,
      sql: statement.sql,
      op: statements.find((s) => s === statement)?.source,
    })
  }
  // As in the current schema: quoted and unquoted numbers are the same.
  return dialect.normalize(
    await dialect.reflect(db, { ...scope, schemas: scope.schemas === undefined ? undefined : 'all' }),
  )
}

/**
 * Keys of what must be built: objects with texts of their own, and what takes its shape from something that changes.
 * `completed` are the objects of the target schema with what the database found out about them.
 */
function toBuild(wished: Schema, completed: ReadonlyMap<string, SchemaObject>, current: Schema): readonly string[] {
  const changed = new Set<string>()
  for (const [key, object] of completed) if (!equal(object, current.objects.get(key))) changed.add(key)
  // The usual case: then the dependencies need not be computed.
  if (changed.size === 0 && completed.size === current.objects.size) return []
  const changes = (key: string): boolean => changed.has(key) || !completed.has(key)
  const keys: string[] = []
  for (const [key, object] of wished.objects) {
    const there = current.objects.get(key)
    const build =
      (changed.has(key) && differs(object, there)) ||
      (object.kind === 'table' &&
        ([...ancestorsOf(wished, object)].some(changes) || (parentsOf(object).length > 0 && there === undefined))) ||
      (object.kind === 'view' && reached(current, key).some(changes))
    if (build) keys.push(key)
  }
  return keys
}

/** The objects that a view depends on, through other views too. */
function reached(schema: Schema, key: string): readonly string[] {
  const found = new Set<string>()
  const queue = [key]
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const need of schema.dependencies.get(at) ?? []) {
      const object = need.startsWith('column:') ? `table:${holderText(need.slice('column:'.length))}` : need
      if (!found.has(object) && schema.objects.has(object)) {
        found.add(object)
        if (object.startsWith('view:')) queue.push(object)
      }
    }
  }
  return [...found]
}

function differs(wished: SchemaObject, current: SchemaObject | undefined): boolean {
  const own = texts(wished, true)
  if (own.size === 0) return false
  const there = current === undefined ? new Map<string, string>() : texts(current, true)
  // A literal on the other side is another form too: the database decides whether they are equal.
  for (const [place, text] of own) if (there.get(place) !== text) return true
  return false
}

/** Kinds of objects that expressions use. */
const inExpressions = /^(?:cast|collation|operator(?: class| family)?|text search \w+)$/

/** The unspelled objects with what they name; tables lose their foreign keys to tables that are left out. */
function needed(wished: Schema, keys: readonly string[]): Schema {
  const keep = new Set<string>()
  // Few, cheap, and used by any object: types, routines, schemas, extensions, sequences.
  for (const [key, object] of wished.objects)
    if (!['table', 'view', 'trigger', 'policy', 'definition', 'routine'].includes(object.kind)) keep.add(key)
  const relations = [...wished.objects].filter(
    ([, o]) => o.kind === 'table' || o.kind === 'view' || o.kind === 'routine',
  )
  const queue = [...keys, ...[...keep].flatMap((key) => rowTypesOf(wished.objects, wished.objects.get(key)!))]
  // An expression need not name a cast, and names others by symbols: they are added with what they need.
  for (const [key, object] of wished.objects)
    if (object.kind === 'definition' && inExpressions.test(object.objectKind) && !keep.has(key)) queue.push(key)
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    if (keep.has(key) && !keys.includes(key)) continue
    keep.add(key)
    const object = wished.objects.get(key)
    if (object === undefined) continue
    const body = [...texts(object).values()].join('\n')
    const words = new Set(body.match(/[\p{L}_][\p{L}\p{N}_$]*/gu)?.map((w) => w.toLowerCase()))
    const named = (name: string): boolean =>
      words.has(name.toLowerCase()) || (/[^\p{L}\p{N}_$]/u.test(name) && body.includes(name))
    for (const [other, o] of relations) if (!keep.has(other) && 'name' in o && named(o.name)) queue.push(other)
    const direct =
      'table' in object && object.table !== undefined
        ? [`table:${refText(object.table)}`, `view:${refText(object.table)}`]
        : []
    const parents = object.kind === 'table' ? parentsOf(object).map((r) => `table:${refText(r)}`) : []
    // What parents pass on must be complete: their foreign keys are removed with them.
    for (const parent of object.kind === 'table' ? ancestorsOf(wished, object) : []) {
      const table = wished.objects.get(parent)
      if (table?.kind === 'table')
        parents.push(
          ...table.constraints.flatMap((c) => (c.kind === 'foreignKey' ? [`table:${refText(c.references)}`] : [])),
        )
    }
    const rows = rowTypesOf(wished.objects, object)
    for (const other of [...direct, ...parents, ...rows, ...(wished.dependencies.get(key) ?? [])])
      if (wished.objects.has(other) && !keep.has(other)) queue.push(other)
  }
  const objects = new Map<string, SchemaObject>()
  for (const [key, object] of wished.objects) {
    if (!keep.has(key)) continue
    if (
      object.kind === 'sequence' &&
      object.ownedBy !== undefined &&
      !keep.has(`table:${refText(object.ownedBy.table)}`)
    )
      continue
    objects.set(key, strip(object, keep))
  }
  const own = new Set([...objects.values()].flatMap(partsOf))
  return { objects, dependencies: new Map([...wished.dependencies].filter(([key]) => own.has(key))), uncovered: [] }
}

/** Without marks, foreign keys, which need no normalizing, and grants and owners, which may name roles that do not exist there. */
function strip(object: SchemaObject, keep: ReadonlySet<string>): SchemaObject {
  const {
    renamedFrom: _,
    grants: __,
    owner: ___,
    ...bare
  } = object as SchemaObject & { renamedFrom?: string; grants?: unknown; owner?: string }
  const rest = bare as SchemaObject
  if (rest.kind !== 'table') return rest
  return {
    ...rest,
    columns: rest.columns.map(({ renamedFrom: _r, grants: _g, ...c }) => c),
    constraints: rest.constraints
      .filter((c) => c.kind !== 'foreignKey' || keep.has(`table:${refText(c.references)}`))
      .map(({ renamedFrom: _r, ...c }) => c as Constraint),
    indexes: rest.indexes.map(({ renamedFrom: _r, ...i }) => i),
  }
}

function merge(
  wished: Schema,
  spelled: Schema,
  current: Schema,
  part: Schema,
  known: (key: string, object: SchemaObject) => SchemaObject,
): Schema {
  const objects = new Map<string, SchemaObject>()
  for (const [key, object] of wished.objects) {
    const found = part.objects.has(key) ? spelled.objects.get(key) : undefined
    objects.set(key, found === undefined ? known(key, object) : withFound(respell(object, found), found))
  }
  nameAsThere(objects, wished, current)
  return lazySchema(objects, () => toldOf(objects, wished, spelled, current, part), wished.uncovered, true)
}

/**
 * The server names what it creates on a partition for an index of its parent, by what is there already: where the database has
 * created them in another order they have other names, and are the same.
 */
function nameAsThere(objects: Map<string, SchemaObject>, wished: Schema, current: Schema): void {
  const names = new Map<string, string>()
  const done = new Set<string>()
  const visit = (key: string): void => {
    const table = objects.get(key)
    if (table?.kind !== 'table' || table.partitionOf === undefined || done.has(key)) return
    done.add(key)
    visit(tableKey(table.partitionOf.parent))
    const [there, model] = [current.objects.get(key), wished.objects.get(key)]
    const declared = new Set(model?.kind === 'table' ? model.indexes.map((i) => i.name) : [])
    const indexes = table.indexes.map((index) => {
      if (index.attachedTo === undefined) return index
      const attachedTo = { ...index.attachedTo, name: names.get(indexKey(index.attachedTo)) ?? index.attachedTo.name }
      const twin =
        there?.kind === 'table' && !declared.has(index.name)
          ? there.indexes.find((i) => i.attachedTo !== undefined && sameRef(i.attachedTo, attachedTo))
          : undefined
      if (twin !== undefined) names.set(indexKeyOf(table, index.name), twin.name)
      return { ...index, attachedTo, name: twin?.name ?? index.name }
    })
    objects.set(key, { ...table, indexes: indexes.toSorted((a, b) => (a.name < b.name ? -1 : 1)) })
  }
  for (const key of objects.keys()) visit(key)
}

/**
 * The dependencies that the database records are better than those inferred from the texts: in the scratch database
 * for what was built there, in the database itself for what has no text that differs.
 */
function toldOf(
  objects: Schema['objects'],
  wished: Schema,
  spelled: Schema,
  current: Schema,
  part: Schema,
): Schema['dependencies'] {
  const dependencies = new Map<string, readonly string[]>()
  for (const [key, object] of objects) {
    const built = part.objects.has(key) && spelled.objects.has(key)
    const there = !built && sameTexts(object, current.objects.get(key))
    for (const own of partsOf(object)) {
      const list = built
        ? spelled.dependencies.get(own)
        : there
          ? current.dependencies.get(own)
          : wished.dependencies.get(own)
      if (list !== undefined) dependencies.set(own, list)
    }
  }
  return dependencies
}

function sameTexts(object: SchemaObject, there: SchemaObject | undefined): boolean {
  return there !== undefined && (object === there || equal([...texts(object)], [...texts(there)]))
}
