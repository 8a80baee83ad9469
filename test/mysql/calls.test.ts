/** A CALL of a procedure that commits ends the transaction of its revision: it is a step of its own, and what is done is told and not done twice. */
import { expect, test } from 'vitest'
import { upgrade } from '../../src/commands/move.ts'
import type { AmbixError } from '../../src/errors.ts'
import { folderOf } from '../support/folder.ts'
import { describeMysql, mysqlDatabase, open } from '../support/mysql.ts'

const file = (up: string): string =>
  `export const revision = 'a1'\nexport const downRevision = null\nexport function upgrade(op) { ${up} }\nexport function downgrade() {}\n`

const failing = "INSERT INTO t VALUES (3, (SELECT n FROM t WHERE n = 'late'))"
const steps = ["INSERT INTO t VALUES (1, 'first')", 'CALL outer_one()', failing]

describeMysql('a CALL', () => {
  for (const [name, body, kept] of [
    ['that commits', 'COMMIT', ['1', '2']],
    ['with a transaction of its own', 'START TRANSACTION; COMMIT', ['1', '2']],
    ['that makes a table', 'CREATE TABLE made (n int)', ['1', '2']],
    [
      'that commits nothing, though it says so in a text',
      "SELECT 'COMMIT' INTO @x; CREATE TEMPORARY TABLE mine (n int); DROP TEMPORARY TABLE mine",
      [],
    ],
  ] as const)
    test(`${name} fails later: what is kept is told, and the next run goes on from there`, async () => {
      const url = await mysqlDatabase()
      const db = await open(url)
      try {
        await db.script([
          'CREATE TABLE t (id int PRIMARY KEY, n varchar(20) NOT NULL)',
          `CREATE PROCEDURE inner_one() BEGIN INSERT INTO t VALUES (2, 'second'); ${body}; END`,
          'CREATE PROCEDURE outer_one() CALL `inner_one`()',
        ])
        const config = {
          root: folderOf({
            'migrations/a1.ts': file(steps.map((sql) => `op.execute(${JSON.stringify(sql)})`).join('; ')),
          }),
          url,
        }
        const error = await upgrade(config).then(
          () => expect.fail('it did not fail'),
          // A cast: what commands throw.
          (e: unknown) => e as AmbixError,
        )
        const ids = async (): Promise<readonly (string | null | undefined)[]> =>
          (await db.values('SELECT id FROM t ORDER BY id')).map((row) => row[0])
        expect(await ids()).toEqual(kept)
        expect(`${error.message}\n${error.why}`).toMatch(
          kept.length === 0 ? /Revision a1 was rolled back/u : /part 1, part 2 are done and recorded/u,
        )
        await db.script(["INSERT INTO t VALUES (9, 'late')"])
        await upgrade(config)
        expect(await ids()).toEqual(['1', '2', '3', '9'])
      } finally {
        await db.close()
      }
    })
})
