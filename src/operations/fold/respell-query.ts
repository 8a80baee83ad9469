/** How renames of tables and columns change a query, as PostgreSQL would print it again. */
import type { Ref } from '../../schema/model.ts'
import { beside, spellName, type Token } from './tokens.ts'

/** If a possibly qualified name that equals the reference begins at `at`, the index of its last token. */
export function nameEnd(list: readonly Token[], at: number, ref: Ref): number | undefined {
  if (list[at]?.kind !== 'name' || list[beside(list, at, -1)]?.text === '.') return undefined
  if (ref.schema === undefined) {
    return list[at].name === ref.name && list[beside(list, at, 1)]?.text !== '.' ? at : undefined
  }
  const dot = beside(list, at, 1)
  const last = beside(list, dot, 1)
  if (list[at].name !== ref.schema || list[dot]?.text !== '.' || list[last]?.name !== ref.name) return undefined
  return list[beside(list, last, 1)]?.text === '.' ? undefined : last
}

/** A reference as PostgreSQL prints it. */
export const spellRef = (ref: Ref): string =>
  ref.schema === undefined ? spellName(ref.name) : `${spellName(ref.schema)}.${spellName(ref.name)}`

const endsFrom = new Set([
  'where',
  'group',
  'having',
  'order',
  'limit',
  'offset',
  'fetch',
  'for',
  'union',
  'intersect',
  'except',
  'window',
  'select',
  'returning',
  'set',
])
const noAlias = new Set([
  ...endsFrom,
  'join',
  'left',
  'right',
  'inner',
  'full',
  'cross',
  'natural',
  'on',
  'using',
  'tablesample',
  'lateral',
  'with',
])

/** A relation in a FROM clause. */
interface Use {
  readonly at: number
  readonly end: number
  /** The token of its alias, where it has one. */
  readonly alias?: number
}

interface Reading {
  readonly uses: readonly Use[]
  /** Relations of any name, subqueries and functions in FROM clauses. */
  readonly sources: number
  /** Tokens within a list of output columns. */
  readonly outputs: ReadonlySet<number>
}

/** Finds where a relation is used, bracket by bracket. */
function read(list: readonly Token[], relation: Ref): Reading {
  const inFrom: boolean[] = [false]
  const inSelect: boolean[] = [false]
  const uses: Use[] = []
  const outputs = new Set<number>()
  let sources = 0
  for (let at = 0; at < list.length; at++) {
    const token = list[at]!
    if (token.kind === 'blank') continue
    const word = token.kind === 'name' && token.quoted !== true ? token.name : undefined
    if (token.text === '(') {
      inFrom.push(inFrom.at(-1) === true)
      inSelect.push(false)
    } else if (token.text === ')') {
      if (inFrom.length > 1) {
        inFrom.pop()
        inSelect.pop()
      }
    } else if (word === 'from' || word === 'join') {
      inFrom[inFrom.length - 1] = true
      inSelect[inSelect.length - 1] = false
    } else if (word !== undefined && endsFrom.has(word)) {
      inFrom[inFrom.length - 1] = false
      inSelect[inSelect.length - 1] = word === 'select'
    }
    if (inSelect.at(-1) === true) outputs.add(at)
    const before = list[beside(list, at, -1)]
    const opens =
      before?.text === ',' ||
      before?.text === '(' ||
      before?.name === 'from' ||
      before?.name === 'join' ||
      before?.name === 'only' ||
      before?.name === 'lateral'
    if (inFrom.at(-1) !== true || !opens || token.kind !== 'name' || word === 'only' || word === 'lateral') continue
    sources++
    const end = nameEnd(list, at, relation)
    if (end === undefined) continue
    const after = beside(list, end, 1)
    const alias = list[after]
    const aliased = alias?.kind === 'name' && (alias.quoted === true || !noAlias.has(alias.name!))
    uses.push(aliased ? { at, end, alias: after } : { at, end })
  }
  return { uses, sources, outputs }
}

/** The query with a table or view of another name; without an alias, columns are qualified by the new name. */
export function renameRelation(list: readonly Token[], change: { readonly from: Ref; readonly to: Ref }): string {
  const { uses } = read(list, change.from)
  if (uses.length === 0) return list.map((t) => t.text).join('')
  const bare = uses.some((u) => u.alias === undefined)
  let out = ''
  for (let at = 0; at < list.length; at++) {
    const token = list[at]!
    const use = uses.find((u) => u.at === at)
    if (use !== undefined) {
      out += spellRef(change.to)
      // An alias equal to the name is not printed.
      at = use.alias !== undefined && list[use.alias]!.name === change.to.name ? use.alias : use.end
    } else if (
      bare &&
      token.kind === 'name' &&
      token.name === change.from.name &&
      list[beside(list, at, 1)]?.text === '.' &&
      list[beside(list, at, -1)]?.text !== '.'
    ) {
      out += spellName(change.to.name)
    } else out += token.text
  }
  return out
}

/** The query with a column of another name; its output columns keep theirs. */
export function renameQueryColumn(
  list: readonly Token[],
  change: { readonly table: Ref; readonly from: string; readonly to: string },
): string {
  const { uses, sources, outputs } = read(list, change.table)
  if (uses.length === 0) return list.map((t) => t.text).join('')
  const qualifiers = new Set(uses.map((u) => (u.alias === undefined ? change.table.name : list[u.alias]!.name!)))
  const alone = sources === 1
  let out = ''
  for (let at = 0; at < list.length; at++) {
    const token = list[at]!
    if (token.kind !== 'name' || token.name !== change.from || !isColumnOf(list, at, qualifiers, alone)) {
      out += token.text
      continue
    }
    out += spellName(change.to)
    if (!outputs.has(at) || !isWhole(list, at)) continue
    const as = beside(list, at, 1)
    const name = beside(list, as, 1)
    if (list[as]?.name !== 'as') out += ` AS ${spellName(change.from)}`
    else if (list[name]?.name === change.to) at = name
  }
  return out
}

function isColumnOf(list: readonly Token[], at: number, qualifiers: ReadonlySet<string>, alone: boolean): boolean {
  const b = beside(list, at, -1)
  const after = list[beside(list, at, 1)]?.text
  if (after === '(' || after === '.') return false
  if (list[b]?.text === '.') return qualifiers.has(list[beside(list, b, -1)]?.name ?? '')
  return (
    alone && list[b]?.text !== '::' && list[b]?.name !== 'as' && list[b]?.name !== 'from' && list[b]?.name !== 'join'
  )
}

/** Whether a column is all of its output column: nothing but its qualifier before it, nothing but a name after it. */
function isWhole(list: readonly Token[], at: number): boolean {
  let start = beside(list, at, -1)
  if (list[start]?.text === '.') start = beside(list, beside(list, start, -1), -1)
  const before = list[start]
  const after = list[beside(list, at, 1)]
  const begins =
    before?.text === ',' ||
    before?.name === 'select' ||
    before?.name === 'distinct' ||
    (before?.text === ')' && list[beside(list, start, -1)] !== undefined)
  return (
    begins &&
    (after === undefined ||
      after.text === ',' ||
      after.text === ';' ||
      after.text === ')' ||
      after.name === 'from' ||
      after.name === 'as')
  )
}
