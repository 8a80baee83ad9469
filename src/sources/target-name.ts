/** The name of the target's database, which DDL and raw SQL may say and which a scratch database has not. */
import type { Dialect } from '../dialects/dialect.ts'
import type { Connection } from '../drivers/driver.ts'
import type { SourceContext } from './source.ts'

/** Undefined where no statement can name it. */
export async function targetName(connection: Connection, { session }: Dialect): Promise<string | undefined> {
  const { currentDatabase } = session
  return currentDatabase === undefined ? undefined : ((await connection.values(currentDatabase))[0]?.[0] ?? undefined)
}

/** Of a statement that is run in a scratch database: as it is run there, and why it must not be. */
export function inScratch(
  sql: string,
  { dialect }: Pick<SourceContext, 'dialect'>,
  database: string | undefined,
): { readonly sql: string; readonly refused?: string } {
  const plain = database === undefined ? undefined : dialect.withoutDatabase?.(sql, database)
  const text = plain ?? sql
  const refused = dialect.refuseInSchema?.(text)
  return { sql: text, ...(refused === undefined ? {} : { refused }) }
}
