/** PostgreSQL as the runtime alone needs it: facts, session texts, names and constants. */
import type { SessionDialect } from '../../dialect.ts'
import { usualNames } from '../../../schema/name-limit.ts'
import { literal, quoteIdent } from '../spell/quote.ts'
import { session } from './session.ts'

export const postgresSession: SessionDialect = {
  name: 'postgres',
  facts: {
    transactionalDdl: true,
    safeForms: true,
    names: usualNames,
    defaultPort: 5432,
    comments: true,
    enums: 'types',
    schemas: true,
    alterColumn: ['type', 'nullable', 'default', 'identity', 'generated', 'comment', 'rename', 'collation'],
  },
  session,
  quote: quoteIdent,
  literal,
}
