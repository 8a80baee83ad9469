/** Has the database spell what only it can spell: expressions of a declared schema, built in a scratch place and read back. */
import type { Dialect, Scope } from '../dialects/dialect.ts'
import { diff } from '../diff/diff.ts'
import type { DiffOptions } from '../diff/types.ts'
import { refText } from '../schema/keys.ts'
import type { Column, Constraint, Default, Index, Schema, SchemaObject, Table } from '../schema/model.ts'
import { emptySchema } from '../schema/model.ts'
import { AmbixError } from '../errors.ts'
import { runStatements, StatementFailure } from '../util/run-statements.ts'
import type { Scratch } from './source.ts'

export interface SpellRequest {
  readonly dialect: Dialect
  /** As reflected: what is spelled there already need not be spelled again. */
  readonly current: Schema
  readonly wished: Schema
  readonly scratch: () => Promise<Scratch>
  readonly scope: Scope
  readonly options?: DiffOptions
}

/**
 * The wished schema with its expressions as the database prints them. Only objects whose texts differ from what the
 * database has are built, with what they need; nothing at all when no text differs, and then no scratch is opened.
 * Throws SCHEMA.INVALID with the database's words when an expression cannot be built.
 */
export async function spellSchema(request: SpellRequest): Promise<Schema> {
  const { current, wished, dialect, scope } = request
  const unspelled = [...wished.objects]
    .filter(([key, object]) => differs(object, current.objects.get(key)))
    .map(([key]) => key)
  if (unspelled.length === 0) return wished
  const part = needed(wished, unspelled)
  const scratch = await request.scratch()
  const before = await dialect.reflect(scratch.connection, { schemas: 'all' })
  const db = before.objects.size > 0 ? await scratch.reset() : scratch.connection
  const { upgrade } = diff(emptySchema, part, { hints: [] })
  try {
    await runStatements(
      db,
      dialect.session,
      dialect.compile(upgrade, emptySchema, { offline: false, serverVersion: scratch.serverVersion }),
    )
  } catch (error) {
    if (!(error instanceof StatementFailure)) throw error
    const said = db.describeError(error.cause)
    throw new AmbixError('SCHEMA.INVALID', `The database cannot build the schema: ${said?.message ?? error.message}`, {
      why: [said?.detail, said?.hint, `The statement is: ${error.statement.sql.slice(0, 600)}`]
        .filter(Boolean)
        .join('\n'),
      next: ['Mend the declaration; nothing was changed'],
      data: { statement: error.statement.sql, server: said },
      cause: error,
    })
  }
  const spelled = await dialect.reflect(db, { ...scope, schemas: scope.schemas === undefined ? undefined : 'all' })
  return merge(wished, spelled, part)
}

/** Every text of an object that the database may spell in its own way, by where it stands. */
function texts(object: SchemaObject): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const add = (place: string, text: string | undefined): void => {
    if (text !== undefined) found.set(place, text)
  }
  const addDefault = (place: string, value: Default | undefined): void => {
    if (value?.kind === 'sql') add(place, value.sql)
  }
  const addIndex = (index: Index): void => {
    add(`index ${index.name}`, index.where)
    for (const [i, e] of index.elements.entries()) add(`index ${index.name} ${i}`, e.expression)
  }
  switch (object.kind) {
    case 'table':
      for (const c of object.columns) {
        addDefault(`default ${c.name}`, c.default)
        add(`generated ${c.name}`, c.generated?.sql)
        if (c.type.kind === 'custom') add(`type ${c.name}`, c.type.sql)
      }
      for (const c of object.constraints) {
        if (c.kind === 'check') add(`check ${c.name}`, c.sql)
        if (c.kind === 'exclude') {
          add(`exclude ${c.name}`, c.where)
          for (const [i, e] of c.elements.entries()) add(`exclude ${c.name} ${i}`, e.expression)
        }
      }
      for (const index of object.indexes) addIndex(index)
      add('partitions', object.partitionBy)
      add('bound', object.partitionOf?.bound)
      break
    case 'view':
      add('definition', object.definition)
      for (const index of object.indexes ?? []) addIndex(index)
      break
    case 'domain':
      addDefault('default', object.default)
      for (const c of object.checks) add(`check ${c.name}`, c.sql)
      break
    case 'routine':
      add('definition', object.definition)
      add('signature', object.signature)
      break
    case 'trigger':
      add('definition', object.definition)
      break
    case 'policy':
      add('using', object.using)
      add('check', object.check)
      break
    case 'definition':
      add('create', object.create.join(';\n'))
      break
    case 'enum':
    case 'sequence':
    case 'composite':
    case 'range':
    case 'extension':
    case 'schema':
      break
  }
  return found
}

function differs(wished: SchemaObject, current: SchemaObject | undefined): boolean {
  const own = texts(wished)
  if (own.size === 0) return false
  const there = current === undefined ? new Map<string, string>() : texts(current)
  // A literal on the other side is another spelling too: the database decides whether they are the same.
  for (const [place, text] of own) if (there.get(place) !== text) return true
  return false
}

/** The unspelled objects with what they name; tables lose their foreign keys to tables that are left out. */
function needed(wished: Schema, keys: readonly string[]): Schema {
  const keep = new Set<string>()
  // Few, cheap, and named by anything: types, routines, schemas, extensions, sequences.
  for (const [key, object] of wished.objects)
    if (!['table', 'view', 'trigger', 'policy', 'definition', 'routine'].includes(object.kind)) keep.add(key)
  const relations = [...wished.objects].filter(
    ([, o]) => o.kind === 'table' || o.kind === 'view' || o.kind === 'routine',
  )
  const queue = [...keys]
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
    const parents =
      object.kind === 'table'
        ? [...(object.inherits ?? []), ...(object.partitionOf === undefined ? [] : [object.partitionOf.parent])].map(
            (r) => `table:${refText(r)}`,
          )
        : []
    for (const other of [...direct, ...parents, ...(wished.dependencies.get(key) ?? [])])
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
  return { objects, dependencies: new Map([...wished.dependencies].filter(([key]) => objects.has(key))), uncovered: [] }
}

/** Marks say nothing here, foreign keys need no spelling, and grants and owners may name roles that are not there. */
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

function merge(wished: Schema, spelled: Schema, part: Schema): Schema {
  const objects = new Map<string, SchemaObject>()
  for (const [key, object] of wished.objects) {
    const found = part.objects.has(key) ? spelled.objects.get(key) : undefined
    objects.set(key, found === undefined ? object : respell(object, found))
  }
  // What the database found out about who needs whom is better than what was guessed from the texts.
  const dependencies = new Map(wished.dependencies)
  for (const [key, list] of spelled.dependencies)
    dependencies.set(key, [...new Set([...(dependencies.get(key) ?? []), ...list])].sort())
  return { ...wished, objects, dependencies }
}

function respell(own: SchemaObject, found: SchemaObject): SchemaObject {
  if (own.kind === 'table' && found.kind === 'table') return respellTable(own, found)
  if (own.kind === 'view' && found.kind === 'view') {
    return {
      ...own,
      definition: found.definition,
      columns: found.columns,
      ...(own.indexes === undefined ? {} : { indexes: own.indexes.map((i) => respellIndex(i, found.indexes ?? [])) }),
    }
  }
  if (own.kind === 'domain' && found.kind === 'domain') {
    return {
      ...own,
      ...(own.default === undefined || found.default === undefined ? {} : { default: found.default }),
      checks: own.checks.map((c) => ({ ...c, sql: found.checks.find((f) => f.name === c.name)?.sql ?? c.sql })),
    }
  }
  if (own.kind === 'routine' && found.kind === 'routine')
    return {
      ...own,
      definition: found.definition,
      ...(found.signature === undefined ? {} : { signature: found.signature }),
    }
  if (own.kind === 'trigger' && found.kind === 'trigger') return { ...own, definition: found.definition }
  if (own.kind === 'policy' && found.kind === 'policy') {
    return {
      ...own,
      ...(found.using === undefined ? {} : { using: found.using }),
      ...(found.check === undefined ? {} : { check: found.check }),
    }
  }
  if (own.kind === 'definition' && found.kind === 'definition')
    return { ...own, create: found.create, drop: found.drop }
  return own
}

function respellTable(own: Table, found: Table): Table {
  return {
    ...own,
    columns: own.columns.map((c) =>
      respellColumn(
        c,
        found.columns.find((f) => f.name === c.name),
      ),
    ),
    constraints: own.constraints.map((c) =>
      respellConstraint(
        c,
        found.constraints.find((f) => f.name === c.name),
      ),
    ),
    indexes: own.indexes.map((i) => respellIndex(i, found.indexes)),
    ...(found.partitionBy === undefined ? {} : { partitionBy: found.partitionBy }),
    ...(own.partitionOf === undefined || found.partitionOf === undefined
      ? {}
      : { partitionOf: { ...own.partitionOf, bound: found.partitionOf.bound } }),
  }
}

function respellColumn(own: Column, found: Column | undefined): Column {
  if (found === undefined) return own
  return {
    ...own,
    ...(own.type.kind === 'custom' ? { type: found.type } : {}),
    ...(own.default === undefined || found.default === undefined ? {} : { default: found.default }),
    ...(own.generated === undefined || found.generated === undefined
      ? {}
      : { generated: { ...own.generated, sql: found.generated.sql } }),
  }
}

function respellConstraint(own: Constraint, found: Constraint | undefined): Constraint {
  if (own.kind === 'check' && found?.kind === 'check') return { ...own, sql: found.sql }
  if (own.kind === 'exclude' && found?.kind === 'exclude')
    return { ...own, elements: found.elements, ...(found.where === undefined ? {} : { where: found.where }) }
  return own
}

function respellIndex(own: Index, among: readonly Index[]): Index {
  const found = among.find((i) => i.name === own.name)
  return found === undefined
    ? own
    : { ...own, elements: found.elements, ...(found.where === undefined ? {} : { where: found.where }) }
}
