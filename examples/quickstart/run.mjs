// Tells the story that ambix exists for, on the embedded PostgreSQL, with the real command line and its real output.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync, readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const cli = join(here, '..', '..', 'bin', 'ambix.js')
const blog = mkdtempSync(join(tmpdir(), 'ambix-quickstart-'))
const started = Date.now()
const env = { ...process.env }
delete env.DATABASE_URL

const title = (text) => console.log(`\n── ${text}`)
function run(args, { expect = 0, show = true } = {}) {
  console.log(`$ ambix ${args.map((a) => (/[^\w@:./+=-]/.test(a) ? JSON.stringify(a) : a)).join(' ')}`)
  const done = spawnSync(process.execPath, [cli, ...args], { cwd: blog, env, encoding: 'utf8' })
  if (show || done.status !== expect) process.stdout.write(done.stderr + done.stdout)
  if (done.status !== expect) throw new Error(`ambix ${args.join(' ')} ended with ${done.status}, not ${expect}`)
  return done.stdout
}
const schema = (step) => cpSync(join(here, 'steps', `${step}.ts`), join(blog, 'src', 'schema.ts'))
const newest = () => readdirSync(join(blog, 'migrations')).filter((f) => f.endsWith('.ts') && f !== 'env.ts').sort().at(-1)

/** Rows go in and come out through a connection of their own, as an application's would. */
async function query(sql) {
  const { PGlite } = await import('@electric-sql/pglite')
  const db = await PGlite.create(join(blog, '.ambix', 'pg'))
  try {
    const results = await db.exec(sql)
    return results.at(-1).rows
  } finally {
    await db.close()
  }
}

try {
  title('1. A new project: nothing to install, nothing to start')
  run(['init'])
  mkdirSync(join(blog, 'src'), { recursive: true })
  schema('1-schema')
  run(['revision', '--autogenerate', '-m', 'create the blog', '--rev-id', 'c0ffee000001'])
  run(['upgrade', 'head'])

  title('2. Rows go in')
  await query(`insert into users (email) values ('ada@example.org');
    insert into posts (title, user_id) values ('Hello', 1), ('Second', 1)`)
  console.log('2 posts by 1 user')

  title('3. PostStatus is added to the model: one revision makes the type and the NOT NULL column')
  schema('2-schema')
  run(['revision', '--autogenerate', '-m', 'add status', '--rev-id', 'c0ffee000002'])
  const file = readdirSync(join(blog, 'migrations')).find((f) => f.includes('c0ffee000002'))
  console.log(`\nmigrations/${file}:\n${readFileSync(join(blog, 'migrations', file), 'utf8')}`)
  run(['upgrade', 'head'])
  console.log('the rows that were there:', JSON.stringify(await query('select title, status from posts order by id')))

  title('4. A value is added and used as the new default, in one revision')
  schema('3-schema')
  run(['revision', '--autogenerate', '-m', 'ideas come first', '--rev-id', 'c0ffee000003'])
  run(['upgrade', 'head'])
  await query(`insert into posts (title, user_id) values ('Third', 1)`)
  console.log('the rows now:', JSON.stringify(await query('select title, status from posts order by id')))
  run(['check'])

  title('5. Two people work at once: two branches')
  schema('4-schema-left')
  run(['revision', '--autogenerate', '-m', 'names of users', '--rev-id', 'c0ffee00000a'])
  schema('4-schema-right')
  run(['revision', '-m', 'bodies of posts', '--rev-id', 'c0ffee00000b', '--head', 'c0ffee000003', '--splice'])
  const right = join(blog, 'migrations', newest())
  writeFileSync(
    join(blog, 'migrations', readdirSync(join(blog, 'migrations')).find((f) => f.includes('c0ffee00000b'))),
    readFileSync(join(blog, 'migrations', readdirSync(join(blog, 'migrations')).find((f) => f.includes('c0ffee00000b'))), 'utf8')
      .replace(/export function upgrade\(op: Operations\): void \{[^}]*\}/, `export function upgrade(op: Operations): void {\n  op.addColumn('posts', 'body', text())\n}`)
      .replace(/export function downgrade\(op: Operations\): void \{[^}]*\}/, `export function downgrade(op: Operations): void {\n  op.dropColumn('posts', 'body')\n}`)
      .replace(`import type { Operations } from 'ambix'`, `import type { Operations } from 'ambix'\nimport { text } from 'ambix/schema'`),
  )
  void right
  schema('5-schema')
  run(['heads'])
  run(['upgrade', 'head'], { expect: 1 })
  run(['merge', '-m', 'merge branches', '--rev-id', 'c0ffee0000ff'])
  run(['upgrade', 'head'])
  run(['check'])

  title('6. The history, drawn')
  run(['history', '--graph', '-i'])
  run(['current', '-v'])

  title('7. All the way down: nothing is left behind')
  run(['downgrade', 'base'])
  const left = await query(`select
    (select count(*)::int from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'public' and relname not like 'ambix%' and relname not like '%ambix%') as relations,
    (select count(*)::int from pg_type t join pg_namespace n on n.oid = typnamespace where nspname = 'public' and typtype = 'e') as enums`)
  console.log('left behind:', JSON.stringify(left[0]))
  if (left[0].relations !== 0 || left[0].enums !== 0) throw new Error('the downgrade left something behind')

  title('8. And up again')
  run(['upgrade', 'head'])
  run(['check'])

  title('9. The whole as SQL, for those who must hand it to somebody')
  run(['upgrade', 'head', '--sql'])

  console.log(`\nDone in ${((Date.now() - started) / 1000).toFixed(1)} s.`)
} finally {
  rmSync(blog, { recursive: true, force: true })
}
