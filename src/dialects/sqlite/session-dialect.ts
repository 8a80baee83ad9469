/** The part of SQLite's dialect that the runtime needs: facts, session statements, names and constants. */
import type { SessionDialect } from '../dialect.ts'
import { session } from './session.ts'
import { literal, quote } from './spell.ts'

export const sqliteSession: SessionDialect = {
  name: 'sqlite',
  facts: {
    transactionalDdl: true,
    names: { most: Number.MAX_SAFE_INTEGER, unit: 'characters' },
    defaultPort: 0,
    comments: false,
    enums: 'check',
    schemas: false,
    constraintNames: false,
    newUuid:
      "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))",
    alterColumn: ['type', 'nullable', 'default', 'generated', 'collation', 'rename'],
  },
  session,
  quote,
  literal: (value) => literal(value),
}
