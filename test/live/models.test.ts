/** Models as a source and as an output, on a real server and on PGlite: there, back, and what they leave alone. */
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { upgrade } from '../../src/commands/move.ts'
import { initFromDatabase } from '../../src/commands/pull.ts'
import { grant, integer, schema, sql, table, text, view } from '../../src/schema.ts'
import { collectSchema } from '../../src/schema/resolve/collect.ts'
import { columnKinds } from '../../src/schema/types.ts'
import { describeLive } from '../support/live.ts'
import { openPglite } from '../support/pglite.ts'
import { catalogOf } from './catalog-of.ts'
import { kitchen } from './kitchen.ts'
import { inDatabase, inFolder, pulled } from './pulled.ts'
import { runModels } from './models-on.ts'
import * as models from './models-schema.ts'

const { schema: model } = collectSchema([models], { names: { most: 63, unit: 'bytes' } })

test('the models have a column of every type', () => {
  const used = new Set(
    [...model.objects.values()].flatMap((o) => (o.kind === 'table' ? o.columns : [])).map((c) => c.type.kind),
  )
  expect(Object.keys(columnKinds).filter((kind) => !used.has(kind))).toEqual([])
})

test('everything that models can say goes there and back on PGlite', { timeout: 120_000 }, async () => {
  const extensions = [...model.objects.values()].flatMap((o) => (o.kind === 'extension' ? [o.name] : [])).join(',')
  const connection = await openPglite(extensions)
  try {
    const { problems } = await runModels(
      { schema: [models], url: `pglite://memory?extensions=${extensions}` },
      connection,
    )
    expect(problems).toEqual([])
  } finally {
    await connection.close()
  }
})

describeLive('models', (server) => {
  test('everything that they can say goes there and back', { timeout: 60_000 }, async () => {
    await inDatabase(server, async (connection, url) => {
      const { problems, file } = await runModels({ schema: [models], url }, connection)
      expect(problems).toEqual([])
      expect(file).toContain("op.createEnum('post_status', ['draft', 'approve', 'published']")
    })
  })

  test.each(['ts', 'sql'] as const)('one of every kind is pulled as %s', { timeout: 60_000 }, async (kind) => {
    await inDatabase(server, async (connection, url) => {
      await connection.script(kitchen)
      expect(await pulled(connection, url, kind)).toEqual([])
    })
  })

  test.each(['ts', 'sql'] as const)(
    'a scratch place of another version makes no difference of %s',
    { timeout: 60_000 },
    async (kind) => {
      await inDatabase(server, async (connection, url) => {
        await connection.script(kitchen)
        expect(await pulled(connection, url, kind, 'pglite')).toEqual([])
      })
    },
  )

  test('what is not declared stays: other kinds, other schemas, privileges', async () => {
    await inDatabase(server, async (connection, url) => {
      await connection.script(`
        create table t (id integer primary key, note text);
        create view by_hand as select id from t;
        grant select on by_hand, t to public;
        create function f() returns trigger language plpgsql as 'begin return new; end';
        create trigger tr before update on t for each row execute function f();
        create domain d as text;
        create schema other; create table other.theirs (x integer); create view other.v as select x from other.theirs;
        alter table t enable row level security; create policy p on t using (true)`)
      const t = table('t', { id: integer().primaryKey(), note: text() }, { rowSecurity: true })
      const found = async (collection: object): Promise<unknown> =>
        (await check({ url, schema: [collection] as never }, { connection }))[0]!.differences
      expect(await found({ t })).toEqual([])
      // Of a kind that is declared, what is not declared goes.
      expect(await found({ t, mine: view('mine', sql`select note from t`) })).toMatchObject([
        { kind: 'dropView', view: { name: 'by_hand' } },
        { kind: 'createView' },
      ])
      expect(await found({ t, g: grant('select', t, { to: 'public' }) })).toEqual([])
      expect(await found({ t, g: grant('update', t, { to: 'public' }) })).toMatchObject([
        { kind: 'revoke', on: { name: 't' } },
        { kind: 'grant', on: { name: 't' } },
      ])
      // The schema that the connection has anyway may be named.
      expect(
        await found({
          t: schema('public').table('t', { id: integer().primaryKey(), note: text() }, { rowSecurity: true }),
        }),
      ).toEqual([])
    })
  })

  test.each(['ts', 'sql'] as const)('a project starts from a database with %s', { timeout: 60_000 }, async (kind) => {
    await inDatabase(server, async (connection, url) => {
      await connection.script(kitchen)
      const before = await catalogOf(connection)
      await inFolder(async (root) => {
        const made = await initFromDatabase({ cwd: root, url, models: kind })
        expect(made.notes).toEqual([])
        expect(made.written).toHaveLength(4)
        expect(await catalogOf(connection)).toEqual(before)
        const config = { root, url, schema: kind === 'ts' ? './src/schema.ts' : './schema.sql' }
        const [found] = await check(config, { connection })
        expect(found).toMatchObject({ differences: [], decisions: [], atHeads: true })
        await expect(initFromDatabase({ cwd: root, url })).rejects.toMatchObject({ code: 'FILES.EXISTS' })
        // The baseline makes all of it on an empty database.
        await inDatabase(server, async (other, otherUrl) => {
          await upgrade({ ...config, url: otherUrl }, 'head', { connection: other })
          expect(await catalogOf(other)).toEqual(before)
        })
      })
    })
  })
})
