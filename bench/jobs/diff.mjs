/** Comparing models in a .ts file with the database: nothing differs, and one column does. */
import { interleave, node, run, table } from '../lib/measure.mjs'
import { ddl, models, put, tables, whole } from '../lib/fixture.mjs'

export async function diff({ ambix, floor, folder, database, quick, rounds }) {
  const out = []
  for (const count of quick ? [200] : [500, 1000, 2000]) {
    const place = await database()
    const statements = ddl(tables(count))
    for (let i = 0; i < statements.length; i += 200) await place.exec(statements.slice(i, i + 200).join(';'))
    await place.exec('ANALYZE')
    for (const more of [false, true]) {
      const project = folder()
      put(project, 'ambix.config.json', JSON.stringify({ schema: './schema.ts' }))
      put(project, 'migrations/.keep', '')
      put(project, 'schema.ts', models(tables(count, more)))
      const seen = (want) => (result) => {
        if (!want(result)) throw new Error(`not what should be found: ${(result.out + result.err).slice(0, 600)}`)
      }
      const rows = await interleave(
        [
          {
            name: 'floor: node, the catalog in bulk, compared in memory',
            command: () => ({ argv: [...node, floor('diff.mjs'), place.url, String(count), more ? 'more' : ''] }),
            after: seen((r) => (r.out.trim() === '0') === !more),
          },
          {
            name: 'ambix check',
            command: () => ({
              argv: [...node, ambix, 'check'],
              cwd: project,
              env: { DATABASE_URL: place.url },
              codes: [more ? 2 : 0],
            }),
            after: seen((r) => (more ? r.out.includes('added') : r.err.includes('No changes'))),
            ...(more ? {} : { goal: 2 }),
          },
        ],
        { rounds },
      )
      out.push(table(`Comparison of ${count} tables, ${more ? 'one column more' : 'no change'}`, rows))
    }
    await place.drop()
  }
  return out
}

/** A schema of every usual kind, models as `pull` writes them: beside the queries alone and the tool's own start. */
export async function check({ ambix, floor, folder, database, quick, rounds }) {
  const count = quick ? 200 : 1000
  const place = await database()
  const statements = whole(count)
  for (let i = 0; i < statements.length; i += 200) await place.exec(statements.slice(i, i + 200).join(';'))
  await place.exec('ANALYZE')
  const project = folder()
  put(project, 'ambix.config.json', JSON.stringify({ schema: './schema.ts' }))
  put(project, 'migrations/.keep', '')
  const command = (...words) => ({ argv: [...node, ambix, ...words], cwd: project, env: { DATABASE_URL: place.url } })
  await run(command('pull', '--models', 'ts', '--out', 'schema.ts'))
  const rows = await interleave(
    [
      {
        name: 'floor: node, pg, the catalog in bulk',
        command: () => ({ argv: [...node, floor('catalog.mjs'), place.url] }),
      },
      { name: 'ambix current (the start of the tool, connection included)', command: () => command('current') },
      {
        name: 'ambix check',
        command: () => command('check'),
        after: (r) => {
          if (!r.err.includes('No changes')) throw new Error(`a difference was found: ${r.out.slice(0, 600)}`)
        },
      },
    ],
    { rounds },
  )
  await place.drop()
  const [queries, start, all] = rows
  const ratio = (all.wall / (queries.wall + start.wall)).toFixed(2)
  return [
    table(`${count} tables, ${count * 3} indexes, ${count / 5} views, ${count / 5} functions: no change`, rows),
    `\nCheck beside queries and start: ${ratio} (goal <= 1.5).\n`,
  ]
}
