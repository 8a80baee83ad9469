/** SQLite, as the rest of ambix speaks to it: what it does natively; the rest is refused in words. */
import type { Dialect } from '../dialect.ts'
import { compile } from './compile.ts'
import { normalize } from './normalize.ts'
import { reflect } from './reflect.ts'
import { rowQuery } from './row-query.ts'
import { session } from './session.ts'
import { literal, parseDefault, parseType, quote, writeDefault, writeType } from './spell.ts'

export const sqlite: Dialect = {
  name: 'sqlite',
  facts: {
    transactionalDdl: true,
    identifierBytes: Number.MAX_SAFE_INTEGER,
    defaultPort: 0,
    comments: false,
    enums: 'check',
    schemas: false,
    alterColumn: ['rename'],
  },
  session,
  compile,
  normalize,
  reflect,
  rowQuery,
  quote,
  literal: (value) => literal(value),
  writeType,
  parseType,
  writeDefault: (value) => writeDefault(value),
  parseDefault,
}
