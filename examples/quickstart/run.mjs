// Tells the story that ambix exists for, with the real command line and its real output: on the embedded PostgreSQL, or
// on a SQLite file (--sqlite).
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

const here = dirname(fileURLToPath(import.meta.url))
const cli = join(here, '..', '..', 'bin', 'ambix.js')
const blog = realpathSync(mkdtempSync(join(tmpdir(), 'ambix-quickstart-')))
const migrations = join(blog, 'migrations')
const sqlite = process.argv.includes('--sqlite')
const started = Date.now()
// As bin/ambix.js does: PGlite's code would be optimized on all cores, and its few queries are over before that pays.
setFlagsFromString('--wasm-tier-up-filter=0')
const env = { ...process.env }
// The story plays on the embedded database, whatever the machine has.
delete env.DATABASE_URL

const title = (text) => console.log(`\n── ${text}\n`)
const say = (text) => console.log(`# ${text}`)

class Stop extends Error {}

function ambix(args, { expect = 0 } = {}) {
  console.log(`$ ambix ${args.map((a) => (/[^\w@:./+=-]/.test(a) ? JSON.stringify(a) : a)).join(' ')}`)
  const done = spawnSync(process.execPath, [cli, ...args], { cwd: blog, env, encoding: 'utf8' })
  process.stdout.write((done.stderr + done.stdout).replaceAll(blog, '.'))
  if (done.status !== expect) throw new Stop(`ambix ${args.join(' ')} ended with ${done.status}, not ${expect}`)
}

/** Puts the next state of the models in place, and prints the lines that are new. */
function models(step) {
  const file = join(blog, 'src', 'schema.ts')
  const before = new Set(readFileSync(file, 'utf8').split('\n'))
  cpSync(join(here, 'steps', `${step}.ts`), file)
  const added = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '}' && !before.has(line))
  console.log(['src/schema.ts:', ...added.map((line) => `  + ${line}`), ''].join('\n'))
}

const fileOf = (id) =>
  join(
    migrations,
    readdirSync(migrations).find((f) => f.includes(id)),
  )

/** What a revision does, without its head. */
function show(id) {
  const text = readFileSync(fileOf(id), 'utf8')
  console.log(`\n${text.slice(text.indexOf('export function upgrade'))}`)
}

/** Rows go in and come out through a connection of their own, as an application's would. */
async function query(sql) {
  if (sqlite) {
    const { DatabaseSync } = await import('node:sqlite')
    const db = new DatabaseSync(join(blog, '.ambix', 'database.sqlite'))
    try {
      // Rows come from a query alone.
      if (!/^select/.test(sql)) return void db.exec(sql)
      return db
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }))
    } finally {
      db.close()
    }
  }
  const { PGlite } = await import('@electric-sql/pglite')
  const db = await PGlite.create(join(blog, '.ambix', 'pg'))
  try {
    return (await db.exec(sql)).at(-1).rows
  } finally {
    await db.close()
  }
}
const rows = (list) => list.forEach((row) => console.log(`  ${JSON.stringify(row)}`))

try {
  title(`1. A new project: nothing to start, the database is a ${sqlite ? 'file' : 'folder'}`)
  ambix(sqlite ? ['init', '--dialect', 'sqlite'] : ['init'])
  console.log()
  models('1-schema')
  ambix(['revision', '--autogenerate', '-m', 'create the blog', '--rev-id', 'c0ffee000001'])
  ambix(['upgrade', 'head'])

  title('2. Rows go in')
  await query(`insert into users (email) values ('ada@example.org');
    insert into posts (title, user_id) values ('Hello', 1), ('Second', 1)`)
  rows(await query('select title, user_id from posts order by id'))

  title('3. PostStatus is added to the model of posts, which has rows')
  models('2-schema')
  ambix(['revision', '--autogenerate', '-m', 'add status', '--rev-id', 'c0ffee000002'])
  show('c0ffee000002')
  ambix(['upgrade', 'head'])
  say('the rows that were there:')
  rows(await query('select title, status from posts order by id'))

  title('4. A value is added and used as the new default, in one revision')
  models('3-schema')
  say('a label cannot be taken back while rows hold it: the hint says what becomes of them on the way down')
  const hints = '[{ "remap": "value", "enum": "post_status", "from": "idea", "to": "draft", "direction": "down" }]'
  writeFileSync(join(blog, 'hints.json'), hints)
  console.log(`hints.json: ${hints}\n`)
  ambix(['revision', '--autogenerate', '-m', 'ideas come first', '--rev-id', 'c0ffee000003', '--hints', 'hints.json'])
  show('c0ffee000003')
  ambix(['upgrade', 'head'])
  await query(`insert into posts (title, user_id) values ('Third', 1)`)
  say('the rows now, one of them new:')
  rows(await query('select title, status from posts order by id'))
  ambix(['check'])

  title('5. Two people work at once: two branches')
  models('4-schema-left')
  ambix(['revision', '--autogenerate', '-m', 'names of users', '--rev-id', 'c0ffee00000a'])
  say('the other one writes a revision by hand, on the same parent')
  ambix(['revision', '-m', 'bodies of posts', '--rev-id', 'c0ffee00000b', '--head', 'c0ffee000003', '--splice'])
  const text = readFileSync(fileOf('c0ffee00000b'), 'utf8')
  const body = `import { text } from 'ambix/schema'

export const revision = 'c0ffee00000b'
export const downRevision = 'c0ffee000003'

export function upgrade(op: Operations): void {
  op.addColumn('posts', 'body', text())
}
`
  writeFileSync(
    fileOf('c0ffee00000b'),
    `${text.slice(0, text.indexOf('import'))}import type { Operations } from 'ambix'\n${body}`,
  )
  show('c0ffee00000b')
  models('5-schema')
  ambix(['upgrade', 'head'], { expect: 1 })
  ambix(['merge', '-m', 'merge branches', '--rev-id', 'c0ffee0000ff'])
  ambix(['upgrade', 'head'])
  ambix(['check'])

  title('6. The history, drawn')
  ambix(['history', '--graph', '-i'])

  title('7. All the way down: nothing is left behind')
  ambix(['downgrade', 'base'])
  const [left] = await query(
    sqlite
      ? "select count(*) as relations, 0 as enums from sqlite_schema where name not like '%ambix%' and name not like 'sqlite_%'"
      : `select
    (select count(*)::int from pg_class c join pg_namespace n on n.oid = relnamespace
      where nspname = 'public' and relname not like '%ambix%') as relations,
    (select count(*)::int from pg_type t join pg_namespace n on n.oid = typnamespace
      where nspname = 'public' and typtype = 'e') as enums`,
  )
  say(`left behind: ${left.relations} tables, indexes and sequences, ${left.enums} enums`)
  if (left.relations !== 0 || left.enums !== 0) throw new Stop('the downgrade left something behind')

  title('8. And up again')
  ambix(['upgrade', 'head'])
  ambix(['check'])

  title('9. The whole as SQL, for those who must hand it to somebody')
  ambix(['upgrade', 'head', '--sql'])

  console.log(`\nDone in ${((Date.now() - started) / 1000).toFixed(1)} s. Next: docs/enums.md goes on from here.`)
} catch (error) {
  if (!(error instanceof Stop)) throw error
  console.error(`\nThe story broke: ${error.message}`)
  process.exitCode = 1
} finally {
  rmSync(blog, { recursive: true, force: true })
}
