/** Several deployers at once, and models that were pulled from a database: each revision runs once, and nothing differs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { upgrade } from '../../src/commands/move.ts'
import { pull } from '../../src/commands/pull.ts'
import { revision } from '../../src/commands/revision.ts'
import { describeMysql, mysqlDatabase, open } from '../support/mysql.ts'

const schema = `CREATE TABLE users (id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(120) NOT NULL UNIQUE, role enum('a','b') NOT NULL DEFAULT 'a', KEY k (role));
CREATE TABLE posts (id bigint PRIMARY KEY AUTO_INCREMENT, user_id int unsigned, title varchar(20) DEFAULT 'x', KEY k (title(3)), CONSTRAINT fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE);
CREATE VIEW v AS SELECT id, email FROM users;`

describeMysql('a project on MySQL', () => {
  test('is deployed by three at once, pulled as models, and clean', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ambix-mysql-deploy-'))
    mkdirSync(join(dir, 'migrations'))
    writeFileSync(join(dir, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(dir, 'schema.sql'), schema)
    const url = await mysqlDatabase()
    const db = await open(url)
    try {
      const config = { schema: './schema.sql', migrations: './migrations', url }
      await revision(config, { cwd: dir, autogenerate: true, message: 'first' })
      const runs = await Promise.all([1, 2, 3].map(() => upgrade(config, 'head', { cwd: dir })))
      expect(runs.flat().flatMap((r) => r.applied)).toHaveLength(1)
      expect(await db.values('SELECT COUNT(*) FROM ambix_journal')).toEqual([['0']])
      await pull(config, { cwd: dir, models: 'ts', out: 'models.ts' })
      const [found] = await check({ ...config, schema: './models.ts' }, { cwd: dir })
      expect(found!.differences).toEqual([])
    } finally {
      await db.close()
      rmSync(dir, { recursive: true, force: true })
    }
  })
})
