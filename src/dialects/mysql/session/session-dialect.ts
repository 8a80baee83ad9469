/** MySQL and MariaDB as the runtime alone needs them: facts, session texts, names and constants. */
import type { SessionDialect } from '../../dialect.ts'
import { literal, quote } from '../spell/quote.ts'
import { session } from './session.ts'

export const mysqlSession: SessionDialect = {
  name: 'mysql',
  facts: {
    transactionalDdl: false,
    // 64 characters in the manual; names of more bytes than characters are rare, and the server says so.
    identifierBytes: 64,
    defaultPort: 3306,
    comments: true,
    enums: 'inline',
    schemas: true,
    ownIndexNames: true,
    newUuid: 'uuid()',
    alterColumn: ['type', 'nullable', 'default', 'identity', 'comment', 'rename', 'collation'],
  },
  session,
  quote,
  literal: (value) => literal(value),
}
