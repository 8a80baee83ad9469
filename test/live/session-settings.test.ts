/** Issue 9, M5: what a revision sets ends with it; ambix's own rows and the next revision are as without it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { emptyDatabase, testPglite } from '../support/pglite.ts'

const cases: Readonly<Record<string, string>> = {
  'the search path, as every dump of pg_dump does': `SELECT pg_catalog.set_config('search_path', '', false);\nSET check_function_bodies = false;\nCREATE TABLE public.dumped (a integer);`,
  'the search path, by a statement': 'CREATE SCHEMA app;\nSET search_path = app;\nCREATE TABLE dumped (a integer);',
  'the role': 'CREATE ROLE ambix_weak;\nCREATE TABLE dumped (a integer);\nSET ROLE ambix_weak;',
  'how strings are read': `SET standard_conforming_strings = off;\nCREATE TABLE dumped (a text DEFAULT 'a');`,
}

const session = `select current_setting('search_path'), current_setting('role'), current_setting('standard_conforming_strings')`

test.each(Object.entries(cases))('%s', { timeout: 60_000 }, async (_, text) => {
  const connection = await testPglite()
  await emptyDatabase(connection)
  const root = mkdtempSync(join(tmpdir(), 'ambix-settings-'))
  try {
    mkdirSync(join(root, 'migrations'))
    const file = (id: string, down: string, up: string, back: string): void =>
      writeFileSync(
        join(root, 'migrations', `${id}.sql`),
        `-- ${id}\n-- revision: ${id}\n-- down_revision: ${down}\n\n-- upgrade\n${up}\n\n-- downgrade\n${back}\n`,
      )
    file('s1', 'none', text, 'SET search_path = pg_catalog;')
    file('s2', 's1', 'CREATE TABLE later (a integer);', 'DROP TABLE public.later;')
    const config = { root, migrations: './migrations' }
    const before = await connection.values(session)
    await upgrade(config, 'head', { connection })
    const rows = await connection.values(
      `select n.nspname || '.' || c.relname || ' ' || pg_get_userbyid(c.relowner) from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relname in ('later', 'ambix_version') order by 1`,
    )
    expect(rows.map((r) => r[0])).toEqual(['public.ambix_version postgres', 'public.later postgres'])
    expect(await connection.values('select version_num from public.ambix_version')).toEqual([['s2']])
    expect(await connection.values(session)).toEqual(before)
    await downgrade(config, 'base', { connection })
    expect(await connection.values('select version_num from public.ambix_version')).toEqual([])
  } finally {
    rmSync(root, { recursive: true, force: true })
    await connection.script('DROP TABLE IF EXISTS dumped; DROP ROLE IF EXISTS ambix_weak')
  }
})
