/** Rows C1-C36 and R1-R18 as the command line has them: exit codes, streams, flags anywhere, --json of every command, completion, help. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandSpecs } from '../../src/cli/specs.ts'
import { bin, revisionFile, sandbox } from './sandbox.ts'
import type { Sandbox } from './sandbox.ts'

const url = 'sqlite:app.db'
const line = (): Sandbox =>
  sandbox({
    url,
    files: {
      'migrations/a1.ts': revisionFile('aaaa1111', null, {
        up: `op.execute('create table t (id integer)')`,
        down: `op.execute('drop table t')`,
        message: 'first',
      }),
      'migrations/b2.ts': revisionFile('bbbb2222', 'aaaa1111', { down: '', message: 'second' }),
      'migrations/c3.ts': revisionFile('cccc3333', 'bbbb2222', { down: '', message: 'third' }),
    },
  })

describe('the frame', () => {
  it('C1 C7: --version; no subcommand is a usage error; exit codes 0, 1, 2', async () => {
    const s = line()
    expect((await s.$('--version')).stdout).toMatch(/^ambix \d+\.\d+\.\d+/)
    const bare = await s.$('')
    expect(bare.code).toBe(1)
    expect(bare.stdout).toBe('')
    expect(bare.stderr).toContain('Usage: ambix <command>')
    expect((await s.$('upgrade')).code).toBe(0)
    expect((await s.$('downgrade -1')).code).toBe(0)
    expect((await s.$('current -c')).code).toBe(2)
    expect((await s.$('show nosuch')).code).toBe(1)
  })

  it('C5 --raiseerr shows the stack; without it nobody sees one', async () => {
    const s = line()
    expect((await s.$('show nosuch')).stderr).not.toContain('    at ')
    expect((await s.$('show nosuch --raiseerr')).stderr).toMatch(/^ {4}at /m)
    expect((await s.$('--raiseerr show nosuch')).stderr).toMatch(/^ {4}at /m)
  })

  it('C6 C8: -q silences talk, not data; SQL on stdout, talk and errors on stderr', async () => {
    const s = line()
    expect((await s.$('upgrade bbbb2222 -q')).stderr).toBe('')
    expect((await s.$('-q current')).stdout).toBe('bbbb2222, second\n')
    const script = await s.$('upgrade bbbb2222:head --sql')
    expect(script.stderr).toBe('')
    expect(script.stdout).toContain('UPDATE ambix_version')
    const failed = await s.$('upgrade nosuch --sql')
    expect([failed.stdout, failed.code]).toEqual(['', 1])
    const empty = sandbox()
    expect((await empty.$('init -q')).stderr).toBe('')
  })

  it('C9: flags before and after the subcommand; -c is config before it and check-heads after current', async () => {
    const s = line()
    await s.$('upgrade aaaa1111')
    expect((await s.$('-v history')).stdout).toBe((await s.$('history -v')).stdout)
    expect((await s.$('-c ambix.config.json current -c')).code).toBe(2)
    expect((await s.$('current --config ambix.config.json')).code).toBe(0)
    expect((await s.$('--log-sql current')).stderr).toMatch(/select/i)
    expect((await s.$('history -vi')).stdout).toContain('(current)')
    expect((await s.$('history -r-2:')).stdout).toBe((await s.$('history --rev-range=-2:')).stdout)
    expect((await s.$('upgrade -- head')).code).toBe(0)
  })

  it('every command has help with an example, and its example parses', async () => {
    const s = line()
    expect((await s.$('help')).stdout).toBe((await s.$('--help')).stdout)
    expect((await s.$('help upgrade')).stdout).toBe((await s.$('upgrade -h')).stdout)
    const general = (await s.$('--help')).stdout
    const { parseArgs } = await import('../../src/cli/args.ts')
    for (const spec of commandSpecs) {
      expect(general).toMatch(new RegExp(`^  ${spec.name} +\\S`, 'm'))
      const help = (await s.run(spec.name, '--help')).stdout
      expect(help).toContain(`Example: ${spec.example}`)
      for (const option of spec.options) expect(help).toContain(option.help)
      const words = [...spec.example.matchAll(/"[^"]*"|\S+/g)].map((m) => m[0]).slice(1)
      expect(parseArgs(words, commandSpecs).command?.name).toBe(spec.name)
    }
  })

  it('completion scripts for bash, zsh and fish are whole', async () => {
    const s = line()
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout, code } = await s.run('completion', shell)
      expect(code).toBe(0)
      for (const spec of commandSpecs) expect(stdout).toContain(spec.name)
      s.write(`completion.${shell}`, stdout)
      const found = spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0
      if (found)
        expect(spawnSync(shell, ['-n', join(s.dir, `completion.${shell}`)], { encoding: 'utf8' })).toMatchObject({
          status: 0,
          stderr: '',
        })
    }
    const ask = (...typed: string[]): string =>
      `COMPREPLY=(); COMP_WORDS=(${typed.map((w) => `'${w}'`).join(' ')}); COMP_CWORD=${typed.length - 1}; _ambix; echo "\${COMPREPLY[*]}"`
    const asked: readonly (readonly [string[], string])[] = [
      [['ambix', 'down'], 'downgrade'],
      [['ambix', 'upgrade', '--dr'], '--dry-run'],
      [['ambix', '-c', 'x.ts', 'upg'], 'upgrade'],
      [['ambix', '--config', 'x.ts', 'upgrade', '--sq'], '--sql'],
      [['ambix', '-c', ''], ''],
      [['ambix', 'upgrade', 'he'], 'head heads'],
      [['ambix', 'downgrade', '-1'], '-1'],
      [['ambix', 'revision', '--head', 'ba'], 'base'],
      [['ambix', 'revision', '--format', ''], 'ts sql'],
      [['ambix', 'revision', '--message', ''], ''],
      [['ambix', 'init', '-t', 'm'], 'multidb'],
      [['ambix', 'completion', ''], 'bash zsh fish'],
      [
        ['ambix', 'import', ''],
        'alembic drizzle prisma typeorm sequelize knex kysely mikro-orm node-pg-migrate dbmate flyway golang-migrate goose graphile-migrate',
      ],
      [['ambix', 'import', 'go'], 'golang-migrate goose'],
    ]
    const script = ['source completion.bash', ...asked.map(([typed]) => ask(...typed))].join('\n')
    expect(spawnSync('bash', ['-c', script], { cwd: s.dir, encoding: 'utf8' }).stdout.split('\n')).toEqual([
      ...asked.map(([, answer]) => answer),
      '',
    ])
  })

  it('--json of every command parses, also when it fails', async () => {
    const s = line()
    s.write(
      'src/schema.ts',
      `import { table, integer } from 'ambix/schema'\nexport const t = table('t', { id: integer() })\n`,
    )
    s.write('alembic/x9.py', `"""old\n\nRevision ID: x9\n"""\nrevision = 'x9'\ndown_revision = None\n`)
    const lines = [
      'upgrade head',
      'upgrade head',
      'upgrade head --dry-run',
      'upgrade head --sql',
      'downgrade -1',
      'downgrade base --dry-run',
      'current',
      'current -c',
      'history',
      'history -v -i',
      'history --graph',
      'history --applied',
      'heads',
      'branches',
      'show head',
      'merge',
      'stamp head',
      'stamp head --sql',
      'ensure-version',
      'ensure-version --sql',
      'list-templates',
      'repair',
      'check',
      'revision -m x --rev-id d4',
      'upgrade d4',
      'migrate -m y --rev-id e5',
      'rebase d4 --onto base',
      'import alembic alembic',
      'show nosuch',
      'frobnicate',
      'upgrade --nonsense',
      'completion pwsh',
    ]
    for (const words of lines) {
      const { stdout } = await s.$(`${words} --json`)
      expect(() => JSON.parse(stdout) as unknown, `${words}: ${stdout}`).not.toThrow()
    }
    expect(JSON.parse((await sandbox().$('init --json')).stdout)).toMatchObject({
      written: ['ambix.config.ts', 'src/schema.ts', '.gitignore'],
    })
  })
})

describe('commands', () => {
  it('C20 C34 F13: init with its templates, which work as they are', async () => {
    expect((await line().$('list-templates')).stdout).toBe(
      'generic    Models in TypeScript, one database\nsql        The schema as DDL in schema.sql, revisions as .sql files, one database\nmultidb    Several databases, driven by env.ts\n',
    )
    const s = sandbox()
    expect((await s.$('init db/versions -t multidb')).code).toBe(0)
    expect(s.files('.')).toEqual(expect.arrayContaining(['db/versions/env.ts', 'ambix.config.ts', 'src/schema.ts']))
    expect((await s.$('heads')).code).toBe(0)
    s.write('other/file', 'x')
    const full = sandbox({ files: { 'migrations/a1.ts': '' } })
    expect((await full.$('init')).stderr).toContain('exists and is not empty')
  })

  it('C21: head, splice, label, depends-on, rev-id', async () => {
    const s = line()
    await s.$('revision -m side --rev-id dddd4444 --head aaaa --splice --branch-label side --depends-on cccc')
    expect((await s.$('heads')).stdout).toBe('dddd4444 (side) (head) (effective head), side\ncccc3333 (head), third\n')
    expect(s.read(`migrations/${s.files().find((f) => f.includes('dddd'))!}`)).toContain(
      `dependsOn: string[] = ['cccc3333']`,
    )
    expect((await s.$('revision -m root --rev-id eeee5555 --head base --branch-label fresh')).code).toBe(0)
    expect((await s.$('revision -m x --branch-label side --head fresh@head')).stderr).toContain('is taken')
    expect((await s.$('revision -m x')).stderr).toContain('[REVISION.MULTIPLE_HEADS]')
  })

  it('C24 C35: reading commands make no table', async () => {
    const s = line()
    for (const words of ['current', 'history -i', 'show current', 'check', 'upgrade --dry-run']) await s.$(words)
    const { DatabaseSync } = await import('node:sqlite')
    const db = new DatabaseSync(join(s.dir, 'app.db'))
    expect(db.prepare('select count(*) as n from sqlite_master').get()).toMatchObject({ n: 0 })
    db.close()
    await s.$('ensure-version')
    expect((await s.$('ensure_version')).stderr).toContain('already exists')
  })

  it('C25 C28 R2 R5 R10 R14 R16: ranges, show, no-op moves', async () => {
    const s = line()
    await s.$('upgrade bbbb')
    expect((await s.$('history -r aaaa:bbbb')).stdout).toBe('aaaa1111 -> bbbb2222, second\n<base> -> aaaa1111, first\n')
    expect((await s.$('history -r :aaaa')).stdout).toBe('<base> -> aaaa1111, first\n')
    expect((await s.$('history -r current:')).stdout).toContain('cccc3333')
    expect((await s.$('history -r aaaa:aaaa+1')).stdout).toContain('bbbb2222')
    expect((await s.$('show base')).stdout).toBe('')
    expect((await s.$('show current')).stdout).toContain('Rev: bbbb2222')
    expect(await s.$('upgrade aaaa')).toMatchObject({
      code: 0,
      stderr: 'Database: sqlite:app.db\nNothing to do: the database is at bbbb2222.\n',
    })
    expect((await s.$('downgrade bbbb')).code).toBe(0)
    expect((await s.$('upgrade aaaa+2')).stderr).toContain('-> cccc3333')
    expect((await s.$('downgrade head-1')).stderr).toContain('cccc3333 -> bbbb2222')
  })

  it('C32: edit opens the files in the editor that is named', async () => {
    const s = line()
    s.write('editor.sh', '#!/bin/sh\nfor f; do echo "// edited" >> "$f"; done\n')
    ;(await import('node:fs')).chmodSync(join(s.dir, 'editor.sh'), 0o755)
    const env = { VISUAL: '', EDITOR: join(s.dir, 'editor.sh') }
    expect((await s.$('edit head', env)).code).toBe(0)
    expect(s.read('migrations/c3.ts')).toMatch(/\/\/ edited\n$/)
    expect((await s.$('edit head', { ...env, EDITOR: '/no/such/editor' })).stderr).toContain(
      'No editor could be started',
    )
  })

  it('C36 history: verbose tells parents, labels, branches, path and the whole message', async () => {
    const s = line()
    s.write(
      'migrations/d4.ts',
      revisionFile('dddd4444', 'aaaa1111', {
        labels: ['side'],
        needs: ['bbbb2222'],
        message: 'fourth\n *\n * with more to say',
      }),
    )
    await s.$('history -v')
    await s.$('branches -v')
    await expect(s.transcript()).toMatchFileSnapshot('golden/history-verbose.txt')
  })

  it('the program itself: exit code, streams, no colour in a pipe', () => {
    const s = line()
    expect(bin(s.dir, ['upgrade', 'head'])).toEqual({
      code: 0,
      stdout: '',
      stderr:
        'Database: sqlite:app.db\nRunning upgrade <base> -> aaaa1111, first\nRunning upgrade aaaa1111 -> bbbb2222, second\nRunning upgrade bbbb2222 -> cccc3333, third\n',
    })
    expect(bin(s.dir, ['downgrade', '-2']).code).toBe(0)
    expect(bin(s.dir, ['current', '-c'])).toMatchObject({ code: 2, stdout: 'aaaa1111, first\n' })
    expect(bin(s.dir, ['heads'], { env: { FORCE_COLOR: '1', NO_COLOR: '' } }).stdout).toContain('\u001B[')
  })
})
