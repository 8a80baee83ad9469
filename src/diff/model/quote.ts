/** Names and strings in standard SQL, for the few texts that the diff has to write itself. */
import type { Ref } from '../../schema/model.ts'

/** `status`, `"Post Status"`: quoted unless it is plain lower case. */
export function name(identifier: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(identifier) && !reserved.has(identifier)
    ? identifier
    : `"${identifier.replaceAll('"', '""')}"`
}

export function refName(ref: Ref): string {
  return ref.schema === undefined ? name(ref.name) : `${name(ref.schema)}.${name(ref.name)}`
}

export function literal(value: string | null): string {
  return value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`
}

/** Words that must be quoted as a column or table name (PostgreSQL, appendix C: reserved). */
const reserved: ReadonlySet<string> = new Set(
  (
    'all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column ' +
    'concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp ' +
    'current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having ' +
    'ilike in initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not ' +
    'notnull null offset on only or order outer overlaps placing primary references returning right select session_user similar ' +
    'some symmetric system_user table tablesample then to trailing true union unique user using variadic verbose when where window with'
  ).split(' '),
)
