/** The embedded scratch place of one command serves the next one, and nothing of the first is in it. */
import { expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { pglite } from '../../src/drivers/pglite.ts'
import type { Scratch } from '../../src/drivers/driver.ts'
import { openScratch } from '../../src/runtime/scratch.ts'
import { testPglite } from '../support/pglite.ts'

const open = async (): Promise<Scratch> =>
  openScratch({
    url: 'pglite://memory',
    driver: pglite,
    dialect: postgres,
    connection: await testPglite(),
    projectDir: process.cwd(),
  })

test('a kept place is empty, and one with a role of its own is not kept', { timeout: 60_000 }, async () => {
  const first = await open()
  const { native } = first.connection
  await first.connection.script(
    "create type mood as enum ('ok'); create table t (m mood); set search_path = pg_catalog",
  )
  await first.close()

  const second = await open()
  expect(second.connection.native).toBe(native)
  expect((await postgres.reflect(second.connection, { schemas: 'all' })).objects.size).toBe(0)
  expect(await second.connection.values('select current_schema()')).toEqual([['public']])

  // Two at once are two.
  const beside = await open()
  expect(beside.connection.native).not.toBe(native)
  await beside.close()

  await second.connection.script('create role left_behind')
  await second.close()
  const third = await open()
  expect(await third.connection.values("select 1 from pg_roles where rolname = 'left_behind'")).toEqual([])
  await third.close()
})
