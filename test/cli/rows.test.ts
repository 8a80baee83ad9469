/** Rows of specs/alembic.md sections 1, 2, 4 and 6 that no story tells: each as the command line has it, on SQLite files. */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { stamp } from '../../src/commands/stamp.ts'
import { revisionFile, sandbox } from './sandbox.ts'
import type { Sandbox } from './sandbox.ts'

const url = 'sqlite:app.db'
/** a - b - d, a - c; x (another root) needs b. */
const branches = {
  'migrations/1.ts': revisionFile('aaaa', null, { down: '', message: 'first' }),
  'migrations/2.ts': revisionFile('bbbb', 'aaaa', { down: '', message: 'left', labels: ['left'] }),
  'migrations/3.ts': revisionFile('cccc', 'aaaa', { down: '', message: 'right' }),
  'migrations/4.ts': revisionFile('dddd', 'bbbb', { down: '', message: 'more left' }),
  'migrations/5.ts': revisionFile('xxxx', null, { down: '', message: 'other', labels: ['other'], needs: ['dddd'] }),
}
const project = (files: Readonly<Record<string, string>> = branches): Sandbox => sandbox({ url, files })

function rowsOf(s: Sandbox, sql: string, file = 'app.db'): unknown[] {
  const db = new DatabaseSync(join(s.dir, file))
  try {
    return db
      .prepare(sql)
      .all()
      .map((r) => Object.values(r).join(' '))
  } finally {
    db.close()
  }
}

/** Where the config and env.ts append what they were told. */
const log = `import { appendFileSync } from 'node:fs'\nconst log = (text: string): void => appendFileSync(new URL('../log.txt', import.meta.url), text + '\\n')\n`

describe('commands', () => {
  it('C22 C23 R13: a range is for --sql; downgrade --sql must have one; a:b:c is an error in words', async () => {
    const s = project()
    const { stderr, code } = await s.$('upgrade aaaa:bbbb')
    expect([code, stderr]).toEqual([1, expect.stringContaining('which only --sql takes')])
    expect(stderr).toContain('ambix upgrade bbbb')
    expect((await s.$('upgrade aaaa:dddd --sql')).stdout).toMatch(
      /^(?!.*-- Running upgrade {2}-> aaaa)[^]*aaaa -> bbbb[^]*bbbb -> dddd/,
    )
    expect((await s.$('downgrade aaaa --sql')).stderr).toContain('ambix downgrade <from>:aaaa --sql')
    expect((await s.$('downgrade dddd:aaaa --sql')).stdout).toMatch(/dddd -> bbbb[^]*bbbb -> aaaa/)
    for (const line of [
      'upgrade a:b:c',
      'downgrade a:b:c',
      'upgrade a:b:c --sql',
      'downgrade a:b:c --sql',
      'history -r a:b:c',
      'stamp a:b:c --sql',
    ])
      expect(await s.$(line), line).toMatchObject({ code: 1, stderr: expect.stringContaining('one colon') })
  })

  it('H3: a range for --sql may start at current, which asks the database', async () => {
    const s = project()
    expect(await s.$('upgrade bbbb')).toMatchObject({ code: 0 })
    const up = await s.$('upgrade current:dddd --sql')
    expect([up.code, up.stdout]).toEqual([0, expect.stringMatching(/bbbb -> dddd/)])
    expect(up.stdout).not.toContain('aaaa -> bbbb')
    const down = await s.$('downgrade current:base --sql')
    expect([down.code, down.stdout]).toEqual([0, expect.stringMatching(/bbbb -> aaaa[^]*aaaa -> /)])
    expect((await s.$('upgrade base:current --sql')).stderr).toContain('[REVISION.UNKNOWN]')
  })

  it('C26 R4 V11: a head that others depend on is a head, marked, and left out on request', async () => {
    const s = project()
    expect((await s.$('heads')).stdout).toBe(
      'cccc (head) (effective head), right\ndddd (left) (head), more left\nxxxx (other) (head) (effective head), other\n',
    )
    expect((await s.$('heads --resolve-dependencies')).stdout).toBe('cccc (head), right\nxxxx (other) (head), other\n')
    expect((await s.$('heads -v')).stdout).toContain('Also depends on: dddd')
    await s.$('upgrade heads')
    expect(rowsOf(s, 'select version_num from ambix_version order by 1')).toEqual(['cccc', 'xxxx'])
    expect((await s.$('current --check-heads')).code).toBe(0)
  })

  it('C27 V8: branches are points with several children; several roots are none', async () => {
    const s = project()
    expect((await s.$('branches')).stdout).toBe('<base> -> aaaa (branchpoint), first\n    -> bbbb\n    -> cccc\n')
    expect((await s.$('branches -v')).stdout).toContain('Branches into: bbbb, cccc')
    const roots = project({
      'migrations/1.ts': branches['migrations/1.ts'],
      'migrations/2.ts': revisionFile('zzzz', null),
    })
    expect(await roots.$('branches')).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('V6: a branch label that is an id, and an id that is a label, are refused before a file is written', async () => {
    const s = project()
    const before = s.files()
    for (const flags of [
      '--branch-label aaaa',
      '--branch-label left',
      '--rev-id left',
      '--rev-id n1 --branch-label n1',
    ])
      expect(await s.$(`revision --head cccc -m x ${flags}`), flags).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('[REVISION.LABEL]'),
      })
    expect(s.files()).toEqual(before)
    expect((await s.$('revision --head cccc -m x --branch-label twice --branch-label twice')).code).toBe(0)
    expect((await s.$('heads')).code).toBe(0)
  })

  it('edited: error makes current -v fail as upgrade and check do', async () => {
    const s = sandbox({ url, files: branches, config: { edited: 'error' } })
    expect((await s.$('upgrade heads')).code).toBe(0)
    expect((await s.$('current -v')).code).toBe(0)
    s.write('migrations/1.ts', `${branches['migrations/1.ts']}// a remark\n`)
    for (const line of ['upgrade heads', 'current -v', 'current -v --check-heads'])
      expect(await s.$(line), line).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('aaaa was edited after being applied [REVISION.EDITED]'),
      })
    expect((await s.$('current')).code).toBe(0)
    expect((await s.$('repair')).code).toBe(0)
    expect((await s.$('current -v')).code).toBe(0)
  })

  it('a word that is no command is told before the options that follow it', async () => {
    const s = project()
    for (const line of ['revsion -m x', 'revsion --autogenerate', 'revsion'])
      expect(await s.$(line), line).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /no command revsion \[USAGE\.UNKNOWN_COMMAND\]\n {2}→ Did you mean: ambix revision\n/,
        ),
      })
    expect((await s.$('-m x')).stderr).toContain('no option -m')
  })

  it('as functions: one target or several for stamp; a target that is no string is told in words', async () => {
    const s = project()
    const config = { root: s.dir, url: `sqlite:${s.dir}/app.db` }
    expect((await stamp(config, 'bbbb'))[0]!.to).toEqual(['bbbb'])
    expect((await stamp(config, ['dddd', 'cccc']))[0]!.to).toEqual(['cccc', 'dddd'])
    expect((await stamp(config, 'base'))[0]!.to).toEqual([])
    for (const given of [5, null, {}, ['aaaa', 5]] as never[])
      await expect(stamp(config, given)).rejects.toMatchObject({ code: 'USAGE.INVALID' })
    for (const given of [5, null, {}, ['head']] as never[])
      for (const move of [upgrade, downgrade])
        await expect(move(config, given)).rejects.toMatchObject({ code: 'USAGE.INVALID' })
  })

  it('C29 V28: merge refuses what lies below another; a parent that is no head needs --splice, of two children too', async () => {
    const s = project()
    expect((await s.$('merge bbbb dddd')).stderr).toContain('bbbb is an ancestor of another')
    const refused = await s.$('merge bbbb cccc --rev-id m1')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('[REVISION.NOT_A_HEAD]')])
    expect(refused.stderr).toContain('say so: ambix merge bbbb cccc --splice')
    expect((await s.$('merge bbbb cccc --rev-id m1 --splice --branch-label joined -m "join them"')).code).toBe(0)
    expect((await s.$('show m1')).stdout).toContain('Rev: m1 (joined) (head) (mergepoint)\nMerges: bbbb, cccc\n')
    for (const line of ['history -r-1:', 'show heads-1', 'show m1-1', 'show bbbb-1+1', 'show base+1']) {
      const looked = await s.$(line)
      expect(looked.stderr, line).not.toMatch(/ambix (?:up|down)grade/)
    }
    expect((await s.$('show m1-1')).stderr).toContain('Name one of them by its id')
    expect((await s.$('merge cccc cccc')).stderr).toContain('Nothing to merge')
  })

  it('C30 V25: stamp takes several targets, base, heads and label@base; --purge not with --sql', async () => {
    const s = project()
    const rows = (): unknown[] => rowsOf(s, 'select version_num from ambix_version order by 1')
    await s.$('stamp bbbb cccc')
    expect(rows()).toEqual(['bbbb', 'cccc'])
    await s.$('stamp heads')
    expect(rows()).toEqual(['cccc', 'xxxx'])
    await s.$('stamp other@base')
    expect(rows()).toEqual(['cccc'])
    await s.$('stamp base')
    expect(rows()).toEqual([])
    expect((await s.$('stamp head --purge --sql')).code).toBe(1)
    expect((await s.$('stamp bbbb:dddd --sql')).stdout).toContain(
      `UPDATE ambix_version SET version_num = 'dddd' WHERE ambix_version.version_num = 'bbbb'`,
    )
  })

  it('C31 X3 P10: check lists operations as data, and exits with 2', async () => {
    const s = project({
      'migrations/.gitkeep': '',
      'src/schema.ts': `import { table, integer } from 'ambix/schema'\nexport const t = table('t', { id: integer() })\n`,
    })
    const { code, stdout } = await s.$('check --json')
    expect(code).toBe(2)
    expect((JSON.parse(stdout) as { differences: unknown[] }[])[0]!.differences).toMatchObject([
      { kind: 'createTable', table: { name: 't' } },
    ])
    expect((await s.$('check')).stdout).toContain(`op.createTable('t'`)
    await s.$('migrate -m t --rev-id a1')
    await s.$('upgrade')
    expect(await s.$('check')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Database: sqlite:app.db\nNo changes: the database has what the schema says.\n',
    })
  })

  it('N2 P11: autogenerate names everything by the convention, and goes back in reverse order', async () => {
    const s = sandbox({
      url,
      config: { namingConvention: { pk: 'pk_%(table_name)s', uq: 'uq_%(table_name)s_%(column_0_name)s' } },
      files: {
        'src/schema.ts': `import { table, integer, text } from 'ambix/schema'
export const users = table('users', { id: integer().primaryKey(), email: text().unique() })
export const posts = table('posts', { id: integer().primaryKey(), by: integer().references(() => users.id) })\n`,
      },
    })
    const [result] = JSON.parse((await s.$('migrate -m tables --json')).stdout) as {
      upgrade: { kind: string; table: { name: string; constraints: { name: string }[] } }[]
      downgrade: { kind: string; table: { name: string } }[]
    }[]
    expect(result!.upgrade.map((op) => [op.kind, op.table.name, op.table.constraints.map((c) => c.name)])).toEqual([
      ['createTable', 'users', ['pk_users', 'uq_users_email']],
      ['createTable', 'posts', ['pk_posts', 'posts_by_fkey']],
    ])
    expect(result!.downgrade.map((op) => [op.kind, op.table.name])).toEqual([
      ['dropTable', 'posts'],
      ['dropTable', 'users'],
    ])
  })

  it('C33 V18: ensure-version makes the version table and nothing else, or says its SQL', async () => {
    const s = project()
    expect((await s.$('ensure-version --sql')).stdout).toMatch(/^CREATE TABLE (IF NOT EXISTS )?ambix_version \(/)
    expect(s.files('.').filter((f) => f.endsWith('.db'))).toEqual([])
    await s.$('ensure-version')
    expect(rowsOf(s, 'select version_num from ambix_version')).toEqual([])
    expect((await s.$('upgrade --sql aaaa:bbbb')).stdout).not.toContain('CREATE TABLE')
    expect((await s.$('upgrade --sql aaaa')).stdout).toMatch(
      /CREATE TABLE[^]*ambix_version[^]*INSERT INTO ambix_version/,
    )
    await s.$('upgrade heads')
    expect((await s.$('downgrade base --sql dddd:base')).stdout).not.toContain('DROP TABLE ambix_version')
  })
})

describe('mistakes in typing', () => {
  it('say what was meant: commands, options, ids, labels, branches', async () => {
    const s = project()
    const meant: readonly (readonly [string, string])[] = [
      ['upgarde', 'Did you mean: ambix upgrade'],
      ['heads --jsno', 'Did you mean --json?'],
      ['upgrade --dyr-run', 'Did you mean --dry-run?'],
      ['upgrade hed', 'Did you mean head?'],
      ['show dddb', 'Did you mean dddd?'],
      ['show lfet', 'Did you mean left?'],
      ['upgrade ohter@head', 'Did you mean other?'],
      ['upgrade left@dddb', 'Did you mean left@dddd?'],
    ]
    for (const [line, text] of meant)
      expect(await s.$(line), line).toMatchObject({ code: 1, stderr: expect.stringContaining(text) })
    expect((await s.$('frob')).stderr).not.toContain('Did you mean')
  })

  it('R3 R8 R9: where several revisions fit, the commands to write instead are given, and they work', async () => {
    const s = project()
    expect((await s.$('revision -m x')).stderr).toContain('→ Go on from cccc: ambix revision --head cccc …')
    await s.$('upgrade aaaa')
    expect((await s.$('upgrade +1')).stderr).toContain('→ To bbbb: ambix upgrade bbbb\n  → To cccc: ambix upgrade cccc')
    await s.$('merge dddd cccc --rev-id mmmm')
    await s.$('upgrade mmmm')
    expect((await s.$('downgrade')).stderr).toContain('ambix downgrade dddd')
    expect((await s.$('downgrade dddd')).code).toBe(0)
    const several = (await s.$('downgrade -1')).stderr
    expect(several).toContain('→ From cccc: ambix downgrade cccc-1\n  → From dddd: ambix downgrade dddd-1')
    expect((await s.$('downgrade dddd-1')).stderr).toBe(
      'Database: sqlite:app.db\nRunning downgrade dddd -> bbbb, more left\n',
    )
  })
})

describe('long messages', () => {
  it('are shortened where they stand in a line, and whole with -v, in JSON and in the file', async () => {
    const message = 'count '.repeat(100).trim()
    const s = project({})
    await s.run('revision', '-m', message, '--rev-id', 'aaaa')
    expect(s.files()).toEqual([expect.stringMatching(/_count_count_count_count_count_count_aaaa\.ts$/)])
    const line = `aaaa (head), ${'count '.repeat(19).trim()}…\n`
    expect((await s.$('heads')).stdout).toBe(line)
    expect((await s.$('heads -v')).stdout).toContain(`    ${message}\n`)
    expect(JSON.parse((await s.$('heads --json')).stdout)).toMatchObject([{ message }])
    expect((await s.$('upgrade')).stderr).toMatch(
      /^Database: sqlite:app\.db\nRunning upgrade <base> -> aaaa, .{110,120}…\n$/,
    )
  })
})

describe('moves', () => {
  const rows = (s: Sandbox): unknown[] => rowsOf(s, 'select version_num from ambix_version order by 1')

  it('V13 V15: down from the children of the target, with descendants and dependents; dependencies stay', async () => {
    const s = project()
    await s.$('upgrade heads')
    const down = await s.$('downgrade left@aaaa')
    expect(down.stderr).toBe(
      'Database: sqlite:app.db\nRunning downgrade xxxx -> <base>, other\nRunning downgrade dddd -> bbbb, more left\nRunning downgrade bbbb -> aaaa, left\n',
    )
    expect(rows(s)).toEqual(['cccc'])
    await s.$('upgrade heads')
    await s.$('downgrade other@base')
    expect(rows(s)).toEqual(['cccc', 'dddd'])
  })

  it('R10 V22 V24: the row of a dependency is merged away and comes back; rows are written after each revision', async () => {
    const failing = {
      ...branches,
      'migrations/5.ts': revisionFile('xxxx', null, { needs: ['dddd'], up: `op.execute('no such sql')` }),
    }
    const s = project(failing)
    expect((await s.$('upgrade xxxx')).code).toBe(1)
    expect(rows(s)).toEqual(['dddd'])
    s.write('migrations/5.ts', branches['migrations/5.ts'])
    await s.$('upgrade xxxx')
    expect(rows(s)).toEqual(['xxxx'])
    await s.$('downgrade xxxx-1')
    expect(rows(s)).toEqual(['dddd'])
  })

  it('V23: a row that somebody else changed stops the step, and nothing of it stays', async () => {
    const s = project({
      'migrations/1.ts': branches['migrations/1.ts'],
      'migrations/2.ts': revisionFile('bbbb', 'aaaa', {
        up: `op.execute('create table t (id integer)')\n  op.execute("update ambix_version set version_num = 'zzzz'")`,
        down: '',
      }),
    })
    const { code, stderr } = await s.$('upgrade')
    expect([code, stderr]).toEqual([1, expect.stringContaining('[VERSION.ROW_COUNT]')])
    expect(rows(s)).toEqual(['aaaa'])
    expect(rowsOf(s, `select name from sqlite_master where name = 't'`)).toEqual([])
  })

  it('V30: old files are deleted, and the oldest that stays becomes the root', async () => {
    const s = project()
    await s.$('upgrade dddd')
    const gone = await import('node:fs')
    for (const file of ['1', '3', '5']) gone.rmSync(join(s.dir, `migrations/${file}.ts`))
    s.write('migrations/2.ts', branches['migrations/2.ts'].replace(`downRevision = "aaaa"`, 'downRevision = null'))
    expect((await s.$('history')).stdout).toBe('bbbb -> dddd (left) (head), more left\n<base> -> bbbb (left), left\n')
    expect((await s.$('current')).stdout).toBe('dddd (left) (head), more left\n')
    expect((await s.$('downgrade base')).code).toBe(0)
  })
})

describe('the environment', () => {
  it('E5: a connection that is in a transaction of its own is refused before anything is committed in it', async () => {
    const s = sandbox({
      url,
      files: {
        ...branches,
        'migrations/env.ts': `export default async function env(context): Promise<void> {
  const connection = await context.connect('sqlite:app.db')
  await connection.query('begin')
  context.configure({ connection })
  await context.runMigrations()
}\n`,
      },
    })
    const { code, stderr } = await s.$('upgrade bbbb')
    expect(code).toBe(1)
    expect(stderr).toContain('transaction')
    expect(stderr).not.toContain('internal error')
    expect(rowsOf(s, 'select name from sqlite_master')).toEqual([])
  })

  it('E10: several collections of models; one table in two of them is an error', async () => {
    const model = (name: string): string =>
      `import { table, integer } from 'ambix/schema'\nexport const t = table('${name}', { id: integer() })\n`
    const s = sandbox({
      url,
      config: { schema: ['./src/a.ts', './src/b.ts'] },
      files: { 'src/a.ts': model('one'), 'src/b.ts': model('two'), 'migrations/.gitkeep': '' },
    })
    const differences = (JSON.parse((await s.$('check --json')).stdout) as { differences: { kind: string }[] }[])[0]!
      .differences
    expect(differences.map((d) => d.kind)).toEqual(['createTable', 'createTable'])
    s.write('src/b.ts', model('one'))
    expect(s.$$('check').stderr).toContain('[SCHEMA.DUPLICATE]')
  })

  it('E19: one script for several databases, told which one it is in', async () => {
    const s = sandbox({
      url,
      files: {
        'migrations/1.ts': `import type { Operations } from 'ambix'
export const revision = 'aaaa'
export const downRevision = null
const parts: Record<string, (op: Operations) => void> = {
  main: (op) => op.execute('create table users (id integer)', { down: 'drop table users' }),
  logs: (op) => op.execute('create table lines (id integer)', { down: 'drop table lines' }),
}
export function upgrade(op: Operations, args: Readonly<Record<string, unknown>>): void {
  parts[String(args['database'])]!(op)
}\n`,
        'migrations/env.ts': `export default async function env(context): Promise<void> {
  for (const database of ['main', 'logs']) {
    context.configure({ url: \`sqlite:\${database}.db\` })
    await context.runMigrations({ database })
  }
}\n`,
      },
    })
    const tables = `select name from sqlite_master where type = 'table' and name in ('users', 'lines')`
    expect((await s.$('upgrade -v')).stderr).toMatch(
      /Database: sqlite:main\.db\nRunning upgrade[^]*Database: sqlite:logs\.db\nRunning upgrade/,
    )
    expect([rowsOf(s, tables, 'main.db'), rowsOf(s, tables, 'logs.db')]).toEqual([['users'], ['lines']])
    expect((await s.$('downgrade')).code).toBe(0)
    expect([rowsOf(s, tables, 'main.db'), rowsOf(s, tables, 'logs.db')]).toEqual([[], []])
  })

  it('E21 E20: unknown names and prefixes are refused by name, not passed over', async () => {
    for (const key of ['autogeneratePlugins', 'alembicModulePrefix', 'userModulePrefix']) {
      const s = sandbox({ config: { [key]: ['x'] }, files: branches })
      expect((await s.$('heads')).stderr, key).toContain(`unknown key: ${key}`)
    }
  })

  it('E23 V29: in a script each step is preceded by a comment, and stands in a transaction of its own', async () => {
    const s = sandbox({ url: 'postgres://nobody@127.0.0.1:1/x', files: branches })
    const { stdout } = await s.$('upgrade dddd --sql')
    const parts = stdout.split(/^BEGIN;$/m).slice(1)
    expect(parts).toHaveLength(3)
    expect(stdout.match(/^-- Running upgrade .*$/gm)).toEqual([
      '-- Running upgrade  -> aaaa, first',
      '-- Running upgrade aaaa -> bbbb, left',
      '-- Running upgrade bbbb -> dddd, more left',
    ])
  })

  it('what cannot be written as SQL, or not be done here, is told with its revision; an empty script is said to be one', async () => {
    const s = sandbox({
      url,
      files: {
        'migrations/1.ts': revisionFile('aaaa', null, { up: 'op.run(() => {})' }),
        'migrations/2.ts': revisionFile('bbbb', 'aaaa', { up: `op.createExtension('hstore')` }),
      },
    })
    const { stderr, code } = await s.$('upgrade aaaa --sql')
    expect([code, stderr]).toEqual([1, expect.stringContaining('In upgrade of revision aaaa, migrations/1.ts')])
    expect((await s.$('upgrade')).stderr).toContain('In upgrade of revision bbbb, migrations/2.ts')
    expect(await s.$('upgrade bbbb:aaaa --sql')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Nothing to do: there is no step between the two.\n',
    })
  })

  it('F9 F14: env.ts, the project’s own code, runs for what needs the database, and only for that', async () => {
    const s = sandbox({
      url: 'sqlite:wrong.db',
      files: {
        ...branches,
        'src/schema.ts': `import { table, integer } from 'ambix/schema'\nexport const t = table('t', { id: integer() })\n`,
        'migrations/env.ts': `${log}export default async function env(context): Promise<void> {\n  log(context.command)\n  context.configure({ url: 'sqlite:app.db' })\n  await context.runMigrations()\n}\n`,
      },
    })
    for (const line of ['heads', 'history', 'branches', 'show head', 'revision -m x --head cccc', 'merge'])
      await s.$(line)
    expect(s.files('.')).not.toContain('log.txt')
    const lines = [
      'upgrade heads',
      'current',
      'check',
      'history -i',
      'history -r current:',
      'history --applied',
      'show current',
      'stamp heads',
      'repair',
      'ensure-version',
      'ensure-version --sql',
      'downgrade base',
    ]
    for (const line of lines) {
      const { code, stderr } = await s.$(line)
      expect([line, stderr, code]).toEqual([line, stderr, line === 'check' ? 2 : 0])
    }
    expect(s.read('log.txt').trim().split('\n')).toEqual(lines.map((l) => l.split(' ')[0]))
    expect(s.files('.').filter((f) => f.endsWith('.db'))).toEqual(['app.db'])
  })

  it('F8: modules are found as the project’s tsconfig says', async () => {
    const s = sandbox({
      url,
      files: {
        'tsconfig.json': `{ "compilerOptions": { "paths": { "~/*": ["./src/*"] } } }`,
        'src/names.ts': `export const name: string = 'found'\n`,
        'src/schema.ts': `import { table, integer } from 'ambix/schema'\nimport { name } from '~/names'\nexport const t = table(name, { id: integer() })\n`,
        'migrations/1.ts': `import { name } from '~/names'\nexport const revision = 'aaaa'\nexport const downRevision = null\nexport function upgrade(op) {\n  op.execute(\`create table \${name} (id integer)\`)\n}\n`,
      },
    })
    expect((await s.$('upgrade')).stderr).toBe('Database: sqlite:app.db\nRunning upgrade <base> -> aaaa\n')
    expect((await s.$('check')).code).toBe(0)
  })

  it('F16: -v says which configuration was read', async () => {
    const s = sandbox({ url, files: branches })
    expect((await s.$('heads -v')).stderr).toBe('Configuration: ambix.config.json\n')
    expect((await s.$('heads')).stderr).toBe('')
    s.write('deep/other.json', '{ "migrations": "../migrations", "environments": { "test": {} } }')
    expect((await s.$('-c deep/other.json -n test heads -v')).stderr).toBe(
      'Configuration: deep/other.json, environment test\n',
    )
    expect((await s.$('heads -v --json')).stderr).toBe('Configuration: ambix.config.json\n')
    expect((await s.$('heads -v -q')).stderr).toBe('')
  })
})
