/** How a table is partitioned, as the text that PARTITION BY takes. */
import { quote, text } from '../spell/quote.ts'

type Row = readonly (string | null)[]

/** `RANGE (…) (PARTITION p0 VALUES LESS THAN (10), …)`; rows in order, one for each partition or subpartition. */
export function partitionText(rows: readonly Row[]): string {
  const first = rows[0]!
  const method = first[3] ?? ''
  const parts = new Map<string, Row[]>()
  for (const row of rows) parts.set(row[1]!, [...(parts.get(row[1]!) ?? []), row])
  const subs = first[4] === null || first[4] === undefined ? '' : subpartitions(first, [...parts.values()])
  const head = `${method} (${first[5] ?? ''})${subs}`
  // HASH and KEY say only how many; RANGE and LIST name each.
  if (/HASH|KEY/u.test(method) && [...parts.keys()].every((name, i) => name === `p${i}`))
    return parts.size === 1 ? head : `${head} PARTITIONS ${parts.size}`
  const list = [...parts].map(([name, of]) => `PARTITION ${quote(name)}${values(method, of[0]![7])}${comment(of[0]!)}`)
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
