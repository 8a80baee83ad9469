/** A schema that the database refuses is the schema's fault: which declaration, where, the server's words (issue 9, H1). */
import { expect, test } from 'vitest'
import { describeLive } from '../support/live.ts'
import { sandbox } from './sandbox.ts'

const schema = (
  column: string,
): string => `import { boolean, integer, numeric, table, text, uuid, varchar } from 'ambix/schema'

export const users = table('users', {
  id: uuid().primaryKey(),
  mail: text(),
})
export const posts = table('posts', {
  id: integer().primaryKey(),
  ${column},
})
`

describeLive('a schema that the server refuses', (server) => {
  test.each([
    [
      'a foreign key of another type',
      "userId: integer().named('user_id').references(() => users.id)",
      'user_id',
      'incompatible types',
    ],
    [
      'a foreign key to what is not unique',
      'mail: text().references(() => users.mail)',
      'mail',
      'no unique constraint',
    ],
    ['a default of another type', "n: integer().default('abc' as never)", 'n', 'invalid input syntax'],
    ['arguments out of range', 'n: numeric(2, 2000)', 'n', 'NUMERIC scale 2000'],
  ])('%s', async (_, declaration, column, words) => {
    const { url } = await server.createDatabase()
    const s = sandbox({ url, config: { schema: './schema.ts' }, files: { 'schema.ts': schema(declaration) } })
    const { code, stderr } = await s.$('revision --autogenerate -m one')
    expect(code).toBe(1)
    expect(stderr).toContain('[SCHEMA.INVALID]')
    expect(stderr).toContain(`schema.ts:9:3: In the table posts, column ${column}.`)
    expect(stderr).toContain(words)
    expect(stderr).not.toMatch(/no-verify|bug of ambix/)
    expect(s.files()).not.toContainEqual(expect.stringContaining('migrations/'))
  })
})
