/** How SQL text for MySQL and MariaDB is cut into tokens and statements. */
import type { SqlTextRules } from '../util/split-sql.ts'

export const mysqlText: SqlTextRules = {
  backslashEscapes: true,
  hashComments: true,
  flatComments: true,
  doubleQuotedStrings: true,
  plainDollars: true,
  blankAfterDashes: true,
  executableComments: true,
  compoundBodies: true,
}
