/** Rules for splitting SQL text of other dialects than PostgreSQL's. */
import type { SqlTextRules } from './split-sql.ts'

/** Names in backticks, routines with bodies of several statements. */
export const backtickText: SqlTextRules = {
  backslashEscapes: true,
  hashComments: true,
  flatComments: true,
  doubleQuotedStrings: true,
  plainDollars: true,
  blankAfterDashes: true,
  executableComments: true,
  compoundBodies: true,
}

/**
 * The session settings, which also begin a script: a value that does not fit is an error and never truncated, and a backslash
 * escapes in strings, as all SQL of ambix assumes; the rest of the server's sql_mode is kept (ANSI_QUOTES too).
 * MariaDB refuses every ALTER of a system-versioned table unless the setting allows it to alter the history rows too.
 */
export const backtickSession = `SET SESSION /*M!100304 system_versioning_alter_history = 'KEEP', */ sql_mode = CONCAT_WS(',', NULLIF(TRIM(BOTH ',' FROM REPLACE(REPLACE(CONCAT(',', @@SESSION.sql_mode, ','), ',NO_BACKSLASH_ESCAPES,', ','), ',IGNORE_SPACE,', ',')), ''), IF(@@SESSION.sql_mode REGEXP 'STRICT_(TRANS|ALL)_TABLES', NULL, 'STRICT_TRANS_TABLES'))`

/** Names in brackets, too (https://sqlite.org/lang_keywords.html). */
export const bracketText: SqlTextRules = {
  flatComments: true,
  bracketNames: true,
  namesKeepCase: true,
}
