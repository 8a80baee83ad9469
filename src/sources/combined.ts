/** Several sources as one schema: their DDL is run one after the other in the scratch database and read back. */
import { append } from '../util/append.ts'
import { diffFacts } from '../diff/model/facts.ts'
import { diff } from '../diff/diff.ts'
import { emptySchema } from '../schema/model.ts'
import { left } from './orm/orm-source.ts'
import { readDdl } from './sql.ts'
import type { DdlText, SchemaSource, SourceContext } from './source.ts'

/**
 * Objects that an ORM's models cannot express are declared in addition, in SQL or with `ambix/schema`. Throws SCHEMA.DUPLICATE where two
 * declare the same object, and the errors of the sources.
 */
export function combinedSource(sources: readonly SchemaSource[]): SchemaSource {
  const name = sources.map((s) => s.name).join(' + ')
  // What one source can express applies to all; what none can is left alone unless it was declared.
  let unmanaged: readonly string[] = []
  return {
    name,
    spelled: true,
    ownSchemas: sources.some((s) => s.ownSchemas === true),
    get unmanaged() {
      return unmanaged
    },
    get books() {
      return sources.flatMap((s) => s.books ?? [])
    },
    beside: async (connection, dialect) => {
      const found = []
      for (const source of sources) found.push(await source.beside?.(connection, dialect))
      const all = found.filter((b) => b !== undefined)
      return all.length === 0 ? undefined : { up: all.flatMap((b) => b.up), down: all.flatMap((b) => b.down) }
    },
    read: async (context) => {
      const texts: DdlText[] = []
      for (const source of sources) append(texts, await ddlOf(source, context))
      const schema = await readDdl(context, name, texts, false)
      const unsaid = new Set(sources.flatMap((s) => (s.ownSchemas === true ? s.unmanaged : [])))
      unmanaged = left([...unsaid], schema)
      return schema
    },
  }
}

async function ddlOf(source: SchemaSource, context: SourceContext): Promise<readonly DdlText[]> {
  if (source.ddl !== undefined) return source.ddl(context)
  const { dialect } = context
  const schema = dialect.normalize(await source.read(context))
  const { serverVersion } = await context.scratch()
  const statements = dialect.compile(
    diff(emptySchema, schema, { ...diffFacts(dialect.facts), hints: [] }).upgrade,
    emptySchema,
    {
      offline: false,
      serverVersion,
    },
  )
  return [{ name: source.name, text: statements.map((s) => `${s.sql.replace(/;\s*$/, '')};`).join('\n') }]
}
