/** S1 of specs/reliability.md: random hostile texts at eleven places go through generate, load, apply and read unchanged, and run nothing. */
import pg from 'pg'
import { expect, test } from 'vitest'
import { project } from '../support/acceptance.ts'
import { freshDatabase } from '../support/live.ts'

/** Without a carriage return: line ends of a file of DDL are read as line feeds, whatever checkout made them. */
const fragments = [
  "'", "''", '"', '""', '\\', '\\\\', '`', '${globalThis.ambixCanary = 1}', '$$', '$ambix$', '--', '/*', '*/', ';', '\n', '\v', '\t',
  '?', '$1', ':x', '%s', '%I', '{0}', '</script>', '\u2028', '\u2029', '\u202e', '\ufeff', 'é', '日本', '😀', 'E\'', 'U&"', '(', ')', 'f(1)', ',',
  '.', ' ', 'NULL', 'null', 'true', '0', '__proto__', 'constructor', 'DROP TABLE canary', '; DROP TABLE canary; --', "'); DROP TABLE canary; --", '\u0001', '\u007f',
] as const // prettier-ignore

/** Numbers from a seed (mulberry32). */
function random(seed: number): () => number {
  let a = seed >>> 0
  return () => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = a
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const name = (text: string): string => `"${text.replaceAll('"', '""')}"`
const literal = (text: string): string =>
  text.includes('\\') ? `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'` : `'${text.replaceAll("'", "''")}'`

const places = 11

/** `texts` of them in projects of `size`; each is at every place. */
export function hostileTexts(texts: number, size: number): void {
  const given = process.env['AMBIX_HOSTILE']?.split(':').map(Number)
  const first = given?.[0] ?? Math.floor(Math.random() * 1e9)
  const batches = given === undefined ? Math.ceil(texts / size) : 1
  test.each(Array.from({ length: batches }, (_, i) => first + i))(
    `${size * places} round trips, seed %i`,
    { timeout: 300_000 },
    async (seed) => {
      const next = random(seed)
      const made = Array.from({ length: given?.[1] ?? size }, (_, i) => {
        let text = String(i)
        for (let n = 1 + Math.floor(next() * 5); n > 0; n--) {
          const longer = text + fragments[Math.floor(next() * fragments.length)]!
          // The server cuts names after 63 bytes.
          if (Buffer.byteLength(longer) <= 60) text = longer
        }
        return text
      })
      const replay = `AMBIX_HOSTILE=${seed}:${made.length} npx vitest run test/live/hostile-texts.test.ts`
      const ddl = made
        .map(
          (t, i) => `CREATE TYPE ${name(`e${t}`)} AS ENUM (${literal(t)}, 'other');
CREATE TABLE ${name(`t${t}`)} (${name(t)} text DEFAULT ${literal(t)} CONSTRAINT ${name(`c${t}`)} CHECK (${name(t)} <> ${literal(`${t}!`)}), "mood${i}" ${name(`e${t}`)} DEFAULT ${literal(t)});
CREATE INDEX ${name(`i${t}`)} ON ${name(`t${t}`)} (${name(t)});
CREATE VIEW ${name(`v${t}`)} AS SELECT ${name(t)}, ${literal(t)}::text AS said FROM ${name(`t${t}`)};
COMMENT ON TABLE ${name(`t${t}`)} IS ${literal(t)};`,
        )
        .join('\n')
      const { url } = await freshDatabase()
      const db = new pg.Client(url)
      await db.connect()
      await db.query('CREATE SCHEMA other; CREATE TABLE other.canary ()')
      const cli = project(url, ddl)
      try {
        const message = made[0]!.trim()
        for (const words of [['migrate', `--message=${message}`], ['upgrade'], ['check']]) {
          const done = await cli.run(...words)
          expect([replay, words[0], done.code, done.code === 0 ? '' : done.stderr]).toEqual([replay, words[0], 0, ''])
        }
        const rows = async (sql: string): Promise<string[]> =>
          (await db.query<{ x: string }>(sql)).rows.map((r) => r.x).sort()
        const own = "relnamespace = 'public'::regnamespace AND relname !~ '^ambix'"
        const same = async (what: string, sql: string, wanted: readonly string[]): Promise<void> =>
          expect([replay, what, await rows(sql)]).toEqual([replay, what, [...wanted].sort()])
        await same(
          'tables',
          `SELECT relname::text x FROM pg_class WHERE relkind = 'r' AND ${own}`,
          made.map((t) => `t${t}`),
        )
        await same(
          'views',
          `SELECT relname::text x FROM pg_class WHERE relkind = 'v' AND ${own}`,
          made.map((t) => `v${t}`),
        )
        await same(
          'indexes',
          `SELECT relname::text x FROM pg_class WHERE relkind = 'i' AND ${own}`,
          made.map((t) => `i${t}`),
        )
        await same(
          'columns',
          `SELECT attname::text x FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE attnum = 1 AND relkind = 'r' AND ${own}`,
          made,
        )
        await same(
          'checks',
          `SELECT conname::text x FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid WHERE contype = 'c' AND ${own}`,
          made.map((t) => `c${t}`),
        )
        await same(
          'enums',
          `SELECT typname::text x FROM pg_type WHERE typtype = 'e'`,
          made.map((t) => `e${t}`),
        )
        await same('labels', `SELECT enumlabel::text x FROM pg_enum WHERE enumlabel <> 'other'`, made)
        await same(
          'comments',
          `SELECT obj_description(c.oid, 'pg_class') x FROM pg_class c WHERE relkind = 'r' AND ${own}`,
          made,
        )
        // Defaults and checks by what they do.
        for (const t of made) {
          await db.query(`INSERT INTO ${name(`t${t}`)} DEFAULT VALUES`)
          await same('default', `SELECT ${name(t)} x FROM ${name(`t${t}`)}`, [t])
          await same('view', `SELECT said x FROM ${name(`v${t}`)}`, [t])
          await expect(
            db.query(`INSERT INTO ${name(`t${t}`)} (${name(t)}) VALUES ($1)`, [`${t}!`]),
          ).rejects.toMatchObject({ code: '23514' })
        }
        expect((await cli.run('downgrade', 'base')).code).toBe(0)
        expect(await rows(`SELECT relname::text x FROM pg_class WHERE ${own}`)).toEqual([])
        expect(await rows("SELECT to_regclass('other.canary')::text x")).toEqual(['other.canary'])
        expect('ambixCanary' in globalThis).toBe(false)
      } finally {
        cli.close()
        await db.end()
      }
    },
  )
}
