/** A child table or partition that has all from its parent is one operation: what comes with the parent's is not said again. */
import { expect, test } from 'vitest'
import { diff } from '../../src/diff/diff.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import type { Schema } from '../../src/schema/model.ts'
import { describeLive } from '../support/live.ts'
import { inDatabase } from './pulled.ts'

const parents = `CREATE TABLE p (id serial PRIMARY KEY, i int GENERATED ALWAYS AS IDENTITY, n text NOT NULL DEFAULT 'x', m int);
CREATE TABLE t (id bigserial, g int GENERATED ALWAYS AS (1 + 1) STORED, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (id, at))
  PARTITION BY RANGE (at);`
const heirs = `CREATE TABLE c (x int) INHERITS (p);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');`

describeLive('plain heirs', (server) => {
  const reflected = async (sql: string): Promise<Schema> => {
    let schema: Schema | undefined
    await inDatabase(server, async (connection) => {
      await connection.script(sql)
      schema = await postgres.reflect(connection, { schemas: 'all', privileges: true })
    })
    return schema!
  }
  const between = async (from: string, to: string): Promise<{ up: readonly string[]; down: readonly string[] }> => {
    const { upgrade, downgrade } = diff(await reflected(from), await reflected(to), { hints: [], answers: new Map() })
    const named = (ops: typeof upgrade): readonly string[] =>
      ops.map((op) => `${op.kind} ${'table' in op && op.table !== undefined ? op.table.name : ''}`).toSorted()
    return { up: named(upgrade), down: named(downgrade) }
  }

  test('come and go', async () => {
    expect(await between(parents, parents + heirs)).toEqual({
      up: ['createTable c', 'createTable t1'],
      down: ['dropTable c', 'dropTable t1'],
    })
    expect(await between(parents + heirs, parents)).toEqual({
      up: ['dropTable c', 'dropTable t1'],
      down: ['createTable c', 'createTable t1'],
    })
  })

  test('get the columns that their parents get, and defaults', async () => {
    const more = `ALTER TABLE p ADD s text DEFAULT 'y', ALTER m SET DEFAULT 3; ALTER TABLE t ADD s text DEFAULT 'y', ADD r serial;`
    expect(await between(parents + heirs, parents + heirs + more)).toEqual({
      up: ['addColumn p', 'addColumn t', 'addColumn t', 'alterColumn p'],
      down: ['alterColumn p', 'dropColumn p', 'dropColumn t', 'dropColumn t'],
    })
  })
})
