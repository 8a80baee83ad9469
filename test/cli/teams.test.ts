/** Issue 3, Done 4 and 5: the graph as a golden; two deployers whose heads commute, and two whose heads clash; rebase, stamp, repair, a database ahead of the code. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { revisionFile, sandbox } from './sandbox.ts'
import type { Sandbox } from './sandbox.ts'

let last: Sandbox | undefined
const open = (...args: Parameters<typeof sandbox>): Sandbox => (last = sandbox(...args))
afterEach(async ({ task }) => {
  if (last !== undefined && task.result?.state !== 'fail')
    await expect(last.transcript()).toMatchFileSnapshot(`golden/${task.name.replaceAll(/\W+/g, '-')}.txt`)
  last = undefined
})

const url = 'sqlite:app.db'
const base = revisionFile('a1', null, {
  up: `op.execute('create table posts (id integer primary key)')`,
  down: `op.execute('drop table posts')`,
  message: 'posts',
})
const column = (id: string, down: string, name: string): string =>
  revisionFile(id, down, {
    head: "import { text } from 'ambix/schema'",
    up: `op.addColumn('posts', '${name}', text())`,
    down: `op.dropColumn('posts', '${name}')`,
    message: `posts: ${name}`,
  })

describe('two deployers', () => {
  it('commuting heads', async () => {
    const s = open({
      url,
      config: {},
      files: {
        'migrations/a1.ts': base,
        'migrations/b2.ts': column('b2', 'a1', 'title'),
        'migrations/c3.ts': column('c3', 'a1', 'body'),
      },
    })
    s.note('Ann has deployed b2; Bob’s c3 came in by another branch')
    expect((await s.$('upgrade b2')).code).toBe(0)
    expect((await s.$('upgrade head')).code).toBe(1)
    expect((await s.$('upgrade heads')).code).toBe(0)
    expect((await s.$('current')).code).toBe(0)
    expect((await s.$('merge -m "Ann and Bob" --rev-id d4')).code).toBe(0)
    expect((await s.$('upgrade head')).code).toBe(0)
    expect((await s.$('current -c')).code).toBe(0)
  })

  it('autoMerge', async () => {
    const s = open({
      url,
      config: { autoMerge: true },
      files: {
        'migrations/a1.ts': base,
        'migrations/b2.ts': column('b2', 'a1', 'title'),
        'migrations/c3.ts': column('c3', 'a1', 'body'),
      },
    })
    expect((await s.$('upgrade head')).code).toBe(0)
    expect((await s.$('current')).stdout.split('\n')).toHaveLength(3)
    s.note('a branch that touches what another touches is not merged by itself')
    s.write('migrations/d4.ts', column('d4', 'a1', 'body'))
    expect((await s.$('upgrade head')).code).toBe(1)
  })

  it('clashing heads', async () => {
    const s = open({
      url,
      files: {
        'migrations/a1.ts': base,
        'migrations/b2.ts': column('b2', 'a1', 'title'),
        'migrations/c3.ts': column('c3', 'a1', 'title'),
      },
    })
    expect((await s.$('upgrade b2')).code).toBe(0)
    expect((await s.$('upgrade head')).code).toBe(1)
    s.note('Bob puts his revision onto Ann’s, and mends it')
    expect((await s.$('rebase b2 --onto c3')).code).toBe(1)
    expect((await s.$('rebase c3 --onto b2')).code).toBe(0)
    expect(s.read('migrations/c3.ts')).toContain('downRevision = "b2"')
    s.write('migrations/c3.ts', s.read('migrations/c3.ts').replaceAll("'title'", "'subtitle'"))
    expect((await s.$('heads')).stdout).toContain('c3')
    expect((await s.$('upgrade head')).code).toBe(0)
    expect((await s.$('merge')).code).toBe(0)
  })

  it('raw SQL is opaque', async () => {
    const raw = (id: string): string =>
      revisionFile(id, 'a1', { up: `op.execute('update posts set id = id')`, down: '' })
    const s = open({
      url,
      files: { 'migrations/a1.ts': base, 'migrations/b2.ts': raw('b2'), 'migrations/c3.ts': raw('c3') },
    })
    expect((await s.$('upgrade head')).stderr).toContain('b2, c3')
    await s.$('merge -m both --rev-id d4')
  })
})

describe('the graph', () => {
  it('history --graph', async () => {
    const nodes: readonly (readonly [
      string,
      string | readonly string[] | null,
      (readonly string[])?,
      (readonly string[])?,
    ])[] = [
      ['root', null],
      ['left1', 'root'],
      ['left2', 'left1'],
      ['right1', 'root'],
      ['mid1', 'root', ['mid']],
      ['join1', ['left2', 'right1']],
      ['mid2', 'mid1'],
      ['all', ['join1', 'mid2']],
      ['tail', 'all'],
      ['other1', null, ['other']],
      ['other2', 'other1', [], ['left2']],
    ]
    const s = open({
      url,
      files: Object.fromEntries(
        nodes.map(([id, down, labels, needs], i) => [
          `migrations/${String(i).padStart(2, '0')}_${id}.ts`,
          revisionFile(id, down, {
            ...(labels === undefined ? {} : { labels }),
            ...(needs === undefined ? {} : { needs }),
            message: `what ${id} does`,
          }),
        ]),
      ),
    })
    await s.$('upgrade join1')
    await s.$('history --graph')
    await s.$('history --graph -i')
    await s.$('history -i')
    await s.$('heads')
    await s.$('heads --resolve-dependencies')
    await s.$('branches')
    await s.$('history -r left1:join1')
    await s.$('show mid@head')
    await s.$('upgrade other@head')
    await s.$('current')
    await s.$('current --check-heads')
    await s.$('upgrade heads')
    await s.$('current -c')
  })
})

describe('what is applied', () => {
  it('stamp', async () => {
    const s = open({
      url,
      files: {
        'migrations/a1.ts': base,
        'migrations/b2.ts': column('b2', 'a1', 'title'),
        'migrations/c3.ts': column('c3', 'a1', 'body'),
      },
    })
    for (const line of [
      'stamp b2 c3',
      'current',
      'stamp a1',
      'stamp heads',
      'stamp base',
      'current',
      'stamp b2',
      'stamp nosuch --purge',
      'current',
      'stamp c3 --purge',
      'current',
      'stamp a1:b2 --sql',
      'stamp b2 --sql',
      'stamp +1',
      'stamp a1:b2:c3 --sql',
    ])
      await s.$(line)
  })

  it('edited files and repair', async () => {
    const s = open({ url, config: { actor: 'ann@laptop' }, files: { 'migrations/a1.ts': base } })
    expect((await s.$('upgrade head')).code).toBe(0)
    s.write('migrations/a1.ts', `${base}// a remark\n`)
    s.write('migrations/b2.ts', column('b2', 'a1', 'title'))
    await s.$('current -v')
    expect((await s.$('upgrade head')).stderr).toContain('warning: a1 was edited after being applied')
    s.note('with nothing to do it is noticed too')
    expect((await s.$('upgrade head')).stderr).toContain('warning: a1 was edited after being applied')
    s.write('migrations/b2.ts', column('b2', 'a1', 'title').replaceAll('\n', '\r\n'))
    expect((await s.$('upgrade head')).stderr).not.toContain('b2 was edited')
    s.write('ambix.config.json', JSON.stringify({ url, actor: 'bob@ci', edited: 'error' }))
    expect(await s.$('upgrade head')).toMatchObject({ code: 1 })
    s.write('ambix.config.json', JSON.stringify({ url, actor: 'bob@ci', edited: 'ignore' }))
    expect(await s.$('upgrade head')).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Database: \S+\nNothing to do: the database is at b2\.\n$/) as string,
    })
    s.write('ambix.config.json', JSON.stringify({ url, actor: 'bob@ci', edited: 'error' }))
    s.write('migrations/c3.ts', column('c3', 'b2', 'body'))
    expect((await s.$('upgrade head')).code).toBe(1)
    expect((await s.$('repair')).code).toBe(0)
    expect((await s.$('repair')).code).toBe(0)
    expect((await s.$('upgrade head')).code).toBe(0)
    await s.$('history --applied')
  })

  it('a database ahead of the code', async () => {
    const s = open({
      url,
      config: { actor: 'ann@laptop' },
      files: { 'migrations/a1.ts': base, 'migrations/b2.ts': column('b2', 'a1', 'title') },
    })
    await s.$('upgrade head')
    s.note('another branch is checked out: b2 is not in it')
    rmSync(join(s.dir, 'migrations/b2.ts'))
    for (const line of [
      'current',
      'upgrade head',
      'check',
      'downgrade base',
      'revision --autogenerate -m x',
      'stamp a1',
    ]) {
      const { code, stderr } = await s.$(line)
      expect(code, line).toBe(1)
      expect(stderr).toContain('[VERSION.UNKNOWN_REVISION]')
      expect(stderr).toMatch(/b2 was applied .* by ann@laptop/)
    }
    expect((await s.$('history -i')).code).toBe(0)
    expect((await s.$('stamp a1 --purge')).code).toBe(0)
    expect((await s.$('current')).code).toBe(0)
  })
})

describe('heads of which one depends on the other', () => {
  it('H4: are several, with nothing to merge: the message says what runs them', async () => {
    const s = sandbox({
      url: 'sqlite:app.db',
      files: {
        'migrations/1.ts': revisionFile('aaaa', null, { down: '', message: 'first' }),
        'migrations/2.ts': revisionFile('bbbb', null, { down: '', message: 'other root', needs: ['aaaa'] }),
      },
    })
    const { code, stderr } = await s.$('upgrade head')
    expect(code).toBe(1)
    expect(stderr).toContain('There are 2 heads, and one was asked for [')
    expect(stderr).toContain('bbbb depends on the others, so there is nothing to merge')
    expect(stderr).toContain('ambix upgrade heads')
    expect(stderr).not.toContain('ambix merge')
    expect(await s.$('upgrade heads')).toMatchObject({ code: 0 })
  })
})
