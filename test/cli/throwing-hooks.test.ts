/** Functions of the configuration that throw, or answer with a promise: the user's mistake, with its place, and no stack. */
import { describe, expect, it } from 'vitest'
import { revisionFile, sandbox } from './sandbox.ts'

const models = `import { table, integer, varchar } from 'ambix/schema'
export const t = table('t', { id: integer().primaryKey(), name: varchar(20).default('b') })
`
const revision = revisionFile('aa11', null).replace(
  /upgrade\(.*\{[^}]*\}/,
  `upgrade(op) { op.execute("create table t (id integer not null primary key, name varchar(10) default 'a')", { down: 'drop table t' }) }`,
)
const boom = `() => { throw new Error('boom') }`

const failing = (key: string, body = boom): string => `export default {
  url: 'sqlite:app.db',
  ${key}: ${body},
}
`

async function outcome(config: string, ...commands: readonly string[]): Promise<{ code: number; stderr: string }> {
  const s = sandbox({ files: { 'src/schema.ts': models, 'migrations/aa11.ts': revision } })
  s.write('ambix.config.ts', failing('slugLength', '40'))
  for (const command of commands.slice(0, -1)) expect((await s.$(command)).code, command).toBe(0)
  s.write('ambix.config.ts', config)
  return await s.$(commands.at(-1)!)
}

describe('a function of the configuration that throws', () => {
  it.each([
    ['includeName', 'check'],
    ['includeObject', 'check'],
    ['compareType', 'check'],
    ['compareServerDefault', 'check'],
    ['renderItem', 'revision --autogenerate -m x'],
    ['processRevisionDirectives', 'revision --autogenerate -m x'],
    ['onVersionApply', 'downgrade base'],
  ])('%s', async (key, command) => {
    const { code, stderr } = await outcome(failing(key), 'upgrade head', command)
    expect(stderr).toContain(
      `error: ambix.config.ts: the function \`${key}\` throws [CONFIG.INVALID]\n  boom (ambix.config.ts:3`,
    )
    expect(stderr).not.toMatch(/^\s+at |internal error/m)
    expect(code).toBe(1)
  })

  it.each([
    ['commands', `{ hello: { summary: 'x', run: ${boom} } }`, 'hello'],
    ['comparators', `[${boom}]`, 'check'],
  ])('%s', async (key, body, command) => {
    const { stderr } = await outcome(failing(key, body), 'upgrade head', command)
    expect(stderr).toContain('throws [CONFIG.INVALID]\n  boom (ambix.config.ts:3')
    expect(stderr).not.toMatch(/^\s+at |internal error/m)
  })

  it('throws what is no Error', async () => {
    const { stderr } = await outcome(failing('includeName', `() => { throw 'a text' }`), 'upgrade head', 'check')
    expect(stderr).toContain('throws what is no Error [CONFIG.INVALID]\n  a text')
  })

  it.each(['check', 'check --json'])('throws a text with a password (%s)', async (command) => {
    const body = `() => { throw 'no postgres://joe:hunter2@db/app' }`
    const s = await outcome(failing('includeName', body), 'upgrade head', command)
    expect(JSON.stringify(s)).toContain('no postgres://joe:***@db/app')
    expect(JSON.stringify(s)).not.toContain('hunter2')
  })
})

it.each(['includeName', 'includeObject', 'compareType', 'compareServerDefault'])('%s gives a promise', async (key) => {
  const { code, stderr } = await outcome(failing(key, 'async () => false'), 'upgrade head', 'check')
  expect(stderr).toContain(
    `error: \`${key}\` gives a promise, and must answer with true or false at once [CONFIG.INVALID]`,
  )
  expect(code).toBe(1)
})

it('a file template with tokens of Alembic', async () => {
  const { stderr } = await outcome(failing('fileTemplate', `'%%(year)d_%%(month).2d_%(rev)s'`), 'revision -m x')
  expect(stderr).toContain('[CONFIG.INVALID]\n  → Write: {year}_{month}_{rev}')
})
