/** The dialect of PostgreSQL. */
import type { Dialect } from '../dialect.ts'
import { compile } from './compile/compile.ts'
import { parseDefault, writeDefault } from './spell/defaults.ts'
import { normalize } from './reflect/normalize.ts'
import { reflect } from './reflect/reflect.ts'
import { largeTables, rowQuery } from './casts/row-query.ts'
import { postgresSession } from './session/session-dialect.ts'
import { parseType, writeType } from './spell/types.ts'
import { valueType } from './spell/value-type.ts'

export const postgres: Dialect = {
  ...postgresSession,
  compile,
  normalize,
  reflect,
  rowQuery,
  largeTables,
  writeType,
  valueType,
  parseType: (text) => parseType(text),
  writeDefault,
  parseDefault,
  brokenBodies: async (db) => (await import('./reflect/broken-bodies.ts')).brokenBodies(db),
  style: async (ops, before) => (await import('./hazards/style.ts')).style(ops, before),
}
