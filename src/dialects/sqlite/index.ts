/** The dialect of SQLite. */
import type { Dialect } from '../dialect.ts'
import { align } from './align.ts'
import { compile, needsBefore } from './compile.ts'
import { normalize } from './normalize.ts'
import { reflect } from './reflect.ts'
import { rowQuery } from './row-query.ts'
import { sqliteSession } from './session-dialect.ts'
import { parseDefault, parseType, writeDefault, writeType } from './spell.ts'
import { fillsIn, valueType, viewColumns } from './value-type.ts'

/** Another file is opened, written or copied to. */
const elsewhere = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:attach|detach|vacuum[^;]*\binto)\b/iu

export const sqlite: Dialect = {
  ...sqliteSession,
  compile,
  normalize,
  align,
  needsBefore,
  reflect,
  rowQuery,
  refuseInSchema: (statement) =>
    elsewhere.test(statement) ? 'It would reach another file than the scratch database.' : undefined,
  writeType,
  valueType,
  fillsIn,
  viewColumns,
  parseType,
  writeDefault: (value) => writeDefault(value),
  parseDefault,
}
