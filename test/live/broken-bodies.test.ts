/** B3: routine bodies that PostgreSQL holds and would refuse today are migrated as they are, and `check` names them. */
import { expect, test } from 'vitest'
import { project } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'

const schema = `CREATE SCHEMA app; CREATE TABLE app.track (id int PRIMARY KEY, length int); SET check_function_bodies = off;
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql AS $$ select sum(length) from track $$;
CREATE FUNCTION app.by_path() RETURNS bigint LANGUAGE sql SET search_path = app AS $$ select sum(length) from track $$;
CREATE FUNCTION app.kind() RETURNS uuid LANGUAGE sql AS $$ select 1 $$;
CREATE FUNCTION app.row_of() RETURNS int LANGUAGE plpgsql AS $$ declare r app.gone%rowtype; begin return 1; end $$;
CREATE PROCEDURE app.later(n int) LANGUAGE sql AS $$ insert into app.track select n, size from app.track $$;
CREATE FUNCTION app.fine() RETURNS bigint LANGUAGE plpgsql AS $$ begin return (select count(*) from app.track); end $$;`

const notes = [
  'note: function app.kind() does not compile: return type mismatch in function declared to return uuid',
  'note: procedure app.later(integer) does not compile: column "size" does not exist',
  'note: function app.row_of() does not compile: relation "app.gone" does not exist',
  'note: function app.total() does not compile: relation "track" does not exist',
]

describeLive('bodies that no longer compile', (server) => {
  test.each([undefined, 'transaction', 'pglite'])(
    'are named by check, scratch: %s',
    { timeout: 120_000 },
    async (scratch) => {
      const { url, drop } = await server.createDatabase()
      const cli = project(url, schema, scratch === undefined ? '' : JSON.stringify({ scratch }))
      try {
        expect(await cli.run('revision', '--autogenerate', '-m', 'first')).toMatchObject({ code: 0 })
        expect(await cli.run('upgrade', 'head')).toMatchObject({ code: 0 })
        for (const how of [['check'], ['check', '--database']]) {
          const said = await cli.run(...how)
          expect(said.code, said.stderr).toBe(0)
          expect(said.stderr.split('\n').filter((line) => line.startsWith('note: '))).toEqual(notes)
          const results = JSON.parse((await cli.run(...how, '--json')).stdout)
          expect(results[0]).toMatchObject({ differences: [], notes: notes.map((n) => n.slice(6)) })
        }
      } finally {
        cli.close()
        await drop()
      }
    },
  )
})
