/** Issue "The main job", Done 2: from an empty folder to branches, merges and scripts, as one transcript. */
import { describe, expect, it } from 'vitest'
import { describeLive, freshDatabase } from '../support/live.ts'
import { sandbox } from './sandbox.ts'

const posts = `
export const posts = table('posts', {
  id: integer().primaryKey().identity(),
  title: varchar(200).notNull(),
})
`

describeLive('the story', () => {
  it('C20 C21 C22 C23 C24 C25 C29: init, edit, autogenerate, up, down, current, history, merge, scripts', async () => {
    const { url } = await freshDatabase()
    const s = sandbox()
    await s.$('init')
    s.write('.env', `DATABASE_URL=${url}\n`)
    s.note('edit src/schema.ts: it has a table users to begin with')
    const env = { DATABASE_URL: url }
    s.$$('revision --autogenerate -m "Add users table" --rev-id aaa1', env)
    await s.$('upgrade head', env)
    s.note('edit: a table posts')
    s.write('src/schema.ts', `${s.read('src/schema.ts')}${posts}`)
    s.$$('revision --autogenerate -m "Add posts" --rev-id bbb2', env)
    s.write(
      'migrations/ccc3.ts',
      s
        .read(`migrations/${s.files().find((f) => f.includes('bbb2'))}`)
        .replaceAll('bbb2', 'ccc3')
        .replace("downRevision = 'aaa1'", "downRevision = 'bbb2'")
        .replaceAll("'posts'", "'drafts'")
        .replaceAll('posts_', 'drafts_')
        .replace('Add posts', 'Add drafts'),
    )
    await s.$('upgrade +2', env)
    await s.$('current', env)
    await s.$('downgrade -1', env)
    await s.$('downgrade -2', env)
    await s.$('upgrade head', env)
    await s.$('downgrade aaa1', env)
    await s.$('downgrade base', env)
    await s.$('current', env)
    await s.$('upgrade bbb2', env)
    await s.$('current -v', env)
    await s.$('history --verbose', env)
    await s.$('history -r base:current', env)
    await s.$('history -r current:heads', env)
    s.note('two branches')
    await s.$('revision -m "left" --rev-id ddd4', env)
    await s.$('revision -m "right" --rev-id eee5 --head ccc3', env)
    await s.$('revision -m "right" --rev-id eee5 --head ccc3 --splice', env)
    await s.$('heads', env)
    await s.$('branches', env)
    await s.$('upgrade head', env)
    await s.$('upgrade heads', env)
    await s.$('merge -m "merge branches" --rev-id fff6', env)
    await s.$('upgrade head', env)
    await s.$('history --graph', env)
    await s.$('merge', env)
    await s.$('upgrade head --sql', env)
    await s.$('downgrade bbb2:base --sql', env)
    await s.$('show fff6', env)
    await expect(s.transcript()).toMatchFileSnapshot('golden/story.txt')
    for (const file of s.files().filter((f) => /aaa1|bbb2|fff6/.test(f)))
      s.note(`${file.replace(/^\d{8}_\d{4}/, '<date>')}`)
    const texts = s
      .files()
      .filter((f) => /aaa1|bbb2|fff6/.test(f))
      // By what follows the date: a run may last from one minute into the next.
      .toSorted((a, b) => a.slice(14).localeCompare(b.slice(14), 'en'))
      .map((f) => s.read(`migrations/${f}`).replaceAll(/Create Date: .*/g, 'Create Date: <date>'))
    await expect(texts.join('\n// ------\n')).toMatchFileSnapshot('golden/story-files.ts.txt')
  })
})

describe('without a server', () => {
  it('runs on the embedded PostgreSQL of the project', async () => {
    const s = sandbox()
    await s.$('init')
    expect((await s.$('revision --autogenerate -m "Add users" --rev-id aaa1')).code).toBe(0)
    expect((await s.$('upgrade')).code).toBe(0)
    expect((await s.$('check')).code).toBe(0)
    expect((await s.$('downgrade base')).code).toBe(0)
    expect((await s.$('check')).code).toBe(2)
    await expect(s.transcript()).toMatchFileSnapshot('golden/embedded.txt')
  })
})
