/** Issue 11, point 5: a newcomer's first project on MySQL and MariaDB, from `init` to `downgrade`, on the command line. */
import { expect, test } from 'vitest'
import { sandbox } from '../cli/sandbox.ts'
import { describeMysql, mysqlDatabase, open } from '../support/mysql.ts'

const given = { 'package.json': '{ "type": "module", "dependencies": { "mysql2": "3.0.0" } }' }

describeMysql('a first project', () => {
  test.each([
    [['--dialect', 'mysql'], 'mysql://root@127.0.0.1:3306/app'],
    [['--dialect', 'mariadb'], 'mariadb://root@127.0.0.1:3306/app'],
    [['-t', 'mariadb'], 'mariadb://root@127.0.0.1:3306/app'],
    [['--dialect', 'mariadb', '-t', 'sql'], 'mariadb://root@127.0.0.1:3306/app'],
    // The driver says which database the project has.
    [[], 'mysql://root@127.0.0.1:3306/app'],
  ])('that init %j starts runs from end to end', async (words, usual) => {
    const url = (await mysqlDatabase()).replace(/^mysql:/, usual.split(':')[0]! + ':')
    const p = sandbox({ files: given })
    const begun = await p.run('init', ...words)
    expect(begun).toMatchObject({ code: 0 })
    expect(begun.stderr).toContain("mysql -u root -e 'CREATE DATABASE app CHARACTER SET utf8mb4'")
    expect(begun.stderr).not.toContain('npm i mysql2')
    expect(p.read('ambix.config.ts')).toContain(`url: process.env.DATABASE_URL ?? '${usual}'`)
    const env = { DATABASE_URL: url }
    for (const line of ['revision --autogenerate -m "first tables"', 'upgrade head', 'check', 'current --check-heads'])
      expect({ line, ...(await p.$(line, env)) }).toMatchObject({ line, code: 0 })
    // The server calls every primary key PRIMARY: nobody writes that.
    const key = /\bid: integer\(\)\.(?:primaryKey\(\)\.identity|identity\(\)\.primaryKey)\(\)/
    const file = p.files().find((f) => f.endsWith('.ts'))
    if (!words.includes('sql')) expect(p.read(`migrations/${file}`)).toMatch(key)
    expect((await p.$('pull --models ts --out -', env)).stdout).toMatch(key)
    const db = await open(url)
    try {
      await db.script("INSERT INTO users (email) VALUES ('a@example.org')")
      expect(await db.values('SELECT email, created_at IS NOT NULL FROM users')).toEqual([['a@example.org', '1']])
      expect(await p.$('downgrade base', env)).toMatchObject({ code: 0 })
      expect(await db.values("SHOW TABLES LIKE 'users'")).toEqual([])
    } finally {
      await db.close()
    }
  })

  test('with several databases, each by its own URL', async () => {
    const url = await mysqlDatabase()
    const p = sandbox({ files: given })
    expect(await p.run('init', '--dialect', 'mariadb', '-t', 'multidb')).toMatchObject({ code: 0 })
    const env = { MAIN_DATABASE_URL: url, DATABASE_URL: url }
    for (const line of ['revision --autogenerate -m "first tables"', 'upgrade head', 'check', 'downgrade base'])
      expect({ line, ...(await p.$(line, env)) }).toMatchObject({ line, code: 0 })
  })

  test('says which package is missing, in the words of the package manager', async () => {
    const p = sandbox({ files: { 'pnpm-lock.yaml': '' } })
    expect((await p.run('init', '--dialect', 'mysql')).stderr).toContain('pnpm add mysql2')
  })

  test.each(['mysql', 'mariadb'])(
    'dialect %s is a name of the configuration, and no other server is taken for it',
    async (dialect) => {
      const url = (await mysqlDatabase()).replace(/^mysql:/, `${dialect}:`)
      const p = sandbox({
        config: { dialect, url, schema: './schema.sql' },
        files: { 'schema.sql': 'CREATE TABLE t (id int PRIMARY KEY);' },
      })
      expect(await p.run('check')).toMatchObject({ code: 2 })
      expect((await p.run('current', '--url', 'sqlite::memory:')).stderr).toContain('DATABASE.DIALECT')
    },
  )
})
