/**
 * Issue 10: what a command would write over or through. Links, pipes, devices, sockets and folders are refused by every command that writes a
 * file, and so is a file that ambix did not write; nothing is half written, and nothing waits.
 */
import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, readFileSync, readlinkSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fileURLToPath } from 'node:url'
import { revisionFile, sandbox } from './sandbox.ts'
import type { Outcome, Sandbox } from './sandbox.ts'

const posix = process.platform !== 'win32'
const schema =
  "import { integer, table } from 'ambix/schema'\nexport const t = table('t', { id: integer().primaryKey() })\n"
const project = (): Sandbox =>
  sandbox({
    config: { url: 'sqlite:./app.db', schema: './schema.ts' },
    files: {
      'schema.ts': schema,
      'migrations/a1.ts': revisionFile('a1', null, { up: "op.execute('CREATE TABLE t (id integer PRIMARY KEY)')" }),
    },
  })

const writers: readonly (readonly [string, string])[] = [
  ['pull --out', 'target.ts'],
  ['pull --out', 'target.sql'],
  ['types --kysely', 'target.ts'],
  ['types --check --kysely', 'target.ts'],
  ['bundle --out', 'target.ts'],
  ['bundle --check --out', 'target.ts'],
  ['report --html', 'target.html'],
]

interface Kind {
  readonly name: string
  readonly says: RegExp
  /** Puts it there; `outside` is a file that must stay as it is. */
  make(path: string, outside: string): void
}
const linked = /is a symbolic link, not a file/
const kinds: readonly Kind[] = [
  { name: 'a link to a file', says: linked, make: (path, outside) => symlinkSync(outside, path) },
  { name: 'a link to nothing', says: linked, make: (path) => symlinkSync(join(dirname(path), 'nothing'), path) },
  { name: 'a link to a folder', says: linked, make: (path) => symlinkSync(dirname(path), path) },
  { name: 'a link to a device', says: linked, make: (path) => symlinkSync('/dev/full', path) },
  { name: 'a link to itself', says: linked, make: (path) => symlinkSync(path, path) },
  { name: 'a folder', says: /is a folder, not a file/, make: (path) => mkdirSync(path) },
  {
    name: 'a named pipe',
    says: /is a named pipe, not a file/,
    make: (path) => expect(spawnSync('mkfifo', [path]).status).toBe(0),
  },
]

/** Everything in a folder, with what kind it is, and what it holds. */
function everything(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/^(?:app\.db|\.ambix)/.test(name))
    .map((name) => {
      const path = join(dir, name)
      const stat = lstatSync(path)
      if (stat.isSymbolicLink()) return `${name} -> ${readlinkSync(path)}`
      return stat.isFile() ? `${name}: ${readFileSync(path, 'utf8')}` : `${name}: ${stat.mode}`
    })
    .toSorted()
}

function refused(done: Outcome, code: string, says: RegExp): void {
  expect(done.stderr).toContain(`[${code}]`)
  expect(done.stderr).toMatch(says)
  expect(done.stderr).not.toMatch(/internal error|^\s+at /m)
  expect(done.stdout).toBe('')
  expect(done.code).toBe(1)
}

describe.skipIf(!posix)('what is no file is neither written over nor through', () => {
  for (const [command, target] of writers)
    test(`${command} ${target}`, async () => {
      const s = project()
      expect((await s.$('upgrade')).code).toBe(0)
      s.write('outside.txt', 'kept')
      for (const kind of kinds) {
        const name = `${kind.name.replaceAll(' ', '-')}/${target}`
        mkdirSync(join(s.dir, dirname(name)))
        kind.make(join(s.dir, name), join(s.dir, 'outside.txt'))
        const before = everything(s.dir)
        refused(await s.$(`${command} ${name}`), 'FILES.UNSAFE_PATH', kind.says)
        expect(everything(s.dir)).toEqual(before)
      }
    })

  test('a socket, and a device', async () => {
    const s = project()
    const server = createServer()
    await new Promise<void>((done) => server.listen(join(s.dir, 'r.html'), done))
    try {
      refused(await s.$('report --offline --html r.html'), 'FILES.UNSAFE_PATH', /is a socket/)
    } finally {
      await new Promise((done) => server.close(done))
    }
    refused(await s.$('report --offline --html /dev/full'), 'FILES.UNSAFE_PATH', /is a device[^]*stdout/)
  })

  test('rebase, of a revision that is a link', async () => {
    const s = project()
    s.write('theirs.ts', revisionFile('b2', 'a1'))
    s.write('migrations/a2.ts', revisionFile('a2', 'a1'))
    symlinkSync('../theirs.ts', join(s.dir, 'migrations/b2.ts'))
    const before = everything(s.dir)
    refused(await s.$('rebase b2 --onto a2'), 'FILES.UNSAFE_PATH', linked)
    expect(everything(s.dir)).toEqual(before)
  })

  test('a revision that is a pipe is not waited for', async () => {
    const s = project()
    expect(spawnSync('mkfifo', [join(s.dir, 'migrations/z.ts')]).status).toBe(0)
    refused(await s.$('heads'), 'FILES.READ', /migrations\/z\.ts cannot be read/)
  })

  test.each(kinds)('revision, where its name is taken by $name', async ({ make }) => {
    const s = project()
    s.write('ambix.config.json', JSON.stringify({ url: 'sqlite:./app.db', fileTemplate: 'same' }))
    s.write('outside.txt', 'kept')
    const before = everything(join(s.dir, '.'))
    make(join(s.dir, 'migrations/same.sql'), join(s.dir, 'outside.txt'))
    const done = await s.$('revision -m x --format sql')
    expect(done.stderr).toMatch(/\[(?:FILES\.(?:EXISTS|READ|UNSAFE_PATH)|REVISION\.HEADER)\]/)
    expect(done.code).toBe(1)
    expect(everything(s.dir).filter((line) => !line.startsWith('migrations/same.sql'))).toEqual(before)
  })
})

describe.skipIf(!posix)('a new project looks at every place before it writes', () => {
  const places = ['ambix.config.ts', 'src/schema.ts', 'src', 'migrations', '.gitignore']
  for (const line of ['init -t sqlite', 'init --from-database --url sqlite:./app.db'])
    for (const place of places)
      test.each([...kinds, { name: 'a file', says: /./, make: (path: string) => writeFileSync(path, 'mine') }])(
        `${line}: ${place} is $name`,
        async ({ name, make }) => {
          const s = sandbox()
          const outside = sandbox()
          outside.write('kept.txt', 'kept')
          if (place === 'src/schema.ts') mkdirSync(join(s.dir, 'src'))
          make(join(s.dir, place), join(outside.dir, 'kept.txt'))
          const before = everything(s.dir)
          const done = await s.$(line)
          expect(everything(outside.dir).filter((l) => l.startsWith('kept'))).toEqual(['kept.txt: kept'])
          expect(done.stderr).not.toMatch(/internal error|^\s+at /m)
          // What is kept stays as it is; an empty folder is as good as none.
          const kept = place === '.gitignore' || (place === 'src/schema.ts' && line.startsWith('init -t'))
          const fits = kept || (name === 'a folder' && ['src', 'migrations'].includes(place))
          if (fits) {
            expect(done.code).toBe(0)
            expect(everything(s.dir)).toEqual(expect.arrayContaining([...before]))
          } else if (name === 'a link to a folder') {
            // It leads to the project's own folder: allowed, if it is not full.
            expect(done.code === 0 || /\[FILES\.[A-Z_]+\]/.test(done.stderr)).toBe(true)
          } else {
            expect(done.stderr).toMatch(/\[FILES\.[A-Z_]+\]/)
            expect(done.code).toBe(1)
            expect(everything(s.dir)).toEqual(before)
          }
        },
      )
})

describe('a file that ambix did not write', () => {
  test.each([
    ['types --kysely', 'target.ts', '/** mine */\nexport interface Database {}\n'],
    ['bundle --out', 'target.ts', 'export default 1\n'],
    ['report --html', 'target.html', '<!doctype html><title>mine</title>\n'],
    ['pull --models ts', 'schema.ts', schema],
  ])('%s keeps it; its own it writes again', async (command, target, mine) => {
    const s = project()
    expect((await s.$('upgrade')).code).toBe(0)
    s.write(target, mine)
    const line = command.startsWith('pull') ? command : `${command} ${target}`
    const before = everything(s.dir)
    refused(await s.$(line), 'FILES.EXISTS', /was not written by/)
    expect(everything(s.dir)).toEqual(before)
    s.write(target, '')
    if (command.startsWith('pull')) expect((await s.$('pull --out schema.ts')).code).toBe(0)
    else expect((await s.$(line)).code).toBe(0)
    const own = s.read(target)
    s.write(
      'migrations/a2.ts',
      revisionFile('a2', 'a1', { up: "op.execute('CREATE TABLE u (id integer PRIMARY KEY)')" }),
    )
    expect((await s.$('upgrade')).code).toBe(0)
    expect((await s.$(line)).code).toBe(0)
    expect(s.read(target)).not.toBe(own)
  })
})

test('an import whose last name is taken writes none of them', async () => {
  const files = {
    'flyway/V1__init.sql': 'CREATE TABLE a (id integer);\n',
    'flyway/V2__more.sql': 'CREATE TABLE b (id integer);\n',
  }
  const config = { url: 'sqlite:./app.db' }
  const first = sandbox({ files, config })
  expect((await first.$('import flyway flyway')).code).toBe(0)
  const names = first.files()
  expect(names).toHaveLength(2)
  const s = sandbox({ files, config })
  mkdirSync(join(s.dir, 'migrations'))
  symlinkSync('../nothing', join(s.dir, 'migrations', names.at(-1)!))
  const done = await s.$('import flyway flyway')
  expect(done.stderr).toMatch(/\[FILES\.(?:EXISTS|READ)\]/)
  expect(s.files()).toEqual([names.at(-1)])
})

test.skipIf(!posix)('a full disk leaves the old file as it was', () => {
  const s = project()
  const program = fileURLToPath(new URL('program.mjs', import.meta.url))
  const report = (kib: string): Outcome => {
    const words = [process.execPath, program, 'report', '--offline', '--html', 'r.html']
    const done = spawnSync('bash', ['-c', `ulimit -f ${kib}; exec "$@"`, 'bash', ...words], {
      cwd: s.dir,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', NODE_COMPILE_CACHE: '' },
    })
    return { code: done.status ?? -1, stdout: done.stdout, stderr: done.stderr }
  }
  expect(report('unlimited')).toMatchObject({ code: 0 })
  const old = everything(s.dir)
  refused(report('4'), 'FILES.WRITE', /r\.html cannot be written/)
  expect(everything(s.dir)).toEqual(old)
})
