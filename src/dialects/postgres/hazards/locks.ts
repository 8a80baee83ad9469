/** The table lock that a statement takes, and whom it keeps out (manual, 13.3 and the pages of the statements). */

/** What each lock blocks. SHARE UPDATE EXCLUSIVE only blocks other schema changes and is not a hazard. */
export const blocks: Readonly<Record<string, 'BLOCKS_READS' | 'BLOCKS_WRITES'>> = {
  'ACCESS EXCLUSIVE': 'BLOCKS_READS',
  EXCLUSIVE: 'BLOCKS_WRITES',
  'SHARE ROW EXCLUSIVE': 'BLOCKS_WRITES',
  SHARE: 'BLOCKS_WRITES',
}

/** The strongest table lock that a statement takes, by its text. */
export function lockOf(sql: string): string | undefined {
  const s = sql.toUpperCase()
  if (/^ALTER TABLE\b/u.test(s)) {
    if (/ VALIDATE CONSTRAINT | SET STATISTICS | CLUSTER ON | SET WITHOUT CLUSTER| CONCURRENTLY/u.test(s))
      return 'SHARE UPDATE EXCLUSIVE'
    if (/^ALTER TABLE \S+ (RE)?SET \(/u.test(s)) return 'SHARE UPDATE EXCLUSIVE'
    if (/ FOREIGN KEY | (EN|DIS)ABLE (REPLICA |ALWAYS )?TRIGGER /u.test(s)) return 'SHARE ROW EXCLUSIVE'
    return 'ACCESS EXCLUSIVE'
  }
  if (/^((CREATE (UNIQUE )?|DROP )INDEX CONCURRENTLY|REINDEX \(?.*\bCONCURRENTLY|(CREATE|DROP) STATISTICS) /u.test(s))
    return 'SHARE UPDATE EXCLUSIVE'
  if (/^(CREATE (UNIQUE )?INDEX|REINDEX) /u.test(s)) return 'SHARE'
  const asked = /^LOCK .* IN ([A-Z ]+) MODE/u.exec(s)?.[1]
  if (asked !== undefined) return asked
  if (/^CREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER /u.test(s)) return 'SHARE ROW EXCLUSIVE'
  if (s.startsWith('REFRESH MATERIALIZED VIEW CONCURRENTLY ')) return 'EXCLUSIVE'
  if (/^COMMENT ON (TABLE|COLUMN|CONSTRAINT|INDEX) /u.test(s)) return 'SHARE UPDATE EXCLUSIVE'
  if (
    /^(TRUNCATE|CLUSTER|VACUUM .*\bFULL\b.*|VACUUM FULL|LOCK|DROP (TABLE|INDEX|TRIGGER|POLICY|RULE|VIEW|MATERIALIZED VIEW)|CREATE (OR REPLACE )?RULE|(CREATE|ALTER) POLICY|REFRESH|CREATE OR REPLACE VIEW|ALTER (TRIGGER|POLICY|RULE|MATERIALIZED VIEW|VIEW)) /u.test(
      s,
    )
  ) {
    return 'ACCESS EXCLUSIVE'
  }
  return /^(UPDATE|INSERT|DELETE) /u.test(s) ? 'ROW EXCLUSIVE' : undefined
}

/** The effect of a lock on other sessions, as text. */
export function held(code: string, on: string): string {
  return `nobody ${code === 'BLOCKS_READS' ? 'reads or writes' : 'writes'} ${on} until the transaction ends`
}
