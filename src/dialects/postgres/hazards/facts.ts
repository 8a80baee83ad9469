/** Facts about a statement's cost from the schema before it, which the statement itself does not show. */
import type { Operation, OperationOf } from '../../../operations/kinds.ts'
import { mentions } from '../../../operations/fold/mentions.ts'
import { refText, sameRef, tableKey } from '../../../schema/keys.ts'
import type { Column, ColumnType, Constraint, Domain, Schema, Table } from '../../../schema/model.ts'
import type { Walk } from '../../shared/walk.ts'
import { rewrites } from '../casts/casts.ts'
import { narrows } from '../../shared/losses.ts'
import { columnBefore, tableBefore } from '../spell/writer.ts'

/** Facts that a statement's SQL does not show: whether a type change rewrites, and from what. */
export interface HazardFacts {
  readonly from?: ColumnType
  /** Whether the domain of a column that is added constrains nothing. */
  readonly plainDomain?: boolean
  /** Whether a default of a column that is added calls a routine of the user's that may give every row another value. */
  readonly callsVolatile?: boolean
  /** Whether a changed column keeps the stored form of its values; absent: derived from the two types. */
  readonly rewritten?: boolean
  /** Whether values of a changed column may be cut or refused. */
  readonly narrowed?: boolean
  /** A check on a changed column, or an index that is rebuilt, makes the server read all rows. */
  readonly readAgain?: boolean
  /** The columns of a key that is created from an index are known to have no nulls. */
  readonly keyNotNull?: boolean
  /** A check implies the bound of an attached partition. */
  readonly provenBound?: boolean
  /** A valid check proves that the column has no nulls (PostgreSQL 12+, ALTER TABLE, SET NOT NULL). */
  readonly provenNotNull?: boolean
}

/** The facts about an operation's statement that its text does not show. */
export function factsOf(op: Operation, sql: string, walk: Walk): HazardFacts {
  switch (op.kind) {
    case 'addColumn':
      return addedFacts(op.column, walk.before)
    case 'alterColumn':
      return {
        ...(sql.endsWith(' SET NOT NULL') ? { provenNotNull: provenNotNull(op, walk) } : {}),
        ...changed(op, walk),
      }
    case 'createPrimaryKey': {
      const table = tableBefore(walk, op.table)
      const holdsNone = (name: string): boolean => table?.columns.find((c) => c.name === name)?.nullable === false
      return { keyNotNull: op.constraint.columns.every(holdsNone) }
    }
    case 'attachPartition':
      return { provenBound: provenBound(op, walk) }
    default:
      return {}
  }
}

/** Zones without an offset: a timestamp is stored as it was (PostgreSQL 12+, the release notes). */
const utc = /^(?:(?:Etc\/)?(?:UTC|UCT|GMT|Universal|Zulu|Greenwich)|GMT[+-]?0)$/iu

function changed(op: OperationOf<'alterColumn'>, walk: Walk): HazardFacts {
  const from = op.before?.type ?? columnBefore(walk, op.table, op.column)?.type
  return changedFacts(op, from, tableBefore(walk, op.table), walk.before, walk)
}

/** The facts about a column that changes, from its type and table before. */
export function changedFacts(
  op: OperationOf<'alterColumn'>,
  from: ColumnType | undefined,
  table: Table | undefined,
  before: Schema,
  { timeZone, serverVersion }: Pick<Walk, 'timeZone' | 'serverVersion'>,
): HazardFacts {
  const { changes } = op
  const out: HazardFacts = from === undefined ? {} : { from }
  const to = changes.type ?? (changes.collation === undefined ? undefined : from)
  if (to === undefined || from === undefined) return out
  const plainTime = (t: ColumnType): boolean => t.kind === 'timestamp' && (t.precision ?? 6) === 6
  const rezoned = plainTime(from) && plainTime(to) && from.withTimeZone !== to.withTimeZone
  const rewritten = rezoned
    ? !utc.test(timeZone ?? '') || (serverVersion ?? 0) < 12
    : !isPlainDomain(to, before) || rewrites(baseType(from, before), baseType(to, before))
  const narrowed = narrows(baseType(from, before), baseType(to, before))
  return { ...out, rewritten, narrowed, readAgain: readAgain(op, table) }
}

/** The base type of a domain, at any depth. */
function baseType(type: ColumnType, before: Schema): ColumnType {
  const domain = type.kind === 'domain' ? domainOf(type, before) : undefined
  return domain === undefined ? type : baseType(domain.type, before)
}

/** Checks are validated against all rows again, and an index whose collation changes is rebuilt (ATPostAlterTypeCleanup). */
function readAgain({ column, changes }: OperationOf<'alterColumn'>, table: Table | undefined): boolean {
  if (table === undefined) return false
  const keys = table.constraints.flatMap((c) => (c.kind === 'primaryKey' || c.kind === 'unique' ? [c.columns] : []))
  const indexes = table.indexes.map((i) => i.elements.flatMap((e) => (e.column === undefined ? [] : [e.column])))
  return (
    table.constraints.some((c) => c.kind === 'check' && c.notValid !== true && mentions(c.sql, column)) ||
    (changes.collation !== undefined && [...keys, ...indexes].some((columns) => columns.includes(column)))
  )
}

/** A partition is not scanned where a check implies its bound (ALTER TABLE, ATTACH PARTITION): known for one column and plain values. */
function provenBound(op: OperationOf<'attachPartition'>, walk: Walk): boolean {
  return provesBound(op.bound, tableBefore(walk, op.table), tableBefore(walk, op.partition))
}

export function provesBound(given: string, parent: Table | undefined, child: Table | undefined): boolean {
  const column = /^(?:RANGE|LIST) \("?([^",()]+)"?\)$/u.exec(parent?.partitionBy ?? '')?.[1]
  if (column === undefined || child === undefined) return false
  if (child.columns.find((c) => c.name === column)?.nullable !== false) return false
  const plain = (sql: string): string => sql.replaceAll(/::[\w ]+(?:\(\d+\))?|[\s()"]/gu, '').toLowerCase()
  const range = /FROM \((.+)\) TO \((.+)\)$/iu.exec(given)
  const value = /\bIN \(([^,]+)\)$/iu.exec(given)?.[1]
  const needed =
    range === null
      ? value === undefined
        ? []
        : [`${column}=${value}`]
      : [`${column}>=${range[1]!}`, `${column}<${range[2]!}`]
  return (
    needed.length > 0 &&
    child.constraints.some((c) => {
      if (c.kind !== 'check' || c.notValid === true || /\bor\b|\bnot\b/iu.test(c.sql)) return false
      const parts = c.sql.split(/\band\b/iu).map(plain)
      return needed.every((part) => parts.includes(plain(part)))
    })
  )
}

function addedFacts(
  { type, default: preset }: Column,
  before: Schema,
): Pick<HazardFacts, 'plainDomain' | 'callsVolatile'> {
  return {
    plainDomain: isPlainDomain(type.kind === 'array' ? type.element : type, before),
    callsVolatile: preset?.kind === 'sql' && callsVolatile(preset.sql, before),
  }
}

/** By a check of the table as it is known, or one that earlier operations created and validated. */
function provenNotNull(op: Operation, { before, ops, at }: Walk): boolean {
  if (op.kind !== 'alterColumn' || op.changes.nullable !== false) return false
  const { column, table } = op
  const proves = (c: Constraint, validated = false): boolean =>
    c.kind === 'check' &&
    (validated || c.notValid !== true) &&
    c.notEnforced !== true &&
    c.noInherit !== true &&
    /^\s*\(?\s*"?([^"()\s]+)"?\s+is\s+not\s+null\s*\)?\s*$/iu.exec(c.sql)?.[1] === column
  const found = before.objects.get(tableKey(table))
  if (found?.kind === 'table' && found.constraints.some((c) => proves(c))) return true
  let names: (string | undefined)[] = []
  for (const [i, done] of ops.slice(0, at).entries()) {
    if (done.kind === 'createCheckConstraint' && sameRef(done.table, table)) {
      const { name } = done.constraint
      const validated = ops
        .slice(i, at)
        .some((o) => o.kind === 'validateConstraint' && o.name === name && sameRef(o.table, table))
      if (proves(done.constraint, validated)) names.push(name)
    }
    if (done.kind === 'dropConstraint' && sameRef(done.table, table)) names = names.filter((n) => n !== done.name)
  }
  return names.length > 0
}

/** A domain that is not known may have any constraint. */
function isPlainDomain(type: ColumnType | undefined, before: Schema): boolean {
  if (type?.kind !== 'domain') return true
  const domain = domainOf(type, before)
  if (domain === undefined) return false
  return domain.notNull !== true && domain.checks.length === 0 && isPlainDomain(domain.type, before)
}

function domainOf({ schema, name }: ColumnType, before: Schema): Domain | undefined {
  const found = before.objects.get(
    `domain:${refText({ ...(schema === undefined ? {} : { schema }), name: name ?? '' })}`,
  )
  return found?.kind === 'domain' ? found : undefined
}

/** The options of a CREATE FUNCTION before its body. */
const head = (definition: string): string => definition.split(/\bAS\s+[$'E]|\bBEGIN\s+ATOMIC\b|\bRETURN\s/iu)[0]!

/** A routine is volatile by default (CREATE FUNCTION). */
function callsVolatile(sql: string, before: Schema): boolean {
  for (const object of before.objects.values()) {
    if (object.kind !== 'routine' || /\b(?:immutable|stable)\b/iu.test(head(object.definition))) continue
    const name = object.name.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&')
    if (new RegExp(`(?<![\\w$])"?${name}"?\\s*\\(`, 'u').test(sql)) return true
  }
  return false
}
