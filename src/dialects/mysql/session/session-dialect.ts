/** The part of MySQL's and MariaDB's dialect that the runtime needs: facts, session statements, names and constants. */
import type { SessionDialect } from '../../dialect.ts'
import { literal, quote } from '../spell/quote.ts'
import { session } from './session.ts'

export const mysqlSession: SessionDialect = {
  name: 'mysql',
  facts: {
    transactionalDdl: false,
    // The manuals: Identifier Length Limits; and 255 characters for a label (ENUM).
    names: { most: 64, unit: 'characters' },
    primaryKeyName: 'PRIMARY',
    labels: { most: 255, unit: 'characters' },
    defaultPort: 3306,
    comments: true,
    enums: 'inline',
    schemas: true,
    ownIndexNames: true,
    // The manual of MySQL, RENAME TABLE; MariaDB does it with foreign keys.
    namesWithTable: ['_ibfk_'],
    newUuid: 'uuid()',
    alterColumn: ['type', 'nullable', 'default', 'identity', 'comment', 'rename', 'collation'],
  },
  session,
  quote,
  literal: (value) => literal(value),
}
