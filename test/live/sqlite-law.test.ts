/** The law of SQLite's reader and writer: what is read is printed, and what is printed is read the same; nothing that SQLite itself says is lost. */
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { sqlite } from '../../src/dialects/sqlite/index.ts'
import { spelled } from '../../src/dialects/sqlite/text/lex.ts'
import { parseTable } from '../../src/dialects/sqlite/text/parse.ts'
import { nodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { emptySchema } from '../../src/schema/model.ts'
import { decide, randomDdl } from '../support/random-sqlite.ts'
import { schemaLines } from '../support/sqlite-cases.ts'
import { runPlan } from '../support/sqlite-plan.ts'

/** Undefined where the law holds; `skipped` where SQLite itself does not take the text. */
async function broken(text: string): Promise<string | undefined> {
  const [db, other] = [
    await nodeSqlite.open('sqlite::memory:', { projectDir: '.' }),
    await nodeSqlite.open('sqlite::memory:', { projectDir: '.' }),
  ]
  try {
    try {
      await db.script(text)
    } catch {
      return 'skipped'
    }
    const read = await sqlite.reflect(db, {})
    if (read.uncovered.length > 0) return `not understood: ${read.uncovered.join(', ')}`
    const { upgrade } = await decide(sqlite, other, emptySchema, read)
    const refused = await runPlan(other, upgrade, emptySchema)
    if (refused !== undefined) return refused
    const again = await sqlite.reflect(other, {})
    const objects = (schema: typeof read): unknown =>
      [...schema.objects]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, o]) => [
          key,
          // Constraints have no order.
          o.kind === 'table' ? { ...o, constraints: o.constraints.toSorted((a, b) => (a.name < b.name ? -1 : 1)) } : o,
        ])
    const lines = (from: typeof db): readonly string[] =>
      schemaLines(from.native as DatabaseSync).map((l) => l.replaceAll(/\s*([(),])\s*/g, '$1'))
    expect(objects(again)).toEqual(objects(read))
    expect(lines(other)).toEqual(lines(db))
    for (const [sql] of await other.values(
      "SELECT sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'create table%'",
    )) {
      // One spelling: spelled again it is the same, and says the same.
      expect(spelled(spelled(sql!))).toBe(spelled(sql!))
      expect(parseTable(spelled(sql!))).toEqual(parseTable(sql!))
    }
    return undefined
  } finally {
    await db.close()
    await other.close()
  }
}

test('holds for 400 random schemas', async () => {
  const failures: string[] = []
  let tried = 0
  for (let seed = 1; seed <= 400 && failures.length < 3; seed++) {
    const text = randomDdl(seed)
    const outcome = await broken(text).catch((error: unknown) => (error as Error).message)
    if (outcome === 'skipped') continue
    tried++
    if (outcome !== undefined) failures.push(`seed ${seed}\n${outcome}\n${text}`)
  }
  expect(failures).toEqual([])
  expect(tried).toBeGreaterThan(300)
})

test.each([
  `CREATE TABLE [a]("x" integer primary key on conflict replace autoincrement not null unique, y "a ""b""(1,2)" collate nocase constraint n not null on conflict fail constraint d default -1.5e3 check(y>'(,)' ) references [a]([x]) match full on delete set null on update set default not deferrable initially immediate)`,
  `create table t(a, b text default 'it''s', c default (1+(2*3)), d default "dq", e default null, f default x'0aF', g default current_timestamp, h default +5, i default true, primary key(a desc,b collate rtrim asc) on conflict ignore, unique(c)on conflict rollback, constraint k check((b)in('a','b')and not(c is null)), foreign key(a,b)references t on delete cascade deferrable initially deferred)without rowid`,
  `CREATE TEMP TABLE IF NOT EXISTS nobody(a); CREATE TABLE IF NOT EXISTS main.u(a INT GENERATED ALWAYS AS (b+1), b INT, c TEXT AS (a||b) STORED COLLATE NOCASE) STRICT`,
  `CREATE TABLE g(a INT, b TEXT); CREATE UNIQUE INDEX IF NOT EXISTS main."i ""1"" " ON g(a COLLATE BINARY DESC, lower(b) collate nocase, (a+1)*2, "b") WHERE(a>0)OR b IS NOT NULL`,
  `CREATE TABLE h(a INT, b INT) ; CREATE VIEW IF NOT EXISTS v("x y",[z]) AS WITH c AS (SELECT a,b FROM h) SELECT * FROM c; CREATE TRIGGER IF NOT EXISTS [t r] INSTEAD OF UPDATE OF "x y" ON v FOR EACH ROW WHEN new."x y" IS NOT old."x y" BEGIN UPDATE h SET a=new."x y"; DELETE FROM h WHERE b=CASE WHEN 1 THEN 2 END; END`,
  `CREATE TABLE k(a INT CHECK(a>0)CHECK(a<9) UNIQUE UNIQUE, b CONSTRAINT one CONSTRAINT two CHECK(b), CONSTRAINT c UNIQUE(a,b) CHECK(a<>b) UNIQUE(b,a))`,
  `CREATE TABLE "order"("select" INT, "group" TEXT, "CHECK" INT, "é ü" INT, "a.b" INT, CHECK("select">0 AND "CHECK" IS NOT "é ü" OR "a.b" NOT BETWEEN 1 AND 2)); CREATE INDEX "index" ON "order"("select","group" DESC)`,
  `CREATE TABLE n(a REAL DEFAULT .5, b REAL DEFAULT 5., c INT DEFAULT 0xFF, d INT DEFAULT 1_000, e TEXT DEFAULT (-1), f DEFAULT (- 1), g DEFAULT (a -- c
))`,
])('holds for %s', async (text) => {
  const outcome = await broken(text)
  // The last one is there for what SQLite may refuse: then it is not ours to read.
  if (outcome === 'skipped') expect(() => new DatabaseSync(':memory:').exec(text)).toThrow()
  else expect(outcome).toBeUndefined()
})
