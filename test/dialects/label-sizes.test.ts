/** A label of an enum has at most 63 bytes on PostgreSQL (manual, 8.7.4): refused when a revision is compiled, with its place. */
import { describe, expect, test } from 'vitest'
import { upgrade } from '../../src/commands/move.ts'
import type { AmbixError } from '../../src/errors.ts'
import { folderOf } from '../support/folder.ts'

const revision = (call: string): string =>
  `export const revision = 'a1'\nexport const downRevision = null\nexport function upgrade(op) {\n  ${call}\n}\nexport function downgrade() {}\n`

const script = async (call: string): Promise<string> => {
  const root = folderOf({ 'migrations/a1.ts': revision(call) })
  const [made] = await upgrade({ root, dialect: 'postgres' }, 'head', { sql: true })
  return made!.script!
}

describe.each([
  ['a new type', (label: string) => `op.createEnum('e', ['a', '${label}'])`],
  ['an added label', (label: string) => `op.addEnumValue('e', '${label}')`],
  ['a renamed label', (label: string) => `op.renameEnumValue('e', 'a', '${label}')`],
])('a label of %s', (_title, call) => {
  test('of 63 bytes is written', async () => {
    expect(await script(call(`${'é'.repeat(31)}x`))).toContain(`${'é'.repeat(31)}x`)
  })
  test('of 64 bytes is refused at its line', async () => {
    const error = await script(call('é'.repeat(32))).then(
      () => expect.fail('nothing was refused'),
      (thrown: AmbixError) => thrown,
    )
    expect(error.code).toBe('ENUM.INVALID')
    expect(error.message).toContain('too long')
    expect(error.why).toMatch(/In upgrade of revision a1, .*a1\.ts:4:6$/)
  })
})
