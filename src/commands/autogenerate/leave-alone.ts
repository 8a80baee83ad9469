/** Differences that the project leaves alone: `compareType` and `compareServerDefault` (specs/alembic.md E11, E12). */
import { isDeepStrictEqual } from 'node:util'
import { answerOf } from '../../config/answer.ts'
import type { Column, Schema, SchemaObject } from '../../schema/model.ts'
import type { ConfigureOptions } from '../project/environment.ts'

/** The target schema, with the database's own types and defaults where the project treats them as equal. */
export function leaveAlone(
  current: Schema,
  wished: Schema,
  configured: Pick<ConfigureOptions, 'compareType' | 'compareServerDefault'>,
): Schema {
  const { compareType = true, compareServerDefault = true } = configured
  if (compareType === true && compareServerDefault === true) return wished
  const objects = new Map<string, SchemaObject>(wished.objects)
  for (const [key, table] of wished.objects) {
    const before = current.objects.get(key)
    if (table.kind !== 'table' || before?.kind !== 'table') continue
    const columns = table.columns.map((column): Column => {
      const was = before.columns.find((c) => c.name === column.name)
      if (was === undefined) return column
      const same = (which: keyof typeof configured, a: unknown, b: unknown): boolean => {
        const how = configured[which] ?? true
        if (how === true || isDeepStrictEqual(a, b)) return false
        if (how === false) return true
        const compared = { table: table.name, schema: table.schema, column: column.name, before: a, after: b }
        return !answerOf(which, how(compared))
      }
      let result = column
      if (same('compareType', was.type, column.type)) result = { ...result, type: was.type, collation: was.collation }
      if (same('compareServerDefault', was.default, column.default)) result = { ...result, default: was.default }
      return result
    })
    objects.set(key, { ...table, columns })
  }
  return { ...wished, objects }
}
