/** How the changes of one table are made: by statements in place, or by one rebuild. */
import { append } from '../../util/append.ts'
import { applyTo } from '../../operations/operation.ts'
import { openDraft } from '../../operations/fold/draft.ts'
import type { Operation } from '../../operations/kinds.ts'
import { enumKey, tableKey } from '../../schema/keys.ts'
import type { Column, EnumType, Ref, Schema, SchemaObject, Table } from '../../schema/model.ts'
import type { Draft, Hazard, Unsupported } from '../dialect.ts'
import { labelsLost } from '../shared/losses.ts'
import { inPlace } from './native.ts'
import { rebuild } from './rebuild.ts'
import { literal, quote, text } from './spell.ts'
import { renameInTrigger } from './triggers.ts'
import { cannot, type EnumLookup, isRowid, no } from './write.ts'

export interface Step {
  readonly op: Operation
  /** The table just before the operation. */
  readonly before: Table
  readonly objects: Schema['objects']
}

const enumsIn =
  (objects: ReadonlyMap<string, SchemaObject>): EnumLookup =>
  (type) => {
    const found = objects.get(enumKey(type))
    return found?.kind === 'enum' ? found : undefined
  }

export const isOf = (c: Column, type: Ref): boolean => c.type.kind === 'enum' && c.type.name === type.name

interface Place {
  readonly offline: boolean
  readonly rebuilt: Set<string>
}

/** The state of one table from its first change to its last. */
class Piece {
  start: Table
  objects: Schema['objects']
  readonly renames: Draft[] = []
  /** Queries that return a row with the reason where the rows do not allow the change. */
  readonly refusals: string[] = []
  readonly hazards: Hazard[] = []
  /** SQL over the row at the start; `column` where it is just that column. */
  readonly sources: Map<string, { readonly sql: string; readonly column?: string }>
  /** True where a user's expression refers to columns by their names at the start. */
  fixed = false
  changes = 0

  constructor(start: Table, objects: Schema['objects']) {
    this.start = start
    this.objects = objects
    this.sources = new Map(start.columns.map((c) => [c.name, { sql: quote(c.name), column: c.name }]))
  }

  /** Renames in place before the rebuild, with everything that names the column; false where it must come later. */
  rename(from: string, to: string): boolean {
    const source = this.sources.get(from)
    if (this.fixed || this.start.columns.some((c) => c.name.toLowerCase() === to.toLowerCase() && c.name !== from))
      return false
    if (source?.column === undefined) return false
    const old = source.column
    this.renames.push({ sql: `ALTER TABLE ${quote(this.start.name)} RENAME COLUMN ${quote(old)} TO ${quote(to)}` })
    const draft = openDraft({ objects: this.objects, dependencies: new Map(), uncovered: [] }, false)
    applyTo(draft, {
      kind: 'alterColumn',
      table: { name: this.start.name },
      column: old,
      changes: { newColumnName: to },
    })
    const objects = new Map(draft.objects)
    for (const [key, o] of this.objects)
      if (o.kind === 'trigger' && o.table.name === this.start.name)
        objects.set(key, { ...o, definition: renameInTrigger(o.definition, old, to) })
    this.objects = objects
    this.start = this.objects.get(tableKey({ name: this.start.name })) as Table
    this.sources.delete(from)
    this.sources.set(to, { sql: quote(to), column: to })
    return true
  }

  set(column: string, sql: string): void {
    this.sources.set(column, { sql })
  }

  sqlOf(column: string): string {
    return this.sources.get(column)?.sql ?? 'NULL'
  }
}

export function changeTable(
  steps: readonly Step[],
  after: Table,
  objects: Schema['objects'],
  place: Place,
): readonly Draft[] | Unsupported {
  const native = steps.map((s) => inPlace(s.op, s.before, { objects: s.objects }, enumsIn(s.objects)))
  if (native.every((n) => n !== undefined))
    return native.flatMap((sqls, i) =>
      sqls.map((sql, k): Draft => (k === 0 ? { sql, hazards: hazardsOf(steps[i]!.op, false) } : { sql, hazards: [] })),
    )
  if (steps.some(({ op }) => op.kind === 'alterTable' && op.changes.recreate === false)) {
    const must = steps.filter((_, i) => native[i] === undefined).map(({ op }) => op.kind)
    return no(
      `the table ${after.name} would have to be rebuilt for ${[...new Set(must)].join(', ')}, and recreate: 'never' forbids it`,
    )
  }
  const drafts: Draft[] = []
  let piece = new Piece(steps[0]!.before, steps[0]!.objects)
  const flush = (target: Table, at: Schema['objects']): Unsupported | undefined => {
    const made = piece.changes === 0 ? piece.renames : finish(piece, target, at, place)
    if (cannot(made)) return made
    append(drafts, made)
    return undefined
  }
  for (const step of steps) {
    const { op } = step
    if (op.kind === 'alterColumn' && op.changes.newColumnName !== undefined) {
      if (piece.rename(op.column, op.changes.newColumnName)) continue
      const failed = flush(step.before, step.objects)
      if (failed !== undefined) return failed
      piece = new Piece(step.before, step.objects)
      piece.rename(op.column, op.changes.newColumnName)
      continue
    }
    piece.changes++
    append(piece.hazards, hazardsOf(op, true))
    take(piece, step, after)
  }
  return flush(after, objects) ?? drafts
}

function finish(piece: Piece, after: Table, at: Schema['objects'], place: Place): readonly Draft[] | Unsupported {
  const made = rebuild({
    before: piece.start,
    after,
    sources: new Map([...piece.sources].map(([column, source]) => [column, source.sql])),
    enums: enumsIn(at),
    objects: piece.objects,
    offline: place.offline,
  })
  if (cannot(made)) return made
  const table = piece.start.name
  place.rebuilt.add(table)
  const hazards: Hazard[] = [
    ...piece.hazards,
    {
      code: 'TABLE_REWRITE',
      object: table,
      message: `rebuilds ${table}: every row is copied while the file is locked`,
      lock: 'EXCLUSIVE',
    },
  ]
  // Checked before anything runs; after renames, where what is asked about has its new name only then.
  const [first, ...others] = piece.refusals
  const asked =
    first === undefined
      ? {}
      : {
          refuseIf: others.length === 0 ? first : piece.refusals.map((q) => `SELECT * FROM (${q})`).join(' UNION ALL '),
          ...(piece.renames.length === 0 ? {} : { refuseHere: true }),
        }
  return [
    ...piece.renames,
    ...made.map((d, i): Draft => (i === 0 ? { ...d, hazards, ...asked } : { ...d, hazards: [] })),
  ]
}

/** Applies one change to the expressions that the new rows are made of. */
function take(piece: Piece, step: Step, after: Table): void {
  const { op } = step
  switch (op.kind) {
    case 'addColumn':
      piece.sources.delete(op.column.name)
      if (op.backfill !== undefined) {
        piece.set(
          op.column.name,
          op.backfill.expression === undefined ? literal(op.backfill.value) : `(${op.backfill.expression})`,
        )
        if (op.backfill.expression !== undefined) piece.fixed = true
      } else if (
        !op.column.nullable &&
        op.column.default === undefined &&
        op.column.generated === undefined &&
        // It numbers itself, by the existing rowids.
        !isRowid(after, op.column)
      )
        refuse(
          piece,
          'WHERE true',
          `column ${op.table.name}.${op.column.name} is NOT NULL and has no default, and there are rows: give op.addColumn a backfill`,
        )
      break
    case 'dropColumn':
      piece.sources.delete(op.column)
      break
    case 'alterColumn':
      alterColumn(piece, step, op)
      break
    case 'renameEnumValue':
      for (const c of usedBy(step.before, op.enum)) remap(piece, c, { [op.from]: op.to })
      break
    case 'dropEnumValue':
      for (const c of usedBy(step.before, op.enum)) {
        if (op.remap === undefined) held(piece, step.before, c, [op.value], op.enum)
        else remap(piece, c, { [op.value]: op.remap })
      }
      break
    case 'alterEnum': {
      const had = enumsIn(step.objects)(op.enum)?.values ?? op.from ?? []
      const gone = had.filter((v) => !op.values.includes(v) && !Object.hasOwn(op.remap ?? {}, v))
      for (const c of usedBy(step.before, op.enum)) {
        if (gone.length > 0) held(piece, step.before, c, gone, op.enum)
        if (op.remap !== undefined) remap(piece, c, op.remap)
      }
      break
    }
    default:
  }
}

const usedBy = (table: Table, type: Ref): readonly string[] =>
  table.columns.filter((c) => isOf(c, type)).map((c) => c.name)

function alterColumn(piece: Piece, step: Step, op: Extract<Operation, { kind: 'alterColumn' }>): void {
  const { changes, column } = op
  if (changes.generated !== undefined && changes.generated !== null) {
    piece.sources.delete(column)
    return
  }
  if (op.using !== undefined) {
    piece.set(column, `(${op.using})`)
    piece.fixed = true
  } else if (op.map !== undefined)
    piece.set(
      column,
      mapped(
        piece.sqlOf(column),
        step.before.columns.find((c) => c.name === column),
        op.map,
      ),
    )
  if (op.backfill !== undefined) {
    const value = op.backfill.expression === undefined ? literal(op.backfill.value) : `(${op.backfill.expression})`
    piece.set(column, `coalesce(${piece.sqlOf(column)}, ${value})`)
    if (op.backfill.expression !== undefined) piece.fixed = true
  }
  const type = changes.type
  if (type?.kind === 'enum' && type.name !== undefined) {
    const labels = enumsIn(step.objects)({ name: type.name })?.values
    if (labels !== undefined)
      refuse(
        piece,
        `WHERE ${piece.sqlOf(column)} NOT IN (${labels.map(text).join(', ')})`,
        `rows of ${op.table.name} hold values in ${column} that are not labels of ${type.name}`,
      )
  }
  if (changes.nullable === false)
    refuse(
      piece,
      `WHERE ${piece.sqlOf(column)} IS NULL`,
      `rows of ${op.table.name} have no value in ${column}, which becomes NOT NULL: give op.alterColumn a backfill`,
    )
}

/** A check before anything runs: SQLite itself would name the new table, which the user does not know. */
function refuse(piece: Piece, where: string, why: string): void {
  piece.refusals.push(`SELECT ${text(why)} FROM ${quote(piece.start.name)} ${where} LIMIT 1`)
}

function held(piece: Piece, table: Table, column: string, labels: readonly string[], type: Ref): void {
  for (const label of labels)
    piece.refusals.push(
      `SELECT count(*) || ${text(` rows of ${table.name} hold the label '${label}' of ${type.name} in ${column}, which is removed: say what they become (remap)`)} FROM ${quote(piece.start.name)} WHERE ${piece.sqlOf(column)} = ${text(label)} HAVING count(*) > 0`,
    )
}

function remap(piece: Piece, column: string, map: Readonly<Record<string, string | null>>): void {
  const sql = piece.sqlOf(column)
  const whens = Object.entries(map).map(([from, to]) => `WHEN ${text(from)} THEN ${to === null ? 'NULL' : text(to)}`)
  if (whens.length > 0) piece.set(column, `CASE ${sql} ${whens.join(' ')} ELSE ${sql} END`)
}

/** A user's map of the stored values, by their text; values that it leaves out are kept. */
function mapped(sql: string, from: Column | undefined, map: Readonly<Record<string, string | null>>): string {
  const subject =
    from?.type.kind === 'boolean'
      ? `CASE WHEN ${sql} THEN 'true' WHEN NOT ${sql} THEN 'false' END`
      : `CAST(${sql} AS text)`
  const whens = Object.entries(map).map(
    ([value, label]) => `WHEN ${text(value)} THEN ${label === null ? 'NULL' : text(label)}`,
  )
  return whens.length === 0 ? sql : `CASE ${subject} ${whens.join(' ')} ELSE ${sql} END`
}

function hazardsOf(op: Operation, rebuilt: boolean): readonly Hazard[] {
  const labels = labelsLost(op).map(([object, message]): Hazard => ({ code: 'DATA_LOSS', object, message }))
  if (labels.length > 0) return labels
  if (op.kind !== 'dropColumn') return []
  const place = `${op.table.name}.${op.column}`
  const lost: Hazard = { code: 'DATA_LOSS', object: place, message: `drops column ${place} with its values` }
  return rebuilt
    ? [lost]
    : [lost, { code: 'TABLE_REWRITE', object: op.table.name, message: `writes every row of ${op.table.name} again` }]
}

/** Enums of a schema by name, for code that compiles single operations. */
export const enumLookup = (objects: ReadonlyMap<string, SchemaObject>): ((type: Ref) => EnumType | undefined) =>
  enumsIn(objects)
