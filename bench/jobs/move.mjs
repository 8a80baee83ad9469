/** Upgrade of an empty database to the head and back, and the same as a script. */
import { spawnSync } from 'node:child_process'
import { interleave, node, run, table } from '../lib/measure.mjs'
import { put, revisions, writeRevisions } from '../lib/fixture.mjs'

/** Five thousand revisions in a row, on a server with its default settings: each transaction gives its locks back. */
async function many({ command, database, folder }) {
  const count = 5000
  const project = folder()
  writeRevisions(project, revisions(count))
  put(project, 'ambix.config.json', '{}')
  const place = await database()
  const { wall } = await run({ ...command('upgrade', 'head'), cwd: project, env: { DATABASE_URL: place.url } })
  const made = await place.count(`SELECT count(*) FROM pg_class WHERE relname ~ '^thing_[0-9]+$'`)
  const locks = (await place.exec('SHOW max_locks_per_transaction')).rows[0][0]
  await place.drop()
  if (made !== (count + 1) >> 1) throw new Error(`${made} tables are there after ${count} revisions`)
  return `\n${count} revisions, a transaction each, max_locks_per_transaction ${locks}: ${(wall / 1000).toFixed(1)} s\n`
}

export async function move({ ambix, floor, folder, database, quick, rounds }) {
  const count = quick ? 200 : 1000
  const list = revisions(count)
  const project = folder()
  writeRevisions(project, list)
  put(project, 'ambix.config.json', JSON.stringify({ environments: { one: { transactionPerMigration: false } } }))
  const json = put(project, 'up.json', JSON.stringify(list.map((r) => r.up)))
  const ledger = (i) => (i === 0 ? `INSERT INTO ledger VALUES ('0')` : `UPDATE ledger SET version = '${i}'`)
  const text = (wrap) =>
    `CREATE TABLE ledger (version text);\n${list.map((r, i) => wrap([...r.up, ledger(i)].map((s) => `${s};\n`).join(''))).join('')}`
  const each = put(
    project,
    'each.sql',
    text((s) => `BEGIN;\n${s}COMMIT;\n`),
  )
  const one = put(
    project,
    'one.sql',
    text((s) => s),
  )
  const down = put(
    project,
    'down.sql',
    list
      .toReversed()
      .map((r) => r.down.map((s) => `${s};\n`).join(''))
      .join(''),
  )
  const psqlThere = spawnSync('psql', ['--version']).status === 0

  let place
  const fresh = async () => {
    await place?.drop()
    place = await database()
  }
  const expect = (want) => async () => {
    const have = await place.count(`SELECT count(*) FROM pg_class WHERE relname ~ '^thing_[0-9]+$'`)
    if (have !== want) throw new Error(`${have} tables are there, and ${want} should be`)
  }
  const psql = (...words) => ({ argv: ['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', place.url, ...words] })
  const command = (...words) => ({
    argv: [...node, ambix, '-q', ...words],
    cwd: project,
    env: { DATABASE_URL: place.url },
  })
  const bare = (way) => ({
    name: `${psqlThere ? '' : 'floor: '}node, pg, one query a revision`,
    before: fresh,
    after: expect((count + 1) >> 1),
    command: () => ({ argv: [...node, floor('apply.mjs'), place.url, json, way] }),
  })
  const up = (name, words, goal) => ({
    name,
    before: fresh,
    after: expect((count + 1) >> 1),
    command: () => command(...words),
    goal,
  })
  const out = []
  for (const { title, way, words } of [
    { title: 'a transaction each', way: 'each', words: ['upgrade', 'head'] },
    { title: 'one transaction', way: 'one', words: ['-n', 'one', 'upgrade', 'head'] },
  ]) {
    const floors = psqlThere
      ? [
          {
            name: `floor: psql ${way === 'one' ? '-1 ' : ''}-f`,
            before: fresh,
            after: expect((count + 1) >> 1),
            command: () => (way === 'one' ? psql('-1', '-f', one) : psql('-f', each)),
          },
        ]
      : []
    out.push(
      table(
        `Upgrade of ${count} revisions, ${title}`,
        await interleave([...floors, bare(way), up('ambix upgrade head', words, 1.15)], { rounds, warmup: 0 }),
      ),
    )
  }
  const filled = async () => {
    await fresh()
    await run(command('upgrade', 'head'))
  }
  if (psqlThere)
    out.push(
      table(
        `Downgrade of ${count} revisions`,
        await interleave(
          [
            { name: 'floor: psql -1 -f', before: filled, after: expect(0), command: () => psql('-1', '-f', down) },
            {
              name: 'ambix downgrade base',
              before: filled,
              after: expect(0),
              command: () => command('downgrade', 'base'),
            },
            {
              name: 'ambix downgrade base, one transaction',
              before: filled,
              after: expect(0),
              command: () => command('-n', 'one', 'downgrade', 'base'),
            },
          ],
          { rounds, warmup: 0 },
        ),
      ),
    )
  await place.drop()
  if (!quick) out.push(await many({ command, database, folder }))
  const generate = put(
    project,
    'floor/generate.cjs',
    `const fs = require('node:fs')\nconst of = new Map(fs.readdirSync(__dirname + '/r').map((name) => { const r = require(__dirname + '/r/' + name); return [r.downRevision, r] }))\nconst out = []\nfor (let r = of.get(null); r !== undefined; r = of.get(r.revision)) { r.upgrade({ execute: (s) => out.push(s + ';') }); out.push("UPDATE ledger SET version = '" + r.revision + "';") }\nprocess.stdout.write(out.join('\\n'))\n`,
  )
  for (const [i, r] of list.entries())
    put(
      project,
      `floor/r/${r.id}.cjs`,
      `exports.revision = '${r.id}'\nexports.downRevision = ${i === 0 ? 'null' : `'${list[i - 1].id}'`}\nexports.upgrade = (op) => {\n${r.up.map((s) => `  op.execute(${JSON.stringify(s)})`).join('\n')}\n}\n`,
    )
  out.push(
    table(
      `${count} revisions as a script`,
      await interleave(
        [
          {
            name: 'floor: node requires them as JavaScript and prints',
            command: () => ({ argv: [...node, generate] }),
          },
          {
            name: 'ambix upgrade head --sql',
            command: () => ({
              ...command('upgrade', 'head', '--sql'),
              env: { DATABASE_URL: 'postgres://nobody@localhost:1/none' },
            }),
            goal: 2,
          },
        ],
        { rounds },
      ),
    ),
  )
  return out
}
