/** Which statements may change a session beyond their transaction: the next target must not meet what they leave. */
import { statementTexts } from '../../util/split-sql.ts'
import type { SqlTextRules } from '../../util/split-sql.ts'

const calls = 'set_config|pg_(?:try_)?advisory_lock(?:_shared)?|temp|temporary|pg_temp\\w*'
const called = new RegExp(`\\b(?:${calls})\\b`, 'i')
const said = new RegExp(`\\b(?:${calls}|set|reset|discard|prepare|listen|load|hold)\\b`, 'i')
/** In these SET is of columns and tables; they reach the session by what they call, and by tables of its own. */
const ofObjects = /^(?:alter|comment|create|delete|drop|grant|insert|merge|revoke|select|truncate|update|with)\b/i

export const touchesSession = (sql: string, rules: SqlTextRules | undefined): boolean =>
  said.test(sql) && statementTexts(sql, rules).some((text) => (ofObjects.test(text) ? called : said).test(text))
