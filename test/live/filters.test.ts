/** What `includeName` and `includeObject` are asked, and that what they leave out is never touched (issue 9, M12 and M19). */
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import type { Config } from '../../src/config/config.ts'
import * as m from '../../src/schema.ts'
import { describeLive } from '../support/live.ts'
import { inDatabase } from './pulled.ts'

const database = `
  CREATE TABLE "log.events" (id integer PRIMARY KEY, "a.b" text); CREATE INDEX "log.ix" ON "log.events" ("a.b");
  CREATE TABLE "with blank" ("Q""uote" integer); CREATE SEQUENCE "seq.one";
  CREATE FUNCTION "f.n"(a integer, b text) RETURNS integer LANGUAGE sql AS 'select 1';
  CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
  CREATE TRIGGER "t.r" BEFORE UPDATE ON "log.events" FOR EACH ROW EXECUTE FUNCTION tr();
  CREATE SCHEMA "o.ther"; CREATE TABLE "o.ther".x (id integer PRIMARY KEY, n integer CONSTRAINT "n.positive" CHECK (n > 0));
  CREATE VIEW "o.ther"."v.w" AS SELECT id FROM "o.ther".x; CREATE TYPE "o.ther"."m.ood" AS ENUM ('a');
  CREATE TABLE t (id integer PRIMARY KEY, mine text, theirs integer DEFAULT 3, CONSTRAINT theirs_check CHECK (theirs > 0));
  CREATE INDEX theirs_ix ON t (theirs);`

const t = m.table('t', { id: m.integer().primaryKey(), mine: m.text() })

describeLive('filters', (server) => {
  test('are asked as Alembic documents, and what they leave out stays', { timeout: 120_000 }, async () => {
    await inDatabase(server, async (connection, url) => {
      await connection.script([database])
      const found = async (config: Partial<Config>, ...more: readonly object[]): Promise<readonly string[]> => {
        const full = {
          url,
          schema: [{ t }, ...more],
          schemas: 'all',
          manage: { view: true, routine: true, trigger: true },
          ...config,
        }
        const [one] = await check(full as Config, { connection })
        return one!.differences.map((op) =>
          `${op.kind} ${'table' in op && op.table !== undefined ? op.table.name : ''}`.trim(),
        )
      }
      const names: unknown[] = []
      const objects: unknown[] = []
      const left = await found({
        includeName: (name, kind, parents) => (names.push([kind, name, parents]), true),
        includeObject: ({ kind, name, schema, table, reflected, object, counterpart }) => {
          objects.push([kind, name, schema, table, reflected, counterpart !== undefined])
          expect(object).toBeDefined()
          return true
        },
      })
      expect(left.length).toBeGreaterThan(10)
      const other = { schema: 'o.ther' }
      for (const asked of [
        ['schema', null, {}],
        ['schema', 'o.ther', {}],
        ['table', 'log.events', {}],
        ['table', 'with blank', {}],
        ['sequence', 'seq.one', {}],
        ['routine', 'f.n', {}],
        ['trigger', 't.r', { table: 'log.events' }],
        ['table', 'x', other],
        ['view', 'v.w', other],
        ['enum', 'm.ood', other],
        ['column', 'theirs', { table: 't' }],
        ['index', 'theirs_ix', { table: 't' }],
        ['check_constraint', 'theirs_check', { table: 't' }],
      ])
        expect(names, String(asked)).toContainEqual(asked)
      // The default schema has no name, and each schema is asked about once.
      expect(names.filter((n) => (n as string[])[0] === 'schema')).toHaveLength(2)
      expect(objects).toContainEqual(['table', 't', undefined, undefined, false, true])
      expect(objects).toContainEqual(['table', 't', undefined, undefined, true, true])
      expect(objects).toContainEqual(['table', 'log.events', undefined, undefined, true, false])

      const mine = new Set(['t', 'id', 'mine', 't_pkey', 'public'])
      expect(await found({ includeObject: ({ name }) => mine.has(name) })).toEqual([])
      expect(await found({ includeName: (name) => name === null || mine.has(name) })).toEqual([])
      // A table that is left out keeps what hangs on it.
      expect(await found({ includeObject: ({ kind, name }) => kind !== 'table' || name === 't' })).not.toContain(
        'dropTrigger log.events',
      )
      // A whole schema.
      const inOther = (ops: readonly string[]): readonly string[] => ops.filter((o) => / x$|View|Enum|Schema/.test(o))
      expect(inOther(left).length).toBeGreaterThan(0)
      expect(inOther(await found({ includeName: (name, kind) => kind !== 'schema' || name === null }))).toEqual([])
      // The default one: what is declared in it is not made either.
      const fresh = m.table('fresh', { id: m.integer() })
      const onlyOther = await found({ includeName: (name, kind) => kind !== 'schema' || name !== null }, { fresh })
      expect(onlyOther.filter((o) => /fresh|log|blank| t$/.test(o))).toEqual([])
      // Parts: theirs is not dropped, mine is still compared.
      const parts = await found({
        includeObject: ({ kind, name, table }) =>
          table !== undefined ? !name.startsWith('theirs') : kind === 'table' && name === 't',
      })
      expect(parts).toEqual([])
      const wider = m.table('t', {
        id: m.integer().primaryKey(),
        mine: m.varchar(10),
        theirs: m.text(),
        theirs_too: m.text(),
      })
      const [one] = await check(
        {
          url,
          schema: [{ wider }],
          includeObject: ({ name }) =>
            name === 't' || (!name.startsWith('theirs') && !name.includes('.') && name !== 'with blank'),
        } as Config,
        { connection },
      )
      expect(one!.differences).toMatchObject([{ kind: 'alterColumn', column: 'mine' }])
      expect(one!.differences).toHaveLength(1)
    })
  })
})
