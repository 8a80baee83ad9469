/** How SQL text is cut where it is not written as PostgreSQL writes it. */
import type { SqlTextRules } from './split-sql.ts'

/** Names in backticks, routines with bodies of statements. */
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
 * What a session is set to, and a script begins with: a value that does not fit is an error and never cut, and a backslash
 * escapes in strings, as everything that ambix writes assumes; the rest of the server's sql_mode stays (ANSI_QUOTES too).
 * MariaDB refuses every ALTER of a versioned table unless it is said that the rows of the past are altered with it.
 */
export const backtickSession = `SET SESSION /*M!100304 system_versioning_alter_history = 'KEEP', */ sql_mode = CONCAT_WS(',', NULLIF(TRIM(BOTH ',' FROM REPLACE(REPLACE(CONCAT(',', @@SESSION.sql_mode, ','), ',NO_BACKSLASH_ESCAPES,', ','), ',IGNORE_SPACE,', ',')), ''), IF(@@SESSION.sql_mode REGEXP 'STRICT_(TRANS|ALL)_TABLES', NULL, 'STRICT_TRANS_TABLES'))`

/** Names in brackets, too (https://sqlite.org/lang_keywords.html). */
export const bracketText: SqlTextRules = {
  flatComments: true,
  bracketNames: true,
  namesKeepCase: true,
}
