/** Named parameters in SQL text: found by `:name`, never within strings, comments, casts or quoted names. */
import { AmbixError } from '../../errors.ts'
import { lexSql } from '../../util/split-sql.ts'
import type { SqlTextRules } from '../../util/split-sql.ts'

/** A text cut at its parameters: `pieces` has one more item than `names`. */
export interface Parameterised {
  readonly pieces: readonly string[]
  readonly names: readonly string[]
}

/** Finds `:name`; `\:name` is a plain colon, `::type` a cast, `a[1:n]` after a number or name a slice. */
export function readParameters(sql: string, rules?: SqlTextRules): Parameterised {
  if (!sql.includes(':')) return { pieces: [sql], names: [] }
  const pieces: string[] = []
  const names: string[] = []
  let piece = ''
  let from = 0
  let colon: { readonly at: number; readonly escaped: boolean } | undefined
  let lastEnd = -1
  let lastColon = -1
  let bracket = 0
  lexSql(
    sql,
    (kind, start, end) => {
      const mark = kind === 'mark' ? sql[start] : undefined
      if (mark === '[') bracket++
      else if (mark === ']') bracket--
      if (mark === ':') {
        const escaped = sql[start - 1] === '\\'
        if (escaped) {
          piece += sql.slice(from, start - 1)
          from = start
        }
        const cast = lastColon === start - 1 || sql[start + 1] === ':' || sql[start + 1] === '='
        // Within brackets a colon after something is a slice.
        const slice = bracket > 0 && lastEnd === start && /[\w)\]]/u.test(sql[start - 1] ?? '')
        colon = cast || slice ? undefined : { at: start, escaped }
        lastColon = start
      } else {
        if (kind === 'word' && colon !== undefined && colon.at === start - 1 && !colon.escaped) {
          pieces.push(piece + sql.slice(from, colon.at))
          names.push(sql.slice(start, end))
          piece = ''
          from = end
        }
        colon = undefined
      }
      lastEnd = end
    },
    rules,
  )
  pieces.push(piece + sql.slice(from))
  return { pieces, names }
}

/** The text with something in the place of each parameter. */
export function fillParameters(p: Parameterised, write: (name: string, position: number) => string): string {
  return p.pieces.map((piece, i) => (i === 0 ? piece : write(p.names[i - 1]!, i - 1) + piece)).join('')
}

/** The distinct names in the order of their first use. */
export function parameterNames(p: Parameterised): readonly string[] {
  return [...new Set(p.names)]
}

/** A row's value for a parameter. Throws OPERATION.INVALID where the row has none. */
export function parameterValue(row: Readonly<Record<string, unknown>>, name: string, number: number): unknown {
  if (!Object.hasOwn(row, name)) {
    throw new AmbixError('OPERATION.INVALID', `op.execute: row ${number + 1} has no value for :${name}`, {
      why: `It has ${Object.keys(row).join(', ') || 'nothing'}.`,
      next: ['Give every row all the names, or write \\: where a plain colon is meant.'],
      data: { operation: 'execute', parameter: name, row: number },
    })
  }
  return row[name] ?? null
}
