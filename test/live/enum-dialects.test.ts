/** One table of enum changes (issue 11, "Done when" 2), led up and back with rows on every dialect: models, hints and operations are the same. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { revision } from '../../src/commands/revision.ts'
import { findDriver } from '../../src/config/registry.ts'
import type { Hint } from '../../src/diff/model/types.ts'
import type { Operation } from '../../src/operations/kinds.ts'
import { freshDatabase, server } from '../support/live.ts'
import { mysqlDatabase, mysqlUrl } from '../support/mysql.ts'
import { tableOf } from '../support/table-of.ts'

interface Change {
  /** Declarations of `status`; undefined: there is no enum, and no column of it. */
  readonly from?: string
  readonly to: string
  readonly hints?: readonly Hint[]
  /** What the rows 1, 2, 3 hold, and what they hold after the upgrade and after the downgrade. */
  readonly rows: readonly string[]
  readonly up: readonly string[]
  readonly down: readonly string[]
  /** Kinds of the operations on enums, the same on every dialect. */
  readonly ops: readonly Operation['kind'][]
  /** What the refusal says where rows forbid the change. */
  readonly refused?: RegExp
}

const labels = (...list: readonly string[]): string => `enumType('status', ${JSON.stringify(list)})`
const members = "{ Draft: 'draft', Live: 'live' }"
const label = (from: string, to: string): Hint => ({ rename: 'value', enum: 'status', from, to })
const kept = ['a', 'b', 'c']

const changes: Readonly<Record<string, Change>> = {
  create: {
    to: labels('a', 'b'),
    hints: [{ backfill: 'posts.status', value: 'b' }],
    rows: [],
    up: ['b', 'b', 'b'],
    down: [],
    ops: ['createEnum'],
  },
  'add at the end': {
    from: labels(...kept),
    to: labels(...kept, 'd'),
    rows: kept,
    up: kept,
    down: kept,
    ops: ['addEnumValue'],
  },
  'add before all, and between': {
    from: labels(...kept),
    to: labels('0', 'a', 'x', 'b', 'c'),
    rows: kept,
    up: kept,
    down: kept,
    ops: ['addEnumValue', 'addEnumValue'],
  },
  rename: {
    from: labels(...kept),
    to: labels('a', "b's", 'c'),
    hints: [label('b', "b's")],
    rows: kept,
    up: ['a', "b's", 'c'],
    down: kept,
    ops: ['renameEnumValue'],
  },
  'remove with remap': {
    from: labels(...kept),
    to: labels('a', 'b'),
    hints: [{ remap: 'value', enum: 'status', from: 'c', to: 'a' }],
    rows: kept,
    up: ['a', 'b', 'a'],
    down: ['a', 'b', 'a'],
    ops: ['alterEnum'],
  },
  'remove what no row holds': {
    from: labels(...kept),
    to: labels('a', 'b'),
    rows: ['a', 'b', 'a'],
    up: ['a', 'b', 'a'],
    down: ['a', 'b', 'a'],
    ops: ['alterEnum'],
  },
  'remove what a row holds, and nothing said': {
    from: labels(...kept),
    to: labels('a', 'b'),
    rows: kept,
    up: [],
    down: kept,
    ops: [],
    refused: /c/u,
  },
  reorder: { from: labels(...kept), to: labels('c', 'a', 'b'), rows: kept, up: kept, down: kept, ops: ['alterEnum'] },
  'values persisted, then names': {
    from: `enumType('status', ${members})`,
    to: `enumType('status', ${members}, { persist: 'names' })`,
    hints: [label('draft', 'Draft'), label('live', 'Live')],
    rows: ['draft', 'live', 'live'],
    up: ['Draft', 'Live', 'Live'],
    down: ['draft', 'live', 'live'],
    ops: ['renameEnumValue', 'renameEnumValue'],
  },
}

const models = (declared: string | undefined): string => `import { enumType, integer, table } from 'ambix/schema'
${declared === undefined ? '' : `export const status = ${declared}`}
export const posts = table('posts', {
  id: integer().primaryKey(),
  ${declared === undefined ? '' : 'status: status().notNull(),'}
})
`

let dir = ''
let count = 0
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ambix-enums-'))
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** A fresh database of the dialect; undefined where its server cannot be had. */
const lanes: Readonly<Record<string, (() => Promise<string>) | undefined>> = {
  postgres: server === undefined ? undefined : async () => (await freshDatabase()).url,
  sqlite: async () => `sqlite:${join(dir, `${++count}.db`)}`,
  mariadb: mysqlUrl === undefined ? undefined : async () => (await mysqlDatabase()).replace(/^mysql:/u, 'mariadb:'),
}

async function lead(change: Change, url: string): Promise<void> {
  const number = ++count
  const migrations = `./migrations-${number}`
  mkdirSync(join(dir, migrations))
  // Modules are loaded once: each state of the models is a file of its own.
  const state = (name: string, declared: string | undefined): string => {
    writeFileSync(join(dir, `${name}-${number}.ts`), models(declared))
    return `./${name}-${number}.ts`
  }
  const config = { url, migrations, schema: state('before', change.from) }
  const goal = { ...config, schema: state('after', change.to) }
  const options = { cwd: dir }
  await revision(config, { ...options, autogenerate: true, message: 'before' })
  await upgrade(config, 'head', options)
  const driver = await findDriver(url)
  const db = await driver.open(url, { projectDir: dir })
  const held = async (): Promise<readonly unknown[]> =>
    (await db.values('SELECT status FROM posts ORDER BY id')).map((row) => row[0])
  try {
    for (const n of [1, 2, 3])
      await db.script([
        change.from === undefined
          ? `INSERT INTO posts (id) VALUES (${n})`
          : `INSERT INTO posts (id, status) VALUES (${n}, '${change.rows[n - 1]}')`,
      ])
    const make = (): ReturnType<typeof revision> =>
      revision(goal, { ...options, autogenerate: true, message: 'after', hints: change.hints ?? [] })
    if (change.refused !== undefined) {
      await expect(make()).rejects.toThrow(change.refused)
      expect(await held()).toEqual(change.down)
      return
    }
    const [made] = await make()
    const kinds = (made?.upgrade ?? []).map((op) => op.kind).filter((kind) => /Enum/u.test(kind))
    expect(kinds).toEqual(change.ops)
    await upgrade(goal, 'head', options)
    expect(await held()).toEqual(change.up)
    expect((await check(goal, options)).flatMap((found) => found.differences)).toEqual([])
    await downgrade(goal, '-1', options)
    if (change.down.length > 0) expect(await held()).toEqual(change.down)
    expect((await check(config, options)).flatMap((found) => found.differences)).toEqual([])
    await upgrade(goal, 'head', options)
    expect(await held()).toEqual(change.up)
  } finally {
    await db.close()
  }
}

for (const [i, [dialect, database]] of Object.entries(lanes).entries())
  describe(`an enum on ${dialect}`, () => {
    for (const [name, change] of tableOf(Object.entries(changes), undefined, i % 3))
      test.skipIf(database === undefined)(name, async () => lead(change, await database!()))
  })
