/** `npm run bench [-- --quick] [job …]`: what ambix costs beside the least that the same job can cost, as ratios of the same rounds. */
import { mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { connectServer, startServer } from '../test/support/server.ts'
import { check, diff } from './jobs/diff.mjs'
import { embedded } from './jobs/embedded.mjs'
import { enums } from './jobs/enum.mjs'
import { fleet } from './jobs/fleet.mjs'
import { graph } from './jobs/graph.mjs'
import { kill } from './jobs/kill.mjs'
import { move } from './jobs/move.mjs'
import { mysql } from './jobs/mysql.mjs'
import { page } from './jobs/page.mjs'
import { safety } from './jobs/safety.mjs'
import { sqlite } from './jobs/sqlite.mjs'
import { stall } from './jobs/stall.mjs'
import { start } from './jobs/start.mjs'

const jobs = { start, move, diff, check, graph, enum: enums, embedded, page, fleet, kill, sqlite, mysql, safety, stall }
const words = process.argv.slice(2)
const quick = words.includes('--quick')
const rounds = Number(words.find((w) => w.startsWith('--rounds='))?.slice('--rounds='.length) ?? (quick ? 3 : 5))
const named = words.filter((w) => !w.startsWith('--'))
const unknown = named.filter((name) => !(name in jobs))
if (unknown.length > 0)
  throw new Error(`there is no job ${unknown.join(', ')}; the jobs are ${Object.keys(jobs).join(', ')}`)

const root = fileURLToPath(new URL('..', import.meta.url))
const folders = []
const folder = () => {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'ambix-bench-')))
  folders.push(made)
  symlinkSync(join(root, 'node_modules'), join(made, 'node_modules'))
  return made
}
const given = process.env['AMBIX_BENCH_PG']
const server = given === undefined || given === '' ? await startServer() : await connectServer(given)
const database = async () => {
  const { url, drop } = await server.createDatabase()
  const exec = async (text) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return await client.query({ text, rowMode: 'array' })
    } finally {
      await client.end()
    }
  }
  return { url, drop, exec, count: async (text) => Number((await exec(text)).rows[0][0]) }
}

try {
  console.log(
    `# ambix bench\n\nNode ${process.version}, PostgreSQL ${server.version}, ${cpus().length} cores, ${rounds} rounds${quick ? ', quick' : ''}; load ${loadavg()[0].toFixed(1)} at the start.`,
  )
  for (const [name, job] of Object.entries(jobs)) {
    if (named.length > 0 && !named.includes(name)) continue
    const context = {
      ambix: join(root, 'bin/ambix.js'),
      floor: (file) => join(root, 'bench/floor', file),
      folder,
      database,
      quick,
      rounds,
    }
    for (const text of await job(context)) console.log(text)
  }
  console.log(`Load ${loadavg()[0].toFixed(1)} at the end.`)
} finally {
  for (const made of folders) rmSync(made, { recursive: true, force: true })
  await server.stop()
}
