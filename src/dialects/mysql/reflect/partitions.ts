/** How a table is partitioned, as the text that PARTITION BY takes. */
import { quote, text } from '../spell/quote.ts'

type Row = readonly (string | null)[]

/**
 * The text after PARTITION BY in the output of SHOW CREATE TABLE, in one line and without what the server adds by itself: the
 * engine of the table, and the day on which counting of an interval began. Undefined where there is none.
 */
export function shownPartitions(create: string): string | undefined {
  const at = create.lastIndexOf('\n PARTITION BY ')
  if (at < 0) return undefined
  return create
    .slice(at + '\n PARTITION BY '.length)
    .split(/('(?:[^'\\]|\\[\s\S]|'')*'|`(?:[^`]|``)*`)/u)
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll(/\s+/gu, ' ').replaceAll(/ ENGINE = \w+/gu, '')))
    .join('')
    .replace(/^(SYSTEM_TIME INTERVAL [^(]*?) STARTS TIMESTAMP'[^']*'/u, '$1')
    .trim()
}

/** `RANGE (…) (PARTITION p0 VALUES LESS THAN (10), …)`; rows in order, one for each partition or subpartition. */
export function partitionText(rows: readonly Row[]): string {
  const first = rows[0]!
  const method = first[3] ?? ''
  const parts = new Map<string, Row[]>()
  for (const row of rows) parts.set(row[1]!, [...(parts.get(row[1]!) ?? []), row])
  const subs = first[4] === null || first[4] === undefined ? '' : subpartitions(first, [...parts.values()])
  const head = `${method} (${first[5] ?? ''})${subs}`
  // HASH and KEY give only a count; RANGE and LIST name each partition.
  if (/HASH|KEY/u.test(method) && [...parts.keys()].every((name, i) => name === `p${i}`))
    return parts.size === 1 ? head : `${head} PARTITIONS ${parts.size}`
  const own = subs !== '' && rows.some((r) => !/^sp\d+$/u.test((r[2] ?? '').slice(r[1]?.length)))
  const list = [...parts].map(([name, of]) => {
    const inside = of.map((r) => `SUBPARTITION ${quote(r[2] ?? '')}${comment(r)}`).join(', ')
    return `PARTITION ${quote(name)}${values(method, of[0]![7])}${own ? ` (${inside})` : comment(of[0]!)}`
  })
  return `${head} (${list.join(', ')})`
}

function subpartitions(first: Row, parts: readonly (readonly Row[])[]): string {
  return ` SUBPARTITION BY ${first[4]} (${first[6] ?? ''}) SUBPARTITIONS ${parts[0]?.length ?? 1}`
}

function values(method: string, description: string | null | undefined): string {
  if (description === null || description === undefined) return ''
  if (method.startsWith('LIST')) return description === 'DEFAULT' ? ' DEFAULT' : ` VALUES IN (${description})`
  if (!method.startsWith('RANGE')) return description === 'CURRENT' ? ' CURRENT' : ''
  return ` VALUES LESS THAN ${description === 'MAXVALUE' ? 'MAXVALUE' : `(${description})`}`
}

function comment(row: Row): string {
  const said = row[8]
  return said === null || said === undefined || said === '' ? '' : ` COMMENT = ${text(said)}`
}
