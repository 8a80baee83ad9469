/** Start-up: `current`, `heads`, `history` and an upgrade with nothing to do, with so many revisions that are all applied. */
import { interleave, node, run, table } from '../lib/measure.mjs'
import { revisions, writeRevisions } from '../lib/fixture.mjs'

export async function start({ ambix, floor, folder, database, quick, rounds }) {
  const out = []
  for (const count of quick ? [1000] : [1, 1000, 5000]) {
    const project = folder()
    writeRevisions(project, revisions(count))
    const { url, drop } = await database()
    const command = (...words) => ({ argv: [...node, ambix, ...words], cwd: project, env: { DATABASE_URL: url } })
    await run(command('stamp', 'head'))
    const scan =
      (...more) =>
      () => ({ argv: [...node, floor('scan.cjs'), `${project}/migrations`, ...more] })
    const goal = count === 1 ? undefined : 1.25
    const online = await interleave(
      [
        { name: 'floor: node, heads of the files, pg, one SELECT', command: scan(url) },
        { name: 'ambix current', command: () => command('current'), goal },
        { name: 'ambix upgrade head, nothing to do', command: () => command('upgrade', 'head'), goal },
      ],
      { rounds: rounds * 2 },
    )
    out.push(table(`Start-up with the database, ${count} revisions`, online))
    const offline = await interleave(
      [
        { name: 'floor: node, heads of the files', command: scan() },
        { name: 'ambix heads', command: () => command('heads'), goal },
        { name: 'ambix history', command: () => command('history'), goal },
      ],
      { rounds: rounds * 2 },
    )
    out.push(table(`Start-up without, ${count} revisions`, offline))
    await drop()
  }
  return out
}
