/**
 * What safety costs in an upgrade of 1,000 revisions: the lock, the look at the state and at ambix's own tables, history, journal and hazards.
 * One upgrade is recorded as it is sent. It is then sent again as a whole, and without all but the revisions' own statements, their transactions
 * and the version rows; the difference is what the server and the wire take for safety. The hazards are timed beside it.
 * Where the server's own processor time can be read (Linux, the same machine), that is told too: nobody else's work is in it.
 */
import { readFileSync } from 'node:fs'
import { rawHazards } from '../../src/dialects/shared/raw/hazards.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { lockOf } from '../../src/dialects/postgres/hazards/locks.ts'
import { pg } from '../../src/drivers/pg.ts'
import { upgrade } from '../../src/index.ts'
import { emptySchema } from '../../src/schema/model.ts'
import { revisions, writeRevisions } from '../lib/fixture.mjs'
import { median } from '../lib/measure.mjs'

const timed = async (work) => {
  const from = performance.now()
  await work()
  return performance.now() - from
}

/** The processor time that the server's process of this connection has had, in milliseconds. */
function served({ backend }) {
  try {
    return Number(readFileSync(`/proc/${backend}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return NaN
  }
}

/** The connection, with what is sent over it written down: scripts, in groups that do not wait for each other. */
function recording(connection, sent) {
  const noted = (entry, result) => {
    sent.push(entry)
    // The first look at a database without ambix's tables fails.
    result.catch(() => (entry.failed = true))
    return result
  }
  const one = (kind) => (text, params) =>
    noted({ kind, scripts: [Array.isArray(text) ? text : [text]], params }, connection[kind](text, params))
  const own = {
    query: one('query'),
    values: one('values'),
    script: one('script'),
    valuesOfAll: (texts) => noted({ kind: 'valuesOfAll', scripts: [texts] }, connection.valuesOfAll(texts)),
    pipeline: (scripts, onDone) => noted({ kind: 'pipeline', scripts }, connection.pipeline(scripts, onDone)),
  }
  return new Proxy(connection, {
    get: (target, key) => own[key] ?? (typeof target[key] === 'function' ? target[key].bind(target) : target[key]),
  })
}

const send = (connection, { kind, scripts, params }) => {
  if (kind === 'pipeline') return connection.pipeline(scripts, () => {})
  if (kind === 'script' || kind === 'valuesOfAll') return connection[kind](scripts[0])
  return connection[kind](scripts[0][0], params)
}

async function replay(connection, sent) {
  for (const entry of sent)
    if (entry.failed) await send(connection, entry).catch(() => {})
    else await send(connection, entry)
}

const statements = (sent) => sent.flatMap((s) => s.scripts.flat()).length

export async function safety({ folder, database, quick, rounds }) {
  const count = quick ? 200 : 1000
  const list = revisions(count)
  const own = new Set(list.flatMap((r) => r.up))
  /** The revisions' own statements, transactions, the version table and its rows, without those of the history that are written with them; none prepared. */
  const prepared = new Map()
  const kept = (text) => {
    const [, made, body] = /^PREPARE (\S+) AS (.*)/s.exec(text) ?? []
    if (made !== undefined) {
      prepared.set(made, body)
      return []
    }
    const [, name, values] = /^EXECUTE (\w+)\('(.*)'\)$/.exec(text) ?? []
    if (name !== undefined) {
      const list = values.split(`', '`)
      return kept(prepared.get(name).replaceAll(/\$(\d+)/g, (_, at) => `'${list[at - 1]}'`))
    }
    const rows = /^WITH edited AS \((.*?) RETURNING 1\)/s.exec(text)?.[1]
    if (rows !== undefined) return [rows]
    return own.has(text) || /^(?:BEGIN|COMMIT)\b|^CREATE TABLE \S*ambix_version\b/.test(text) ? [text] : []
  }
  const project = folder()
  writeRevisions(project, list)
  const figures = { whole: [], all: [], bare: [], hazards: [], allServed: [], bareServed: [] }
  let dropped = 0
  for (let round = 0; round < rounds; round++) {
    const sent = []
    const fresh = async (work) => {
      const place = await database()
      const connection = await pg.open(place.url, { projectDir: project })
      try {
        return await work(connection, place)
      } finally {
        await connection.close()
        await place.drop()
      }
    }
    const there = async (place) => {
      const have = await place.count(`SELECT count(*) FROM pg_class WHERE relname ~ '^thing_[0-9]+$'`)
      if (have !== (count + 1) >> 1) throw new Error(`${have} tables are there`)
    }
    const config = { migrations: `${project}/migrations` }
    figures.whole.push(
      await fresh(async (connection, place) => {
        const ms = await timed(() => upgrade(config, 'head', { cwd: project, connection, quiet: true }))
        await there(place)
        return ms
      }),
    )
    await fresh(async (connection) =>
      upgrade(config, 'head', { cwd: project, connection: recording(connection, sent), quiet: true }),
    )
    figures.all.push(
      await fresh(async (connection, place) => {
        const before = served(connection)
        const ms = await timed(() => replay(connection, sent))
        figures.allServed.push(served(connection) - before)
        await there(place)
        return ms
      }),
    )
    const bare = sent.flatMap((s) => {
      const scripts = s.scripts.map((texts) => texts.flatMap(kept)).filter((texts) => texts.length > 0)
      return scripts.length === 0 ? [] : [{ ...s, scripts }]
    })
    dropped = statements(sent) - statements(bare)
    figures.bare.push(
      await fresh(async (connection, place) => {
        const before = served(connection)
        const ms = await timed(() => replay(connection, bare))
        figures.bareServed.push(served(connection) - before)
        await there(place)
        return ms
      }),
    )
    const memory = () => ({
      made: new Set(),
      unproven: new Map(),
      proven: new Set(),
      constraints: new Set(),
      before: () => emptySchema,
      madeAgain: () => false,
    })
    const rules = { lockOf, text: postgres.session.text, nameBytes: 63 }
    figures.hazards.push(
      await timed(async () => {
        for (const { up } of list) for (const text of up) rawHazards(text, rules, memory())
      }),
    )
  }
  const { whole, all, bare, hazards } = Object.fromEntries(
    Object.entries(figures).map(([name, list]) => [name, median(list)]),
  )
  const rows = [
    ['the upgrade, in this process', whole],
    ['what it sends, sent again', all],
    [`the same without its ${dropped} statements of safety`, bare],
    ['hazards of all statements', hazards],
  ]
  const lines = rows.map(([name, ms]) => `| ${name} | ${Math.round(ms)} ms |`).join('\n')
  // Within a round, so that a busy machine weighs on both.
  const ratios = figures.all.map((ms, i) => (ms - figures.bare[i] + figures.hazards[i]) / figures.bare[i])
  const percent = (100 * median(ratios)).toFixed(1)
  const ofServer = figures.allServed.map((ms, i) => ms / figures.bareServed[i] - 1)
  const server = Number.isNaN(ofServer[0])
    ? ''
    : `| the same, of the server's processor time, without hazards | ${(100 * median(ofServer)).toFixed(1)} % |\n`
  return [
    `## Safety in an upgrade of ${count} revisions\n\n| | |\n|---|--:|\n${lines}\n| safety, of what is sent without it (goal 10 %) | ${percent} % |\n${server}`,
  ]
}
