/** Revisions with parts outside of a transaction, gone on with on targets of one database. */
import { expect, test } from 'vitest'
import { describeLive } from '../support/live.ts'
import { revisionFile } from '../cli/sandbox.ts'
import { first, fleetOf, type Fleet } from './tenants.ts'

const indexed = revisionFile('bbbbbbbbbbbb', 'aaaaaaaaaaaa', {
  up: `op.createIndex('users_id', 'users', ['id'], { concurrently: true })
  op.execute("SET statement_timeout = '33s'")`,
})

/** The session that builds the index, once it waits for others. */
async function building(f: Fleet): Promise<string> {
  for (;;) {
    const rows = await f.sql(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'",
    )
    if (rows.length > 0) return rows[0]![0]!
    // In a transaction the view stays as it was first read.
    await f.sql('SELECT pg_stat_clear_snapshot(), pg_sleep(0.02)')
  }
}

describeLive('a part that was cut off', (server) => {
  test(
    'is gone on with in the schema of its target, and leaves no setting to the next',
    { timeout: 60_000 },
    async () => {
      const f = await fleetOf(server, 2, { files: { 'migrations/a.ts': first, 'migrations/b.ts': indexed } })
      await f.run('upgrade', 'aaaaaaaaaaaa')
      // What has the same name where the connection itself looks names up is none of the targets.
      await f.sql('CREATE TABLE users (id integer)')
      const targets = [{ id: 't0000', schema: 't0000' }]
      await f.sql('BEGIN')
      await f.sql('LOCK TABLE t0000.users IN ROW EXCLUSIVE MODE')
      const cut = f.run('upgrade', 'head', {}, { targets })
      await f.sql(`SELECT pg_terminate_backend(${await building(f)})`)
      await f.sql('COMMIT')
      expect(await cut).toMatchObject({ done: 0, failed: 1 })
      expect(await f.sql("SELECT state FROM t0000.ambix_journal WHERE state = 'started'")).toHaveLength(1)

      const settings: string[] = []
      const up = await f.run('upgrade', 'head', {
        parallel: 1,
        onSql: (sql) => void (sql.includes('DISCARD ALL') && settings.push(sql)),
      })
      expect(up).toMatchObject({ done: 2, failed: 0 })
      expect(settings.length).toBeGreaterThan(0)
      const index = 'SELECT indrelid::regclass::text, indisvalid FROM pg_index'
      expect(
        await f.sql(`${index} JOIN pg_class c ON c.oid = indexrelid WHERE c.relname = 'users_id' ORDER BY 1`),
      ).toEqual([
        ['t0000.users', 'true'],
        ['t0001.users', 'true'],
      ])
    },
  )
})
