/** The schema of a live database, as its dialect reads it. */
import type { Connection } from '../drivers/driver.ts'
import type { SchemaSource } from './source.ts'

/** From a database that `open` connects to; closed after reading unless `keep` is set. Throws DATABASE.*. */
export function databaseSource(
  name: string,
  open: () => Promise<Connection>,
  options: { readonly keep?: boolean } = {},
): SchemaSource {
  return {
    name,
    spelled: true,
    unmanaged: [],
    read: async ({ dialect, scope }) => {
      const connection = await open()
      try {
        return await dialect.reflect(connection, scope)
      } finally {
        if (options.keep !== true) await connection.close()
      }
    },
  }
}
