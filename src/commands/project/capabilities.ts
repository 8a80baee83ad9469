/** The server's capabilities: from the configuration, else from the server's own description. */
import type { Settings } from '../../config/settings.ts'
import type { Capabilities, SessionDialect } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'

const all: Capabilities = { advisoryLock: true, transactionalDdl: true, concurrentIndex: true }

/** Sends no query where the driver knows it from the beginning of the session. */
export async function capabilitiesOf(
  { raw }: Settings,
  connection: Connection,
  { session }: SessionDialect,
): Promise<Capabilities> {
  const { capabilities, version } = session.server ?? {}
  if (capabilities === undefined || version === undefined) return { ...all, ...raw.capabilities }
  const told = connection.serverText ?? (await connection.values(version))[0]?.[0] ?? ''
  return { ...(capabilities(told) ?? all), ...raw.capabilities }
}
