/** What to write instead of a name that one of ambix's own modules does not export. */
import { createRequire } from 'node:module'
import { closest } from '../closest.ts'

/** Spellings of PostgreSQL, MySQL and of other tools' builders, and how `ambix/schema` says them. */
const spellings: Readonly<Record<string, string>> = {
  bool: 'boolean',
  datetime: 'timestamp',
  double: 'doublePrecision',
  enum: 'enumType',
  float: 'doublePrecision',
  float4: 'real',
  float8: 'doublePrecision',
  int: 'integer',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  mysqlenum: 'inlineEnum',
  mysqltable: 'table',
  pgenum: 'enumType',
  pgschema: 'schema',
  pgtable: 'table',
  serial2: 'smallserial',
  serial4: 'serial',
  serial8: 'bigserial',
  sqlitetable: 'table',
  string: 'text',
  timestamptz: 'timestamp({ withTimeZone: true })',
  timetz: 'time({ withTimeZone: true })',
}

/** The next step after `message`, Node's own, about an import in `file`; undefined where it is about another module or says otherwise. */
export function adviceOnExport(file: string, message: string): string | undefined {
  const [, module, name] = /module '(ambix(?:\/[\w-]+)?)' does not provide an export named '(\w+)'/.exec(message) ?? []
  if (module === undefined || name === undefined) return undefined
  const elsewhere = ['ambix', 'ambix/schema'].find((other) => exportsOf(file, other).includes(name))
  if (elsewhere !== undefined) return `Import ${name} from '${elsewhere}'`
  // A type leaves nothing behind that could be imported.
  if (/^[A-Z]/.test(name)) return `If ${name} is a type, write: import type { ${name} } from '${module}'`
  const names = exportsOf(file, module)
  const said = spellings[name.toLowerCase()]
  const meant = said !== undefined && names.includes(said.split('(')[0]!) ? said : closest(name, names)
  return meant === undefined ? undefined : `Did you mean ${meant}?`
}

/** As the file's own import would find them. */
function exportsOf(file: string, module: string): readonly string[] {
  try {
    return Object.keys(createRequire(file)(module) as object)
  } catch {
    return []
  }
}
