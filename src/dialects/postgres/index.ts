/** PostgreSQL, as the rest of ambix speaks to it. */
import type { Dialect } from '../dialect.ts'
import { compile } from './compile.ts'
import { parseDefault, writeDefault } from './defaults.ts'
import { normalize } from './normalize.ts'
import { reflect } from './reflect.ts'
import { rowQuery } from './row-query.ts'
import { postgresSession } from './session-dialect.ts'
import { parseType, writeType } from './types.ts'

export const postgres: Dialect = {
  ...postgresSession,
  compile,
  normalize,
  reflect,
  rowQuery,
  writeType,
  parseType: (text) => parseType(text),
  writeDefault,
  parseDefault,
}
