/** Issue 10.7: what was done to the files of applied revisions is told apart, and what is no change is none (reliability V1). */
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ancestry } from '../../src/commands/project/ancestry.ts'
import { current } from '../../src/commands/current.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { repair } from '../../src/commands/project/repair.ts'
import { fileChanges } from '../../src/commands/project/tampering.ts'
import { stamp } from '../../src/commands/stamp.ts'
import type { AmbixError } from '../../src/errors.ts'
import { scanRevisions } from '../../src/revisions/files/files.ts'
import { buildGraph } from '../../src/revisions/graph/graph.ts'
import { sandbox } from '../cli/sandbox.ts'
import type { Sandbox } from '../cli/sandbox.ts'
import { folderOf } from '../support/folder.ts'
import { writeFileSync } from 'node:fs'

interface Made {
  readonly id: string
  readonly down?: string
  readonly depends?: string
  readonly body?: string
  readonly back?: string
}

const ts = ({ id, down, depends, body = `op.execute('select 1 -- ${id}')`, back = '' }: Made): string => `/**
 * What ${id} does.
 *
 * Revision ID: ${id}
 * Revises: ${down ?? ''}
 */
import type { Operations } from 'ambix'

export const revision = '${id}'
export const downRevision = ${down === undefined ? 'null' : down.includes(' ') ? JSON.stringify(down.split(' ')) : `'${down}'`}
${depends === undefined ? '' : `export const dependsOn = '${depends}'\n`}
export function upgrade(op: Operations): void {
  ${body}
}

export function downgrade(op: Operations): void {
  ${back}
}
`
const own = { b: "op.execute('select 2')", c: "op.execute('select 3')", n: "op.execute('select 9')" }
const a = ts({ id: 'aa01' })
const b = (more: Partial<Made> = {}): string => ts({ id: 'bb02', down: 'aa01', body: own.b, ...more })
const c = (more: Partial<Made> = {}): string => ts({ id: 'cc03', down: 'bb02', body: own.c, ...more })

type Edit = (s: Sandbox) => void
const write =
  (name: string, text: string): Edit =>
  (s) =>
    s.write(`migrations/${name}.ts`, text)
const remove =
  (name: string): Edit =>
  (s) =>
    rmSync(join(s.dir, `migrations/${name}.ts`))
const all =
  (...edits: readonly Edit[]): Edit =>
  (s) =>
    edits.forEach((edit) => edit(s))

const inserted = ts({ id: 'xx09', down: 'aa01', body: own.n })
const other = ts({ id: 'zz08', body: "op.execute('select 8')" })

/** Twelve and two more; what is said of each. */
const tampered: readonly (readonly [string, Edit, readonly string[]])[] = [
  ['upgrade edited', write('a', ts({ id: 'aa01', body: 'void op' })), ['edited aa01']],
  ['downgrade edited', write('c', c({ back: 'void op' })), ['edited cc03']],
  [
    'two bodies exchanged',
    all(write('b', b({ body: own.c })), write('c', c({ body: own.b }))),
    ['edited bb02', 'edited cc03'],
  ],
  ['followed by another', write('c', c({ down: 'aa01' })), ['moved cc03', 'moved bb02']],
  ['moved and edited', write('c', c({ down: 'aa01', body: 'void op' })), ['moved cc03', 'moved bb02', 'edited cc03']],
  ['exchanged', all(write('b', b({ down: 'cc03' })), write('c', c({ down: 'aa01' }))), ['moved cc03', 'moved bb02']],
  ['inserted', all(write('x', inserted), write('b', b({ down: 'xx09' }))), ['inserted xx09', 'moved bb02']],
  [
    'inserted at the base',
    all(write('z', other), write('a', ts({ id: 'aa01', down: 'zz08', body: "op.execute('select 1 -- aa01')" }))),
    ['inserted zz08', 'moved aa01'],
  ],
  [
    'inserted as a dependency',
    all(write('z', other), write('b', b({ depends: 'zz08' }))),
    ['inserted zz08', 'moved bb02'],
  ],
  [
    'two inserted',
    all(
      write('x', inserted),
      write('y', ts({ id: 'yy07', down: 'xx09', body: own.n })),
      write('b', b({ down: 'yy07' })),
    ),
    ['inserted yy07', 'inserted xx09', 'moved bb02'],
  ],
  ['deleted between', all(remove('b'), write('c', c({ down: 'aa01' }))), ['deleted bb02', 'moved cc03']],
  ['renamed', all(write('b', b({ id: 'bb22' })), write('c', c({ down: 'bb22' }))), ['renamed bb02', 'moved cc03']],
]

const files = {
  'migrations/a.ts': a,
  'migrations/b.ts': b(),
  'migrations/c.ts': c(),
  'ambix.config.json': '{ "url": "sqlite:app.db" }',
}
const config = (s: Sandbox): { root: string; url: string } => ({ root: s.dir, url: 'sqlite:app.db' })
const changesIn = async (s: Sandbox): Promise<string[]> => {
  const [result] = await current(config(s), { verbose: true })
  return result!.changes!.map((change) => `${change.kind} ${change.revision}`)
}
const failed = async (work: Promise<unknown>): Promise<AmbixError> =>
  work.then(
    () => expect.fail('it should have failed'),
    (error: AmbixError) => error,
  )

test.each(tampered)(
  '%s: named, refused where the configuration says so, and accepted by repair',
  async (_, edit, said) => {
    const s = sandbox({ files: files })
    await upgrade(config(s))
    expect(await changesIn(s)).toEqual([])
    edit(s)
    expect(await changesIn(s)).toEqual(said)
    const error = await failed(upgrade({ ...config(s), edited: 'error' }, 'heads'))
    expect(error.code).toBe('REVISION.EDITED')
    await repair(config(s))
    expect(await changesIn(s)).toEqual([])
    expect(await repair(config(s))).toEqual({ accepted: [] })
  },
)

test('what was inserted below an applied revision is never run: upgrade and downgrade refuse, unless it is accepted or edits are ignored', async () => {
  const insert = (s: Sandbox): void => {
    write('x', inserted)(s)
    write('b', b({ down: 'xx09' }))(s)
  }
  const s = sandbox({ files: files })
  await upgrade(config(s))
  insert(s)
  for (const run of [upgrade, downgrade]) {
    const error = await failed(run(config(s)))
    expect([error.code, error.message]).toEqual([
      'REVISION.EDITED',
      'xx09 was inserted before bb02, which is applied: it counts as applied, and was never run',
    ])
    expect(error.next.map((n) => n.command ?? n.text)).toEqual([
      'Let xx09 follow a head instead (downRevision), and put the others back as they were',
      'ambix repair xx09 bb02',
    ])
  }
  await upgrade({ ...config(s), edited: 'ignore' })
  await repair(config(s))
  await upgrade(config(s))
})

test.each([
  ['followed by another', write('c', c({ down: 'aa01' }))],
  ['exchanged', all(write('b', b({ down: 'cc03' })), write('c', c({ down: 'aa01' })))],
])('what others were moved away from would run twice: refused, up and down (%s)', async (_, edit) => {
  const s = sandbox({ files: files })
  await upgrade(config(s))
  edit(s)
  for (const run of [upgrade, downgrade]) {
    const error = await failed(run(config(s), run === upgrade ? 'heads' : '-1'))
    expect([error.code, error.message]).toEqual([
      'REVISION.EDITED',
      'bb02 was applied, and nothing that is applied is built on it any more: an upgrade would run it again',
    ])
    expect(error.why).toContain('cc03 was made to follow aa01')
  }
  const db = new DatabaseSync(join(s.dir, 'app.db'))
  expect(db.prepare('SELECT count(*) AS n FROM ambix_history').get()).toEqual({ n: 3 })
  db.close()
  await repair(config(s))
  await upgrade(config(s), 'heads')
})

test('a head that was deleted or renamed, and a parent that is gone, stop every run', async () => {
  const s = sandbox({ files: files })
  await upgrade(config(s))
  remove('c')(s)
  const deleted = await failed(upgrade(config(s)))
  expect(deleted.code).toBe('VERSION.UNKNOWN_REVISION')
  expect(deleted.why).toContain('cc03 was applied')
  write('c', c({ id: 'cc33' }))(s)
  expect((await failed(upgrade(config(s)))).why).toContain('it was renamed to cc33')
  write('c', c())(s)
  remove('b')(s)
  expect((await failed(upgrade(config(s)))).code).toBe('REVISION.MISSING_PARENT')
})

test('what no row speaks of is held by the row above it: below a stamp, and where the history was forged', async () => {
  const s = sandbox({ files: files })
  await stamp(config(s), 'bb02')
  await upgrade(config(s))
  write('a', ts({ id: 'aa01', body: 'void op' }))(s)
  const [result] = await current(config(s), { verbose: true })
  expect(result!.changes).toMatchObject([
    { kind: 'below', revision: 'bb02', text: expect.stringContaining('aa01') as string },
  ])
  write('a', a)(s)
  expect(await changesIn(s)).toEqual([])
  write('c', c({ body: 'void op' }))(s)
  const db = new DatabaseSync(join(s.dir, 'app.db'))
  const now = new Ancestry(buildGraph(scanRevisions({ folders: [join(s.dir, 'migrations')] })), new Map())
  const sum = now.fileOf(now.graph.indexOf.get('cc03')!)
  db.prepare(`UPDATE ambix_history SET checksum = ? || substr(checksum, 65) WHERE revision = 'cc03'`).run(sum)
  db.close()
  expect(await changesIn(s)).toEqual(['below cc03'])
})

test('no false alarm: byte order mark, line ends, another file name, new files beside and above, put back, repaired, run again', async () => {
  const s = sandbox({ files: files })
  await upgrade(config(s))
  write('a', `\uFEFF${a.replaceAll('\n', '\r\n')}`)(s)
  renameSync(join(s.dir, 'migrations/b.ts'), join(s.dir, 'migrations/first.ts'))
  write('d', ts({ id: 'dd04', down: 'cc03' }))(s)
  write('e', ts({ id: 'ee05', down: 'aa01' }))(s)
  expect(await changesIn(s)).toEqual([])
  await upgrade(config(s), 'dd04')
  expect(await changesIn(s)).toEqual([])
  // Applied over an edit that was warned of, put back, edited again and accepted: those above stay what they were.
  write('c', c({ body: 'void op' }))(s)
  await upgrade(config(s), 'ee05')
  write('c', c())(s)
  expect(await changesIn(s)).toEqual([])
  write('c', c({ body: 'void op' }))(s)
  expect(await repair(config(s), ['cc03'])).toEqual({ accepted: ['cc03'] })
  expect(await changesIn(s)).toEqual([])
})

const { rows: seeds, steps } = { rows: 60, steps: 12 }
test(`in random graphs every tampering is seen, and nothing where there is none (${seeds} graphs)`, () => {
  const shape = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean(), fc.boolean()), { minLength: 2, maxLength: steps })
  fc.assert(
    fc.property(shape, fc.nat(), fc.constantFrom('edit', 'move', 'insert', 'delete'), (made, pick, kind) => {
      const id = (i: number): string => `r${String(i).padStart(3, '0')}`
      const list: { id: string; down: string[]; depends?: string; body?: string }[] = made.map(
        ([p, q, merge, dep], i) => {
          if (i === 0) return { id: id(0), down: [] }
          const down = [...new Set([id(p % i), ...(merge ? [id(q % i)] : [])])]
          const depends = id(q % i)
          return { id: id(i), down, ...(dep && !down.includes(depends) ? { depends } : {}) }
        },
      )
      const folder = folderOf({})
      const put = (r: (typeof list)[number], more: Partial<Made> = {}): void =>
        writeFileSync(
          join(folder, `${r.id}.ts`),
          ts({ ...r, down: r.down.length === 0 ? undefined : r.down.join(' '), ...more } as Made),
        )
      for (const r of list) put(r)
      const graphNow = (): ReturnType<typeof buildGraph> => buildGraph(scanRevisions({ folders: [folder] }))
      const graph = graphNow()
      const first = new Ancestry(graph, new Map())
      const order = Array.from(graph.topological, (node) => graph.revisions[node]!.id)
      const records = new Map(order.map((r, i) => [r, [{ row: i + 1, checksum: first.recordFile(r) }]]))
      const rows = graph.effectiveHeads
      expect(fileChanges(new Ancestry(graph, records), rows)).toEqual([])
      const at = list[1 + (pick % (list.length - 1))]!
      const lower = list.slice(0, list.indexOf(at)).findLast((r) => !at.down.includes(r.id) && r.id !== at.depends)
      if (kind === 'edit') put(at, { body: 'void op' })
      else if (kind === 'move') put(at, { down: lower?.id })
      else if (kind === 'insert') {
        writeFileSync(join(folder, 'new.ts'), ts({ id: 'n999', down: at.down[0], body: 'void op' }))
        put(at, { down: ['n999', ...at.down.slice(1)].join(' ') })
      } else {
        rmSync(join(folder, `${at.id}.ts`))
        for (const r of list) {
          const down = r.down.flatMap((d) => (d === at.id ? at.down : [d]))
          if (r.down.includes(at.id)) put(r, { down: [...new Set(down)].join(' ') })
          else if (r.depends === at.id) put({ id: r.id, down: r.down })
        }
      }
      const after = graphNow()
      const changes = fileChanges(
        new Ancestry(after, records),
        rows.filter((r) => after.indexOf.has(r)),
      )
      if (kind === 'delete' && rows.includes(at.id)) return
      expect(changes.map((change) => change.kind)).toContain(
        { edit: 'edited', move: 'moved', insert: 'inserted', delete: 'deleted' }[kind],
      )
    }),
    { numRuns: seeds, seed: 10 },
  )
})
