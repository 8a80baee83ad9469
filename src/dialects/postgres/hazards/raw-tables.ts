/** Tables, columns, keys and indexes that hand-written SQL creates, as far as advice needs them. */
import type { ColumnType } from '../../../schema/model.ts'
import { Reader, spelled, statementsOf } from '../../shared/raw/tokens.ts'
import type { Token } from '../../shared/raw/tokens.ts'
import { parseType } from '../spell/types.ts'

export interface RawColumn {
  readonly table: string
  readonly column: string
  readonly type: ColumnType
}

export interface RawTables {
  readonly made: readonly string[]
  readonly columns: readonly RawColumn[]
  /** Lists of columns by which rows are found: primary keys, unique constraints, indexes. */
  readonly indexed: readonly { readonly table: string; readonly columns: readonly string[] }[]
  readonly primary: readonly { readonly table: string; readonly columns: readonly string[] }[]
  readonly foreign: readonly { readonly table: string; readonly columns: readonly string[]; readonly to: string }[]
  /** Domains with a check, and labels that are added at no stated place. */
  readonly checkedDomains: readonly string[]
  readonly placelessLabels: readonly string[]
}

type Found = { -readonly [K in keyof RawTables]: RawTables[K] extends readonly (infer T)[] ? T[] : never }

export function rawTables(sql: string): RawTables {
  const out: Found = {
    made: [],
    columns: [],
    indexed: [],
    primary: [],
    foreign: [],
    checkedDomains: [],
    placelessLabels: [],
  }
  for (const tokens of statementsOf(sql)) read(tokens, out)
  return out
}

function read(tokens: readonly Token[], out: Found): void {
  const r = new Reader(tokens)
  const made = new Reader(tokens).created()
  if (r.take('ALTER', 'TABLE')) {
    r.take('IF', 'EXISTS')
    r.take('ONLY')
    const table = r.name()
    if (table === undefined) return
    for (const part of r.parts()) {
      const p = new Reader(part)
      if (!p.take('ADD')) continue
      p.take('COLUMN')
      p.take('IF', 'NOT', 'EXISTS')
      item(p.rest(), table, out)
    }
  } else if (r.take('ALTER', 'TYPE')) {
    const type = r.name() ?? ''
    if (r.take('ADD', 'VALUE') && !r.has('BEFORE') && !r.has('AFTER')) out.placelessLabels.push(type)
  } else if (r.take('CREATE', 'DOMAIN')) {
    const name = r.name() ?? ''
    if (r.has('CHECK')) out.checkedDomains.push(name)
  } else if (r.take('CREATE')) {
    r.take('UNIQUE')
    if (r.take('INDEX')) {
      const table = new Reader(r.rest()).after('ON')
      if (table !== undefined && !r.has('WHERE')) out.indexed.push({ table, columns: namesInGroup(r.rest()) })
    } else if (made !== undefined && tokens.some((t) => t.word === 'TABLE')) {
      out.made.push(made)
      for (const part of groupParts(tokens)) item(part, made, out)
    }
  }
}

/** The parts of the first bracketed group, split at its commas. */
function groupParts(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const start = tokens.findIndex((t) => t.text === '(' && t.depth === 0)
  if (start < 0) return []
  const parts: Token[][] = [[]]
  for (const t of tokens.slice(start + 1)) {
    if (t.depth === 0) break
    if (t.text === ',' && t.depth === 1) parts.push([])
    else parts.at(-1)!.push({ ...t, depth: t.depth - 1 })
  }
  return parts
}

const namesInGroup = (tokens: readonly Token[]): readonly string[] => {
  const base = tokens[0]?.depth ?? 0
  const leveled = tokens.map((t) => ({ ...t, depth: t.depth - base }))
  return groupParts(leveled).flatMap((part) => part[0]?.name ?? [])
}

/** A column or a constraint. */
function item(tokens: readonly Token[], table: string, out: Found): void {
  const r = new Reader(tokens)
  if (r.take('CONSTRAINT')) r.name()
  const kind = r.oneOf('PRIMARY', 'UNIQUE', 'FOREIGN', 'CHECK', 'EXCLUDE', 'LIKE')
  if (kind !== undefined) {
    const columns = namesInGroup(r.rest())
    if (kind === 'PRIMARY') out.primary.push({ table, columns })
    if (kind === 'PRIMARY' || kind === 'UNIQUE') out.indexed.push({ table, columns })
    const to = r.allAfter('REFERENCES')[0]
    if (kind === 'FOREIGN' && to !== undefined) out.foreign.push({ table, columns, to })
    return
  }
  const column = r.name()
  if (column === undefined) return
  const rest = r.rest()
  const end = rest.findIndex((t) => typeEnds.has(t.word))
  const words = spelled(end < 0 ? rest : rest.slice(0, end)).replaceAll(/ ?([(),[\]]) ?/gu, '$1')
  if (words !== '') out.columns.push({ table, column, type: parseType(words) })
  const columns = [column]
  if (r.has('PRIMARY', 'KEY')) out.primary.push({ table, columns })
  if (r.has('PRIMARY', 'KEY') || r.has('UNIQUE')) out.indexed.push({ table, columns })
  const to = r.allAfter('REFERENCES')[0]
  if (to !== undefined) out.foreign.push({ table, columns, to })
}

const typeEnds: ReadonlySet<string> = new Set([
  'NOT',
  'NULL',
  'DEFAULT',
  'PRIMARY',
  'UNIQUE',
  'REFERENCES',
  'CHECK',
  'CONSTRAINT',
  'GENERATED',
  'COLLATE',
])
