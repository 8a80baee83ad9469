/** A schema in the models that would change what unqualified names refer to. */
import type { Dialect } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import type { Schema } from '../../schema/model.ts'
import { ownSchemaRefused } from '../../sources/own-schema.ts'

/** Throws DIFF.REFUSED where the target schema creates the schema that the role's search path has as its own (`"$user"`). */
export async function refuseOwnSchema(connection: Connection, { session }: Dialect, wished: Schema): Promise<void> {
  const named = new Set([...wished.objects.values()].flatMap((o) => (o.kind === 'schema' ? [o.name] : [])))
  if (named.size === 0 || session.ownSchema === undefined) return
  const role = (await connection.values(session.ownSchema))[0]?.[0]
  if (role === undefined || role === null || !named.has(role)) return
  throw ownSchemaRefused(role)
}
