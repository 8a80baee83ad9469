/** Starts what all test files share, once a run: one PostgreSQL server. Without one the live tests skip, and say so. */
import type { TestProject } from 'vitest/node'
import { startServer, type ServerOptions } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of this run; or why there is none. */
    postgres: { readonly url: string; readonly version: string } | { readonly reason: string }
  }
}

const versions = ['15', '18', 'any'] as const

/** AMBIX_TEST_PG_VERSION asks for a major version. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const asked = process.env['AMBIX_TEST_PG_VERSION'] ?? 'any'
  const version: ServerOptions['version'] = versions.find((v) => v === asked) ?? 'any'
  try {
    const server = await startServer({ version })
    project.provide('postgres', { url: server.url('postgres'), version: server.version })
    return () => server.stop()
  } catch (error) {
    const reason = (error as Error).message
    console.error(`Live tests are skipped: ${reason}`)
    project.provide('postgres', { reason })
    return undefined
  }
}
