/** How SQL text is cut where names stand in backticks and routines have bodies of statements. */
import type { SqlTextRules } from './split-sql.ts'

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
