/** How columns are added, changed and dropped: Alembic's order of changes, S3 and S9 of specs/enums.md. */
import { notNullCheck } from '../../../operations/helper-names.ts'
import type { Backfill, ColumnChanges, OperationOf } from '../../../operations/kinds.ts'
import { makeObjectName } from '../../../schema/resolve/naming.ts'
import { serialKinds } from '../../../schema/types.ts'
import type { Column, ColumnType, Default, Ref } from '../../../schema/model.ts'
import type { CompileContext, Draft, Handlers, Unsupported } from '../../dialect.ts'
import { catchUp, followed, noted } from './counters.ts'
import { moveCounter } from './types.ts'
import { sequenceChanges } from './sequence-changes.ts'
import { plainKind } from '../../shared/losses.ts'
import { castsByItself, conversion, mapped } from '../casts/casts.ts'
import { columnClause, columnExtras, identityClause } from './tables.ts'
import {
  bracketed,
  collate,
  columnBefore,
  comment,
  defaultText,
  literal,
  name,
  quote,
  text,
  writeType,
} from '../spell/writer.ts'
import { outsideLabels, rowsWithout } from './refusals.ts'

/** UPDATE with what the user gave for rows that have nothing (S3). */
function fill(table: Ref, column: string, backfill: Backfill, type: ColumnType | undefined): Draft {
  const value = backfill.expression ?? literal(backfill.value ?? null, type)
  return { sql: `UPDATE ${name(table)} SET ${quote(column)} = ${value} WHERE ${quote(column)} IS NULL`, allRows: true }
}

/** SET NOT NULL without scanning under the strongest lock: a check is validated first, and dropped after. */
function setNotNull(table: Ref, column: string): readonly string[] {
  const alter = `ALTER TABLE ${name(table)}`
  const check = quote(notNullCheck(table, column))
  return [
    `${alter} ADD CONSTRAINT ${check} CHECK (${quote(column)} IS NOT NULL) NOT VALID`,
    `${alter} VALIDATE CONSTRAINT ${check}`,
    `${alter} ALTER COLUMN ${quote(column)} SET NOT NULL`,
    `${alter} DROP CONSTRAINT ${check}`,
  ]
}

/** The sequence that a serial column owns: `<table>_<column>_seq`. */
function serialSequence(table: Ref, column: string): Ref {
  return {
    ...(table.schema === undefined ? {} : { schema: table.schema }),
    name: makeObjectName(table.name, column, 'seq'),
  }
}

/** The sequence of an identity column; undefined for others. */
function identitySequence(op: OperationOf<'alterColumn'>, before: Partial<Column>): Ref | undefined {
  if (before.identity === undefined) return undefined
  const usual = serialSequence(op.table, op.column)
  return { ...usual, name: before.identity.sequenceName ?? usual.name }
}

const isSerial = (type: ColumnType | undefined): boolean => type !== undefined && serialKinds.includes(type.kind)

/** The column before: by the operation, else by the schema before. */
function known(op: OperationOf<'alterColumn'>, context: CompileContext): Partial<Column> {
  const column: Partial<Column> = columnBefore(context, op.table, op.column) ?? {}
  const said = Object.fromEntries(Object.entries(op.before ?? {}).map(([key, value]) => [key, value ?? undefined]))
  return { ...column, ...said }
}

function alterColumn(op: OperationOf<'alterColumn'>, context: CompileContext): ReturnType<Handlers['alterColumn']> {
  const { changes } = op
  const before = known(op, context)
  const column = quote(op.column)
  const alter = `ALTER TABLE ${name(op.table)} ALTER COLUMN ${column}`
  const from = before.type
  const type = changes.type ?? from
  const out: (Draft | string)[] = []
  let refuseIf: string | undefined

  const generated = alterGenerated(alter, changes, before, context)
  if (!Array.isArray(generated)) return generated as Unsupported

  // A serial column is an integer with a sequence of its own; the change of that comes first.
  const serial = changes.type === undefined ? noSerial : alterSerial(op, from, changes)
  const oldDefault = serial.defaultGone ? undefined : before.default
  const typed = changes.type !== undefined && !sameType(from, changes.type, serial)
  const using = typed ? usingOf(op, column, from, changes.type!) : undefined
  const identityGoes = changes.identity === null
  const identityComes = changes.identity !== undefined && changes.identity !== null && before.identity === undefined
  const unfit = typed && (using !== undefined || !keepsDefault(from, changes.type!, oldDefault))
  const off =
    oldDefault !== undefined &&
    (unfit || (identityComes && changes.default === undefined) || (typed && changes.default !== undefined))

  // One sequence replaces another: the new one continues where the old one was.
  const old = identitySequence(op, before)
  if (identityGoes && isSerial(changes.type) && old !== undefined) out.push(noted(old, before.identity ?? {}))
  if (isSerial(from) && identityComes) out.push(noted(serialSequence(op.table, op.column), {}))
  if (identityGoes) out.push(`${alter} DROP IDENTITY`)
  out.push(...serial.first)
  if (off) out.push(`${alter} DROP DEFAULT`)
  // A generated column accepts no USING.
  if (changes.generated === null) out.push(...generated)
  // The expression of a new type may give NULL.
  const rewritten = typed || changes.collation !== undefined
  const nullFirst = rewritten && changes.nullable === true
  if (rewritten) {
    if (type === undefined)
      return {
        unsupported: `the collation of ${op.column} cannot be changed without knowing its type; give the type as well`,
      }
    const collation = changes.collation === undefined ? collationKept(before, type) : changes.collation
    const collated = collation === null || collation === undefined ? '' : ` ${collate(collation)}`
    if (nullFirst) out.push(...alterNullable(op, alter, changes, type))
    out.push(`${alter} TYPE ${writeType(plainType(type))}${collated}${using === undefined ? '' : ` USING ${using}`}`)
    if (typed && op.using === undefined) refuseIf = outsideLabels(op, from, changes.type!, context)
  }
  out.push(...serial.after)
  if (!nullFirst) out.push(...alterNullable(op, alter, changes, type))
  if (changes.generated !== null) out.push(...generated)
  // A column that becomes serial has the default of its sequence by now.
  if (isSerial(from) || !isSerial(changes.type))
    out.push(
      ...alterDefault(alter, changes, {
        off,
        old: oldDefault,
        type,
        identityComes,
        onlyDrop: off && changes.default === null,
      }),
    )
  out.push(...alterIdentity(op, alter, changes, before))
  if (identityGoes && isSerial(changes.type)) out.push(followed(serialSequence(op.table, op.column), {}))
  if (isSerial(from) && identityComes)
    out.push(followed(identitySequence(op, { identity: changes.identity! })!, changes.identity ?? {}))
  // A new type has its own storage.
  if (changes.storage !== undefined && (changes.storage !== null || changes.type === undefined))
    out.push(`${alter} SET STORAGE ${(changes.storage ?? usualStorage(type)).toUpperCase()}`)
  if (changes.compression !== undefined) out.push(`${alter} SET COMPRESSION ${changes.compression ?? 'default'}`)
  if (changes.statistics !== undefined) out.push(`${alter} SET STATISTICS ${changes.statistics ?? -1}`)
  if (changes.comment !== undefined) out.push(comment(`COLUMN ${name(op.table)}.${column}`, changes.comment))
  if (changes.newColumnName !== undefined)
    out.push(`ALTER TABLE ${name(op.table)} RENAME COLUMN ${column} TO ${quote(changes.newColumnName)}`)
  const [head, ...rest] = out
  return refuseIf === undefined || head === undefined
    ? out
    : [{ ...(typeof head === 'string' ? { sql: head } : head), refuseIf }, ...rest]
}

/** A type's own storage (pg_type.typstorage); SET STORAGE DEFAULT is of PostgreSQL 16. */
function usualStorage(type: ColumnType | undefined): NonNullable<Column['storage']> {
  return type?.kind === 'numeric' || type?.kind === 'inet' || type?.kind === 'cidr' ? 'main' : 'extended'
}

/** `serial` and `integer` are one stored type. */
function plainType(type: ColumnType): ColumnType {
  return isSerial(type) ? { kind: plainKind(type) } : type
}

function sameType(from: ColumnType | undefined, to: ColumnType, serial: SerialChange): boolean {
  if (from === undefined) return false
  return (serial !== noSerial && plainKind(from) === plainKind(to)) || JSON.stringify(from) === JSON.stringify(to)
}

function usingOf(
  op: OperationOf<'alterColumn'>,
  column: string,
  from: ColumnType | undefined,
  to: ColumnType,
): string | undefined {
  if (op.using !== undefined) return op.using
  if (op.map !== undefined) return mapped(column, from, to, op.map)
  return conversion(column, from, plainType(to))
}

/** Whether the default stays valid without a change: a constant of the same kind, or an expression between numbers. */
function keepsDefault(from: ColumnType | undefined, to: ColumnType, value: Default | undefined): boolean {
  if (from === undefined || value === undefined) return false
  if (
    from.kind === to.kind &&
    from.kind !== 'array' &&
    from.name === to.name &&
    from.schema === to.schema &&
    from.kind !== 'custom'
  )
    return true
  return castsByItself(from, to) && /int|serial|numeric/u.test(plainKind(from)) && /int|numeric/u.test(plainKind(to))
}

/** ALTER COLUMN … TYPE without COLLATE takes the type's own collation, so one that stays is written again. */
function collationKept(before: Partial<Column>, type: ColumnType): Ref | undefined {
  return /^(text|varchar|char|citext|domain|array)$/u.test(type.kind) ? before.collation : undefined
}

function alterGenerated(
  alter: string,
  changes: ColumnChanges,
  before: Partial<Column>,
  context: CompileContext,
): string[] | Unsupported {
  if (changes.generated === undefined) return []
  const was = before.generated
  if (changes.generated === null) {
    if (was?.stored === false)
      return {
        unsupported: 'the expression of a virtual generated column cannot be dropped: drop the column and add it',
      }
    return [`${alter} DROP EXPRESSION`]
  }
  if (was === undefined)
    return { unsupported: 'a plain column cannot become a generated one: drop the column and add it' }
  if (was.stored !== changes.generated.stored)
    return { unsupported: 'stored and virtual columns cannot turn into each other: drop the column and add it' }
  if ((context.serverVersion ?? 0) < 17)
    return { unsupported: 'before PostgreSQL 17 a generated column keeps its expression: drop the column and add it' }
  return [`${alter} SET EXPRESSION AS ${bracketed(changes.generated.sql)}`]
}

interface SerialChange {
  readonly first: readonly string[]
  readonly after: readonly (Draft | string)[]
  readonly defaultGone: boolean
}
const noSerial: SerialChange = { first: [], after: [], defaultGone: false }

/** A serial column loses its sequence, gets one, or has it widened with itself. */
function alterSerial(
  op: OperationOf<'alterColumn'>,
  from: ColumnType | undefined,
  changes: ColumnChanges,
): SerialChange {
  const to = changes.type!
  if (!isSerial(from) && !isSerial(to)) return noSerial
  const alter = `ALTER TABLE ${name(op.table)} ALTER COLUMN ${quote(op.column)}`
  const sequence = serialSequence(op.table, op.column)
  if (isSerial(from) && isSerial(to)) {
    return { first: [], after: [`ALTER SEQUENCE ${name(sequence)} AS ${plainKind(to)}`], defaultGone: true }
  }
  if (isSerial(to)) {
    return {
      first: [],
      after: [
        `CREATE SEQUENCE ${name(sequence)} AS ${plainKind(to)}`,
        catchUp(op.table, op.column, text(name(sequence)), {}),
        `${alter} SET DEFAULT nextval(${text(name(sequence))}::regclass)`,
        `${alter} SET NOT NULL`,
        `ALTER SEQUENCE ${name(sequence)} OWNED BY ${name(op.table)}.${quote(op.column)}`,
      ],
      defaultGone: false,
    }
  }
  // The default may be kept unchanged, with the sequence: then only both names change.
  const kept =
    changes.default !== null &&
    changes.default !== undefined &&
    changes.default.kind === 'sql' &&
    changes.default.sql.includes(sequence.name)
  if (kept) return { ...noSerial, first: [], defaultGone: true }
  return { first: [`${alter} DROP DEFAULT`, `DROP SEQUENCE ${name(sequence)}`], after: [], defaultGone: true }
}

function alterNullable(
  op: OperationOf<'alterColumn'>,
  alter: string,
  changes: ColumnChanges,
  type: ColumnType | undefined,
): readonly (Draft | string)[] {
  if (changes.nullable === undefined) return []
  if (changes.nullable) return [`${alter} DROP NOT NULL`]
  if (op.backfill === undefined) return [`${alter} SET NOT NULL`]
  return [fill(op.table, op.column, op.backfill, type), ...setNotNull(op.table, op.column)]
}

function alterDefault(
  alter: string,
  changes: ColumnChanges,
  state: {
    readonly off: boolean
    readonly old: Default | undefined
    readonly type: ColumnType | undefined
    readonly identityComes: boolean
    readonly onlyDrop: boolean
  },
): readonly string[] {
  if (state.onlyDrop) return []
  if (changes.default === null) return [`${alter} DROP DEFAULT`]
  const value = changes.default ?? (state.off && !state.identityComes ? state.old : undefined)
  if (value === undefined) return []
  return [
    `${alter} SET DEFAULT ${state.type === undefined ? bareDefault(value) : defaultText(value, plainType(state.type))}`,
  ]
}

/** A default of a column whose type is not known. */
function bareDefault(value: Default): string {
  return value.kind === 'sql'
    ? value.sql
    : literal(value.value, Array.isArray(value.value) ? { kind: 'array', element: { kind: 'text' } } : undefined)
}

function alterIdentity(
  op: OperationOf<'alterColumn'>,
  alter: string,
  changes: ColumnChanges,
  before: Partial<Column>,
): readonly (Draft | string)[] {
  const wished = changes.identity
  if (wished === undefined || wished === null) return []
  if (before.identity === undefined) {
    const column = { name: op.column, type: { kind: 'bigint' }, nullable: false, identity: wished }
    const sequence = `pg_get_serial_sequence(${text(name(op.table))}, ${text(op.column)})`
    return [`${alter} ADD ${identityClause(op.table, column)}`, catchUp(op.table, op.column, sequence, wished)]
  }
  const was = before.identity
  const usual = serialSequence(op.table, op.column).name
  const sequence = identitySequence(op, before)!
  const generation =
    was.generation === wished.generation
      ? []
      : [`SET GENERATED ${wished.generation === 'always' ? 'ALWAYS' : 'BY DEFAULT'}`]
  const { clauses, bound } = sequenceChanges(was, wished)
  const all = [...generation, ...clauses.map((clause) => `SET ${clause}`)]
  const out = all.length === 0 ? [] : [`${alter} ${all.join(' ')}`]
  if (bound !== undefined) out.push(moveCounter(sequence, bound), `${alter} SET ${bound.clause}`)
  if (was.sequenceName !== wished.sequenceName) {
    out.push(`ALTER SEQUENCE ${name(sequence)} RENAME TO ${quote(wished.sequenceName ?? usual)}`)
  }
  return out
}

/** Rows that are there would have no value for it. */
function hasNothing(column: Column): boolean {
  return (
    !column.nullable &&
    column.default === undefined &&
    column.identity === undefined &&
    column.generated === undefined &&
    column.type.kind !== 'domain' &&
    !isSerial(column.type)
  )
}

export const columnHandlers = {
  addColumn: (op, context) => {
    if (op.place !== undefined)
      return { unsupported: 'PostgreSQL puts a new column last: leave out insertBefore and insertAfter' }
    const add = `ALTER TABLE ${name(op.table)} ADD COLUMN ${op.ifNotExists === true ? 'IF NOT EXISTS ' : ''}`
    if (op.backfill === undefined) {
      const head = add + columnClause(op.table, op.column)
      const refuseIf = hasNothing(op.column) ? rowsWithout(op.table, op.column.name, context) : undefined
      return [refuseIf === undefined ? head : { sql: head, refuseIf }, ...columnExtras(op.table, op.column)]
    }
    // Existing rows get the user's value, not the default: that is set after.
    const { default: value, ...column } = op.column
    const alter = `ALTER TABLE ${name(op.table)} ALTER COLUMN ${quote(op.column.name)}`
    return [
      add + columnClause(op.table, { ...column, nullable: true }),
      fill(op.table, column.name, op.backfill, column.type),
      ...(value === undefined ? [] : [`${alter} SET DEFAULT ${defaultText(value, plainType(column.type))}`]),
      ...(column.nullable ? [] : setNotNull(op.table, column.name)),
      ...columnExtras(op.table, op.column),
    ]
  },
  dropColumn: (op) => [
    `ALTER TABLE ${op.only === true ? 'ONLY ' : ''}${name(op.table)} DROP COLUMN ${op.ifExists === true ? 'IF EXISTS ' : ''}${quote(op.column)}`,
  ],
  alterColumn: (op, context) => alterColumn(op, context),
} satisfies Partial<Handlers>
