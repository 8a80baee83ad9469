/** A revision may name the default schema: what is compiled against the live schema, whose names go without it, finds them. */
import pg from 'pg'
import { expect, test } from 'vitest'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { catalog } from '../support/acceptance.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive, freshDatabase } from '../support/live.ts'

const start = `CREATE TYPE mood AS ENUM ('a', 'b', 'c'); CREATE TYPE state AS ENUM ('on', 'off');
CREATE TABLE t (id int PRIMARY KEY, n int, x mood DEFAULT 'a', s state[], schema text);
CREATE VIEW v AS SELECT n FROM t;
INSERT INTO t SELECT i, NULL, 'b', '{on}' FROM generate_series(1, 3) i;`

/** `${at}` is a property of the options, or nothing. */
const revision = (at: string): string => `import { bigint, integer, sql, text } from 'ambix/schema'
export const revision = 'a1'
export const downRevision = null
export function upgrade(op) {
  op.alterEnum('mood', { ${at} from: ['a', 'b', 'c'], to: ['c', 'a'], remap: { b: 'c' } })
  op.dropEnumValue('state', 'off', { ${at} })
  op.backfill('t', { ${at} set: { n: sql\`id\` }, where: sql\`n IS NULL\`, down: {} })
  op.alterColumn('t', 'n', { ${at} type: bigint() })
  op.addColumn('t', 'more', text(), { ${at} })
  op.bulkInsert('t', [{ id: 9, schema: 'public' }], { ${at} key: ['id'] })
}
export function downgrade(op) {
  op.execute('DELETE FROM t WHERE id = 9')
  op.dropColumn('t', 'more', { ${at} })
  op.alterColumn('t', 'n', { ${at} type: integer() })
  op.alterEnum('mood', { ${at} from: ['c', 'a'], to: ['a', 'b', 'c'] })
}
`

describeLive('the default schema', () => {
  test('named in operations is the one that they are in without a name', { timeout: 120_000 }, async () => {
    const ran = []
    for (const at of ['', `schema: 'public',`]) {
      const { url } = await freshDatabase()
      const client = new pg.Client(url)
      await client.connect()
      try {
        await client.query(start)
        const root = folderOf({ 'migrations/a1.ts': revision(at) })
        const rows = async (): Promise<unknown> => (await client.query('SELECT * FROM t ORDER BY id')).rows
        const told = await upgrade({ root, url }, 'head', { dryRun: true })
        const statements = told.flatMap((r) => (r.plan ?? []).flatMap((p) => p.statements))
        await upgrade({ root, url }, 'head')
        const up = [await catalog(url), await rows()]
        await downgrade({ root, url }, 'base')
        ran.push({ hazards: statements.flatMap((s) => s.hazards), up, down: [await catalog(url), await rows()] })
      } finally {
        await client.end()
      }
    }
    const [without, named] = ran
    expect(named).toEqual(without)
    expect(without!.up[1]).toMatchObject([{ n: '1', x: 'c' }, { n: '2' }, { n: '3' }, { id: 9, schema: 'public' }])
  })
})
