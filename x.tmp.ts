import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { execute, project } from './test/support/acceptance.ts'
const src = readFileSync('test/live/safe-forms.test.ts', 'utf8')
const before = /const before = `([^`]*)`/.exec(src)![1]!, after = /const after = `([^`]*)`/.exec(src)![1]!
const admin = new pg.Client('postgres://postgres@127.0.0.1:5432/postgres'); await admin.connect()
await admin.query('DROP DATABASE IF EXISTS safe_tmp2 WITH (FORCE)'); await admin.query('CREATE DATABASE safe_tmp2')
const url = 'postgres://postgres@127.0.0.1:5432/safe_tmp2'
const cli = project(url, before, '{"safe":true}')
await execute(url, `${before}; INSERT INTO owners VALUES (1, 'a'); INSERT INTO t VALUES (1, 1, 1, 'm', 'o', 's')`)
writeFileSync(join(cli.dir, 'schema.sql'), after)
console.log(await cli.run('migrate', '-m', 'safe'))
const [name] = readdirSync(join(cli.dir, 'migrations'))
console.log(readFileSync(join(cli.dir, 'migrations', name!), 'utf8'))
console.log((await cli.run('upgrade', '--dry-run')).stdout)
console.log(await cli.run('upgrade')); console.log(await cli.run('check'))
console.log(await cli.run('downgrade'))
writeFileSync(join(cli.dir, 'schema.sql'), before)
console.log(await cli.run('check'))
cli.close(); await admin.query('DROP DATABASE safe_tmp2 WITH (FORCE)'); await admin.end()
