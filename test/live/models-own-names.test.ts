/**
 * Models whose tables name what is declared beside them in an expression (issue 9, B1): functions, sequences,
 * domains and enums in defaults, checks, indexes and generated columns, on an empty database and on one that has them.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { runModels } from './models-on.ts'
import { inDatabase } from './pulled.ts'

const f = (name: string, args: string, returns: string, body: string): string =>
  `export const ${name} = fn('${name}', { arguments: '${args}', returns: '${returns}', language: 'sql', attributes: 'immutable', body: '${body}' })\n`
const madeF = (name: string, args: string, returns: string, body: string): string =>
  `CREATE FUNCTION ${name}(${args}) RETURNS ${returns} LANGUAGE sql IMMUTABLE AS '${body}';`
const double = ['twice', 'x integer', 'integer', 'select x * 2'] as const
const positive = ['positive', 'x integer', 'boolean', 'select x > 0'] as const

/** What is declared, and what of it a database may have already. */
const cases: Readonly<Record<string, { readonly models: string; readonly there?: string }>> = {
  'a function in a default': {
    models: `${f('one', '', 'integer', 'select 1')}export const t = table('t', { id: integer().primaryKey().default(sql\`one()\`) })`,
    there: madeF('one', '', 'integer', 'select 1'),
  },
  'a function in a check': {
    models: `${f(...positive)}export const t = table('t', { id: integer() }, () => [check('c', sql\`positive(id)\`)])`,
    there: madeF(...positive),
  },
  'a function in an index and its condition': {
    models: `${f(...double)}export const t = table('t', { id: integer() }, () => [index('i').on(sql\`twice(id)\`), index('j').on(sql\`id\`).where(sql\`twice(id) > 1\`)])`,
    there: madeF(...double),
  },
  'a function in a generated column': {
    models: `${f(...double)}export const t = table('t', { id: integer(), g: integer().generatedAs(sql\`twice(id)\`) })`,
    there: madeF(...double),
  },
  'a function of a function, declared in the wrong order': {
    models: `${f('b', '', 'integer', 'select a()')}${f('a', '', 'integer', 'select 1')}export const t = table('t', { id: integer().default(sql\`b()\`) })`,
    there: madeF('a', '', 'integer', 'select 1'),
  },
  'a function of the row': {
    models: `${f('fine', 't', 'boolean', 'select $1.id > 0')}export const t = table('t', { id: integer() }, () => [check('c', sql\`fine(t.*)\`)])`,
  },
  'a function with the row as its result, over a view': {
    models: `export const t = table('t', { id: integer() })
export const v = view('v', { id: integer(), n: bigint() }, sql\`select id, c() as n from t\`)
export const c = fn('c', { returns: 'bigint', language: 'sql', body: 'select count(*) from t' })
export const w = fn('w', { returns: 'setof v', language: 'sql', body: 'select * from v' })`,
  },
  'a sequence in a default': {
    models: `export const t = table('t', { id: integer().default(sql\`nextval('s')\`) })\nexport const s = sequence('s')`,
    there: 'CREATE SEQUENCE s;',
  },
  'a function in the check of a domain, and the domain in a cast': {
    models: `${f(...positive)}export const d = domain('d', integer(), { check: sql\`positive(value)\` })
export const t = table('t', { id: d(), n: integer().default(sql\`(5::d)::integer\`) })`,
    there: madeF(...positive),
  },
  'an enum in a check': {
    models: `export const t = table('t', { id: text() }, () => [check('c', sql\`id::e <> 'a'::e\`)])
export const e = enumType('e', ['a', 'b'])`,
  },
}

const names = `table, fn, sql, integer, bigint, text, check, index, view, domain, sequence, enumType`
let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ambix-own-names-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const runs = Object.entries(cases).flatMap(([name, { models, there }]) => [
  [name, models, ''] as const,
  ...(there === undefined ? [] : [[`${name}, which the database has`, models, there] as const]),
])

describeLive('models that name what is declared beside them', (server) => {
  test.each(tableOf(runs))('%s', { timeout: 60_000 }, async (name, models, there) => {
    const schema = join(dir, `${name.replace(/\W/g, '-')}.ts`)
    writeFileSync(
      schema,
      `import { ${names} } from '${new URL('../../src/schema.ts', import.meta.url).pathname}'\n${models}\n`,
    )
    await inDatabase(server, async (connection, url) => {
      await connection.script(there)
      const { problems } = await runModels({ url, dialect: 'postgres', schema }, connection)
      expect(problems).toEqual([])
    })
  })
})
