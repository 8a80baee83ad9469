/** `revision --autogenerate` on the embedded database: a table, and one column more. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { interleave, node, run, table } from '../lib/measure.mjs'
import { put } from '../lib/fixture.mjs'

export async function embedded({ ambix, floor, folder, rounds }) {
  const project = folder()
  const data = join(project, 'data')
  const command = (...words) => ({ argv: [...node, ambix, ...words], cwd: project })
  const models = (more) => put(project, 'schema.sql', `CREATE TABLE t (id integer PRIMARY KEY${more});\n`)
  put(project, 'ambix.config.json', JSON.stringify({ schema: './schema.sql', url: `pglite://${data}` }))
  put(project, 'migrations/.keep', '')
  models('')
  await run(command('revision', '--autogenerate', '-m', 'first'))
  await run(command('upgrade'))
  models(', name text')
  const made = () => readdirSync(join(project, 'migrations')).filter((name) => name.includes('second'))
  const rows = await interleave(
    [
      { name: 'floor: PGlite opens a folder twice', command: () => ({ argv: [...node, floor('embedded.mjs'), data] }) },
      {
        name: 'ambix revision --autogenerate',
        command: () => command('revision', '--autogenerate', '-m', 'second'),
        after: () => {
          if (made().length !== 1) throw new Error('no revision was written')
          for (const name of made()) rmSync(join(project, 'migrations', name))
        },
        goal: 2.5,
      },
    ],
    { rounds },
  )
  return [table('A revision on the embedded database', rows)]
}
