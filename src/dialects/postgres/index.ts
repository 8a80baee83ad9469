/** PostgreSQL, as the rest of ambix speaks to it. */
import type { Dialect } from '../dialect.ts'
import { compile } from './compile.ts'
import { parseDefault, writeDefault } from './defaults.ts'
import { normalize } from './normalize.ts'
import { literal, quoteIdent } from './quote.ts'
import { reflect } from './reflect.ts'
import { rowQuery } from './row-query.ts'
import { session } from './session.ts'
import { parseType, writeType } from './types.ts'

export const postgres: Dialect = {
  name: 'postgres',
  facts: {
    transactionalDdl: true,
    identifierBytes: 63,
    defaultPort: 5432,
    comments: true,
    enums: 'types',
    schemas: true,
    alterColumn: ['type', 'nullable', 'default', 'identity', 'generated', 'comment', 'rename', 'collation'],
  },
  session,
  compile,
  normalize,
  reflect,
  rowQuery,
  quote: quoteIdent,
  literal,
  writeType,
  parseType: (text) => parseType(text),
  writeDefault,
  parseDefault,
}
