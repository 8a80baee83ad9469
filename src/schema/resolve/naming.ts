/** How constraints and indexes get their names: PostgreSQL's own rule, or a convention of the project. */
import { AmbixError } from '../../errors.ts'
import type { Index, PrimaryKey, Table, Unique } from '../model.ts'
import { hash } from '../../util/hash.ts'
import { sizeOf, usualNames } from '../name-limit.ts'
import type { NameLimit } from '../name-limit.ts'

export type NamedKind = 'primaryKey' | 'unique' | 'foreignKey' | 'check' | 'exclude' | 'index'

/** The parts of a name. */
export interface NameParts {
  readonly kind: NamedKind
  readonly table: string
  /** Names in the database; `expr` or a function's name in place of an expression. */
  readonly columns: readonly string[]
  readonly referredTable?: string
  readonly referredColumns?: readonly string[]
  /** The name that was given, which conventions for checks may build on. */
  readonly givenName?: string
  /** Properties of the columns in TypeScript. */
  readonly keys?: readonly string[]
}

/**
 * By SQLAlchemy's short names: templates with tokens (`%(table_name)s` or `{table_name}`), or functions.
 * Tokens: table_name, referred_table_name, constraint_name, column_0_name, column_0N_name (all, joined by nothing),
 * column_0_N_name (all, joined by `_`), the same with `_label` (table and column) and `_key` (property), and
 * referred_column_0_name with its forms (specs/alembic.md F15).
 */
export type NamingConvention = Readonly<
  Partial<Record<'ix' | 'uq' | 'ck' | 'fk' | 'pk' | 'ex', string | ((parts: NameParts) => string)>>
>

const shortNames = {
  index: 'ix',
  unique: 'uq',
  check: 'ck',
  foreignKey: 'fk',
  primaryKey: 'pk',
  exclude: 'ex',
} as const
const suffixes = {
  index: 'idx',
  unique: 'key',
  check: 'check',
  foreignKey: 'fkey',
  primaryKey: 'pkey',
  exclude: 'excl',
} as const

/** Gives names that are not `taken`. */
export interface Namer {
  /** Whether the name that was given to one of this kind is final. */
  keeps(kind: NamedKind): boolean
  /** The name of a constraint or index; `given` is final, but for checks under a convention with constraint_name. */
  name(parts: NameParts, taken: (name: string) => boolean): string
}

export interface NamingOptions {
  readonly namingConvention?: NamingConvention
  readonly names: NameLimit
}

/** Throws SCHEMA.INVALID for a convention with keys or tokens that are not known. */
export function namer(options: NamingOptions): Namer {
  const convention = options.namingConvention ?? {}
  for (const key of Object.keys(convention)) {
    if (!(Object.values(shortNames) as string[]).includes(key)) {
      throw new AmbixError('SCHEMA.INVALID', `The naming convention has the unknown key ${key}.`, {
        next: [`The keys are ${Object.values(shortNames).join(', ')}.`],
      })
    }
  }
  const keeps = (kind: NamedKind): boolean =>
    kind !== 'check' || typeof convention.ck !== 'string' || !/constraint_name/u.test(convention.ck)
  return {
    keeps,
    name(parts, taken) {
      const rule = convention[shortNames[parts.kind]]
      const given = parts.givenName
      if (given !== undefined && keeps(parts.kind)) return given
      if (rule === undefined) return defaultName(parts, options.names, taken)
      const name = typeof rule === 'function' ? rule(parts) : fill(rule, parts)
      return shorten(name, options.names)
    },
  }
}

/** PostgreSQL's ChooseIndexName, ChooseConstraintName: table, columns and suffix, numbered while the name is taken. */
export function defaultName(
  parts: NameParts,
  limit: NameLimit,
  taken: (name: string) => boolean = () => false,
): string {
  const second = parts.kind === 'primaryKey' ? undefined : columnPart(parts, limit)
  const suffix = suffixes[parts.kind]
  for (let i = 0; ; i++) {
    const name = makeObjectName(parts.table, second, i === 0 ? suffix : `${suffix}${i}`, limit)
    if (!taken(name)) return name
  }
}

/** Names of columns joined by `_`, up to the length of a name; nothing for a check over several columns. */
function columnPart(parts: NameParts, limit: NameLimit): string | undefined {
  if (parts.kind === 'check') return parts.columns.length === 1 ? parts.columns[0] : undefined
  let joined = ''
  for (const column of parts.columns) {
    joined = joined === '' ? column : `${joined}_${column}`
    if (sizeOf(joined, limit) > limit.most) break
  }
  return joined === '' ? undefined : joined
}

/** PostgreSQL's makeObjectName: where the whole is too long, the longer of the two parts is cut, one by one. */
export function makeObjectName(first: string, second: string | undefined, suffix: string, limit = usualNames): string {
  const room = limit.most - sizeOf(suffix, limit) - 1 - (second === undefined ? 0 : 1)
  let a = sizeOf(first, limit)
  let b = second === undefined ? 0 : sizeOf(second, limit)
  while (a + b > room) {
    if (a > b) a--
    else b--
  }
  return [clip(first, a, limit), ...(second === undefined ? [] : [clip(second, b, limit)]), suffix].join('_')
}

/** The first of so many bytes or characters, without half a character at the end. */
function clip(text: string, most: number, limit: NameLimit): string {
  if (sizeOf(text, limit) <= most) return text
  let length = 0
  let kept = ''
  for (const character of text) {
    length += sizeOf(character, limit)
    if (length > most) break
    kept += character
  }
  return kept
}

/** As SQLAlchemy: a convention's name that is too long is cut and ends in a hash of the whole. */
function shorten(name: string, limit: NameLimit): string {
  if (sizeOf(name, limit) <= limit.most) return name
  return `${clip(name, limit.most - 8, limit)}_${hash('md5', name).slice(-4)}`
}

function fill(rule: string, parts: NameParts): string {
  return rule.replaceAll(/%\((\w+)\)s|\{(\w+)\}/gu, (_, percent: string | undefined, brace: string | undefined) =>
    token(percent ?? brace ?? '', parts),
  )
}

function token(name: string, parts: NameParts): string {
  const { table, columns } = parts
  if (name === 'table_name') return table
  if (name === 'referred_table_name') return parts.referredTable ?? ''
  // A check without a name gets its column's, so that every constraint has a name.
  if (name === 'constraint_name') return parts.givenName ?? (columns.length === 1 ? columns[0]! : 'check')
  const column = /^(referred_)?column_(\d+)(_?N)?_(name|label|key)$/u.exec(name)
  if (column === null) {
    throw new AmbixError('SCHEMA.INVALID', `The naming convention has the unknown token ${name}.`, {
      next: [
        'Tokens are table_name, referred_table_name, constraint_name, column_0_name, column_0_N_name, …_label, …_key.',
      ],
    })
  }
  const [, referred, at, all, form] = column
  const names = referred === undefined ? columns : (parts.referredColumns ?? [])
  const keys = referred === undefined ? (parts.keys ?? columns) : names
  const spelled = names.map((c, i) =>
    form === 'label'
      ? `${referred === undefined ? table : parts.referredTable}_${c}`
      : form === 'key'
        ? (keys[i] ?? c)
        : c,
  )
  const from = Number(at)
  return all === undefined ? (spelled[from] ?? '') : spelled.slice(from).join(all === 'N' ? '' : '_')
}

/**
 * A table without the name that its server gives to every primary key (MySQL: `PRIMARY`), so that it is written as it is
 * usually declared. Such a server takes no other name, so the one that stands in its place means nothing.
 */
export function withUsualKeyName(table: Table, keyName: string): Table {
  if (!table.constraints.some((c) => c.kind === 'primaryKey' && c.name === keyName)) return table
  return {
    ...table,
    constraints: table.constraints.map((c) =>
      c.kind === 'primaryKey' && c.name === keyName
        ? { ...c, name: defaultName({ kind: c.kind, table: table.name, columns: c.columns }, usualNames) }
        : c,
    ),
  }
}

/** PostgreSQL's name of an expression in an index's name: the function, or the column that is cast, else `expr` (FigureIndexColname). */
export function expressionName(sql: string): string {
  const cast = /^([\s\S]*?)::[\w\s".]+(?:\([\d\s,]+\))?(?:\[\])*$/u.exec(sql)
  const inner = (cast?.[1] ?? sql).trim()
  const column = cast && /^(?:"((?:[^"]|"")+)"|([A-Za-z_][\w$]*))$/u.exec(inner)
  if (column) return column[1] ?? column[2]!.toLowerCase()
  const called = /^(?:"?[\w$]+"?\.)?"?([A-Za-z_][\w$]*)"?\s*\(/u.exec(inner)
  return called && closesAtEnd(inner) ? called[1]!.toLowerCase() : 'expr'
}

/** Whether the first bracket closes at the very end: `lower(a)`, and not `lower(a) || f(b)`. */
function closesAtEnd(sql: string): boolean {
  let depth = 0
  for (const [i, c] of [...sql.trim()].entries()) {
    if (c === '(') depth++
    if (c === ')' && --depth === 0) return i === [...sql.trim()].length - 1
  }
  return false
}

/** Columns of an index with equal names get numbers, as in ChooseIndexColumnNames. */
export function distinctNames(names: readonly string[]): readonly string[] {
  const seen: string[] = []
  for (const name of names) {
    let candidate = name
    for (let i = 1; seen.includes(candidate); i++) candidate = `${name}${i}`
    seen.push(candidate)
  }
  return seen
}

/** The name that PostgreSQL gives to a key that a partition gets with its parent's (ChooseIndexName). */
export const partitionKeyName = (partition: string, key: PrimaryKey | Unique): string =>
  key.kind === 'primaryKey'
    ? makeObjectName(partition, undefined, 'pkey')
    : makeObjectName(partition, distinctNames([...key.columns, ...(key.include ?? [])]).join('_'), 'key')

/**
 * The name that PostgreSQL gives to a partition's part of an index (ChooseIndexName); undefined where an element is an expression,
 * whose name is not predicted.
 */
export function partitionIndexName(partition: string, index: Index): string | undefined {
  const columns = [...index.elements.map((e) => e.column), ...(index.include ?? [])]
  return columns.includes(undefined)
    ? undefined
    : makeObjectName(partition, distinctNames(columns as readonly string[]).join('_'), 'idx')
}
