/** Rows F1-F16 and C2, C3 of specs/alembic.md: where the configuration stands and what it may say. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { revisionFile, sandbox } from './sandbox.ts'

const url = 'postgres://nobody@127.0.0.1:1/nowhere'
const list = { 'm/a1.ts': revisionFile('a1', null, { message: 'first' }) }

describe('where it stands', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['ambix.config.ts', `import { defineConfig } from 'ambix'\nexport default defineConfig({ migrations: './m' })\n`],
    ['ambix.config.mts', `export default { migrations: './m' as string }\n`],
    ['ambix.config.js', `export default { migrations: './m' }\n`],
    ['ambix.config.mjs', `export default async () => ({ migrations: './m' })\n`],
    ['ambix.config.cjs', `module.exports = { migrations: './m' }\n`],
    ['ambix.config.json', `{ "migrations": "./m" }`],
    ['package.json', `{ "ambix": { "migrations": "./m" } }`],
  ]
  it.each(forms)('F1 F2: %s', async (name, text) => {
    const s = sandbox({ files: { ...list, [name]: text } })
    expect(await s.$('heads')).toEqual({ code: 0, stdout: 'a1 (head), first\n', stderr: '' })
  })

  it('C2: --config, before and after the subcommand; found above the working directory', async () => {
    const s = sandbox({ files: { 'deep/er/other.json': '{ "migrations": "../../m" }', ...list } })
    expect((await s.$('--config deep/er/other.json heads')).stdout).toBe('a1 (head), first\n')
    expect((await s.$('heads -c deep/er/other.json')).stdout).toBe('a1 (head), first\n')
    expect((await s.$('-c deep/er/other.json -c x.json heads')).stderr).toContain('--config is given twice')
  })

  it.each([
    ['shema', 'schema'],
    ['databaseUrl', 'url'],
    ['migrationsFolder', 'migrations'],
  ])('an unknown key %s: did you mean %s?', async (key, meant) => {
    const s = sandbox({ config: { [key]: './m' }, files: list })
    expect((await s.$('heads')).stderr).toContain(
      `has an unknown key: ${key} [CONFIG.INVALID]\n  → Did you mean ${meant}?\n`,
    )
  })

  it('C3 K12: environments of one config, with -n', async () => {
    const s = sandbox({
      config: { migrations: './n', environments: { app: { migrations: './m' } } },
      files: { ...list, 'n/.gitkeep': '' },
    })
    expect((await s.$('heads')).stdout).toBe('')
    expect((await s.$('-n app heads')).stdout).toBe('a1 (head), first\n')
    expect((await s.$('heads --name app')).stdout).toBe('a1 (head), first\n')
  })

  it('F11: the URL from a function, from .env, from the environment', async () => {
    const s = sandbox({
      files: { ...list, 'ambix.config.ts': `export default { migrations: './m', url: async () => 'sqlite:fn.db' }` },
    })
    expect(JSON.parse((await s.$('current --json')).stdout)).toMatchObject([{ database: 'sqlite:fn.db' }])
    const t = sandbox({ config: { migrations: './m' }, files: list })
    expect(JSON.parse((await t.$('current --json', { DATABASE_URL: 'sqlite:env.db' })).stdout)).toMatchObject([
      { database: 'sqlite:env.db' },
    ])
    expect(
      JSON.parse((await t.$('current --json --url sqlite:flag.db', { DATABASE_URL: 'sqlite:env.db' })).stdout),
    ).toMatchObject([{ database: 'sqlite:flag.db' }])
  })
})

describe('files', () => {
  it('F3 F4 F5: fileTemplate with folders, slug length, timezone', async () => {
    const s = sandbox({
      config: {
        url,
        migrations: './m',
        recursive: true,
        fileTemplate: '{year}/{slug}-{rev}',
        slugLength: 12,
        timezone: 'Asia/Tokyo',
      },
    })
    expect((await s.$('revision -m "Add the new accounts table" --rev-id a1')).stdout).toMatch(
      /^m\/\d{4}\/add_the_new-a1\.ts\n$/,
    )
    expect(
      s.read(
        s
          .files('m')
          .filter((f) => f.endsWith('.ts'))
          .map((f) => `m/${f}`)[0]!,
      ),
    ).toMatch(/Create Date: .*\+09:00/)
    expect((await s.$('heads')).stdout).toContain('a1 (head)')
    s.write('ambix.config.json', JSON.stringify({ url, timezone: 'Mars/Olympus' }))
    expect((await s.$('revision -m x')).stderr).toContain('There is no timezone "Mars/Olympus"')
    s.write('ambix.config.json', JSON.stringify({ url, fileTemplate: '{revision}' }))
    expect((await s.$('revision -m x')).stderr).toContain('{rev}')
    s.write('ambix.config.json', JSON.stringify({ url, fileTemplate: '../{rev}' }))
    expect((await s.$('revision -m x')).code).toBe(1)
  })

  it('F6 V9: several version locations; the parent’s folder is used, a new root must say which', async () => {
    const s = sandbox({ config: { url, migrations: ['./m', './n'] }, files: list })
    expect((await s.$('revision -m second --rev-id b2')).stdout).toMatch(/^m\//)
    expect((await s.$('revision -m root --rev-id c3 --head base --splice')).stderr).toContain('--version-path')
    expect(
      (await s.$('revision -m root --rev-id c3 --head base --splice --version-path ./n --branch-label other')).stdout,
    ).toMatch(/^n\//)
    expect((await s.$('revision -m x --head b2 --version-path ./elsewhere')).stderr).toContain(
      'is not one of the configured version locations',
    )
    expect((await s.$('revision -m more --rev-id d4 --head other@head')).stdout).toMatch(/^n\//)
  })

  it('F7: subfolders only with recursive', async () => {
    const s = sandbox({ config: { url, migrations: './m' }, files: { 'm/2026/a1.ts': revisionFile('a1', null) } })
    expect((await s.$('heads')).stdout).toBe('')
    s.write('ambix.config.json', JSON.stringify({ url, migrations: './m', recursive: true }))
    expect((await s.$('heads')).stdout).toContain('a1')
  })

  it('F10: hooks run in order on the written file; a failing one is an error that says so', async () => {
    const s = sandbox({
      config: {
        url,
        migrations: './m',
        postWriteHooks: [
          { command: 'node hook.mjs one' },
          { command: "node ../hook.mjs 'two words' {file} end", cwd: 'm' },
        ],
      },
      files: {
        'hook.mjs': `import { appendFileSync } from 'node:fs'\nappendFileSync(new URL('log.txt', import.meta.url), process.argv.slice(2).map((a) => a.replace(/^.*[/]m[/]/, 'm/')).join('|') + '\\n')\n`,
      },
    })
    mkdirSync(join(s.dir, 'm'))
    expect((await s.$('revision -m x --rev-id a1')).code).toBe(0)
    expect(s.read('log.txt').replaceAll(/\d{8}_\d{4}/g, '<date>')).toBe(
      'one|m/<date>_x_a1.ts\ntwo words|m/<date>_x_a1.ts|end\n',
    )
    s.write('hook.mjs', `console.error('no, thanks')\nprocess.exit(3)\n`)
    const failed = await s.$('revision -m y --rev-id b2')
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('[HOOK.FAILED]')
    expect(failed.stderr).toContain('no, thanks')
    expect(failed.stderr).toContain('The file stays')
    s.write(
      'ambix.config.json',
      JSON.stringify({ url, migrations: './m', postWriteHooks: [{ command: 'no-such-program-at-all' }] }),
    )
    expect((await s.$('revision -m z --rev-id c3')).stderr).toContain('[HOOK.FAILED]')
    s.write('ambix.config.json', JSON.stringify({ url, postWriteHooks: [{ kind: 'exec' }] }))
    expect((await s.$('revision -m z')).stderr).toContain('a list of { command }')
  })

  it('F10: the formatter of the project is found by itself, and only where it is installed', async () => {
    const s = sandbox({ config: { url, migrations: './m' }, files: { '.prettierrc': '{}' } })
    expect((await s.$('revision -m x --rev-id a1')).stderr).toBe('')
    s.write('node_modules/.bin/prettier', '#!/bin/sh\nfor last; do :; done\necho "// formatted" >> "$last"\n')
    ;(await import('node:fs')).chmodSync(join(s.dir, 'node_modules/.bin/prettier'), 0o755)
    await s.$('revision -m y --rev-id b2')
    const file = s.files('m').find((f) => f.includes('b2'))!
    expect(s.read(`m/${file}`)).toMatch(/\/\/ formatted\n$/)
    s.write('ambix.config.json', JSON.stringify({ url, migrations: './m', format: false }))
    await s.$('revision -m z --rev-id c3')
    expect(s.read(`m/${s.files('m').find((f) => f.includes('c3'))!}`)).not.toContain('formatted')
  })

  it('N8 F13: a template of the project’s own', async () => {
    const template =
      '// Ours: {message} ({revision} after {parents})\n{imports}\nimport { team } from "./team.ts"\n\nexport const revision = {revision}\nexport const downRevision = {downRevision}\nexport const owner = `{team}`\n\n{upgrade}\n\n{downgrade}\n'
    const s = sandbox({
      config: { url, migrations: './m', template: './revision.tpl' },
      files: { 'revision.tpl': template },
    })
    expect((await s.$('revision -m "first one" --rev-id a1')).code).toBe(0)
    expect(s.read(`m/${s.files('m')[0]!}`)).toBe(
      "// Ours: first one ('a1' after none)\nimport type { Operations } from 'ambix'\nimport { team } from \"./team.ts\"\n\nexport const revision = 'a1'\nexport const downRevision = null\nexport const owner = `{team}`\n\nexport function upgrade(op: Operations): void {\n  void op // nothing to do\n}\n\nexport function downgrade(op: Operations): void {\n  void op // nothing to do\n}\n",
    )
    s.write('revision.tpl', 'export const revision = {revision}\n')
    expect((await s.$('revision -m x')).stderr).toContain(
      'The template lacks {imports}, {downRevision}, {upgrade}, {downgrade}',
    )
    s.write('ambix.config.json', JSON.stringify({ url, template: './gone.tpl' }))
    expect((await s.$('revision -m x')).stderr).toContain('[FILES.READ]')
  })

  it('F12: a flag that is no boolean is named, not taken for false', async () => {
    const s = sandbox({ config: { url, recursive: 'True' } })
    expect((await s.$('heads')).stderr).toContain('recursive must be true or false')
  })
})
