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

/** Names in brackets, too (https://sqlite.org/lang_keywords.html). */
export const bracketText: SqlTextRules = {
  flatComments: true,
  bracketNames: true,
  namesKeepCase: true,
}
