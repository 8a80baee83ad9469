/** Revision files on disk: names, scanning, safe writing, other parents (F3-F7; reliability 6.3; bad input of the first issue). */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDate, fileName, slugOf } from '../../src/revisions/files/file-names.ts'
import { revisionFiles, scanRevisions } from '../../src/revisions/files/files.ts'
import { replaceFile, writeNewFile } from '../../src/revisions/files/write.ts'
import { parseHeader } from '../../src/revisions/files/header.ts'
import { withParents } from '../../src/revisions/files/rewrite.ts'
import { codeOf } from './graphs.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ambix-files-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('names', () => {
  const date = new Date('2026-11-20T23:30:05Z')
  const rev = '3f2a9c81d04e'

  it('F3: the default template, tokens, and folders in a template', () => {
    expect(fileName({ rev, message: 'Add status!', date })).toBe('20261120_2330_add_status_3f2a9c81d04e.ts')
    expect(fileName({ rev, message: '', date })).toBe('20261120_2330_3f2a9c81d04e.ts')
    expect(
      fileName({ rev, message: 'x', date, template: '{year}/{rev}_{slug}_{epoch}_{second}', extension: '.sql' }),
    ).toBe(`2026/${rev}_x_1795217405_05.sql`)
    expect(codeOf(() => fileName({ rev, message: 'x', date, template: '{nope}' }))).toBe('CONFIG.INVALID')
    expect(codeOf(() => fileName({ rev, message: 'x', date, template: '../{rev}' }))).toBe('CONFIG.INVALID')
    expect(codeOf(() => fileName({ rev, message: 'x', date, template: '/{rev}' }))).toBe('CONFIG.INVALID')
  })

  it('F4: the slug is cut at a word', () => {
    expect(slugOf('Add the very important status column to the posts table')).toBe(
      'add_the_very_important_status_column_to',
    )
    expect(slugOf('a'.repeat(60))).toBe('a'.repeat(40))
    expect(slugOf('Größe & ../../etc/passwd; rm -rf "$HOME" `x` ${y}\n')).toBe('größe_etc_passwd_rm_rf_home_x_y')
  })

  it('F5: dates in a timezone; an unknown one is an error', () => {
    expect(createDate(date)).toBe('2026-11-20T23:30:05Z')
    expect(createDate(date, 'Asia/Kolkata')).toBe('2026-11-21T05:00:05+05:30')
    expect(createDate(date, 'America/St_Johns')).toBe('2026-11-20T20:00:05-03:30')
    expect(fileName({ rev, message: 'x', date, timezone: 'Asia/Tokyo' })).toBe(`20261121_0830_x_${rev}.ts`)
    expect(codeOf(() => createDate(date, 'Mars/Olympus'))).toBe('CONFIG.INVALID')
  })
})

describe('scanning', () => {
  it('F6, F7: several folders, in the order of names; subfolders only when asked', () => {
    mkdirSync(join(folder, 'one', 'sub'), { recursive: true })
    mkdirSync(join(folder, 'two'))
    for (const name of [
      'one/b.ts',
      'one/a.sql',
      'one/sub/c.js',
      'two/a.mjs',
      'one/env.ts',
      'one/_helper.ts',
      'one/.hidden.ts',
      'one/README.md',
      'one/x.d.ts',
    ]) {
      writeFileSync(join(folder, name), name)
    }
    const folders = [join(folder, 'one'), join(folder, 'two'), join(folder, 'gone')]
    const names = (recursive: boolean): string[] =>
      revisionFiles({ folders, recursive }).map((file) => file.slice(folder.length + 1))
    expect(names(false)).toEqual(['one/a.sql', 'one/b.ts', 'two/a.mjs'])
    expect(names(true)).toEqual(['one/a.sql', 'one/b.ts', 'one/sub/c.js', 'two/a.mjs'])
    expect(codeOf(() => scanRevisions({ folders }))).toBe('REVISION.HEADER')
    expect(codeOf(() => revisionFiles({ folders: [join(folder, 'one', 'b.ts')] }))).toBe('FILES.READ')
  })

  it('reads heads', () => {
    writeFileSync(join(folder, 'a.sql'), '-- first\n-- revision: a\n-- down_revision: none\n')
    writeFileSync(join(folder, 'b.ts'), "export const revision = 'b'\nexport const downRevision = 'a'\n")
    expect(scanRevisions({ folders: [folder] }).map((r) => [r.id, r.downRevision, r.format])).toEqual([
      ['a', [], 'sql'],
      ['b', ['a'], 'ts'],
    ])
  })

  it('follows links to files, and refuses what is no file', () => {
    writeFileSync(join(folder, 'aside'), "export const revision = 'a'\nexport const downRevision = null\n")
    symlinkSync(join(folder, 'aside'), join(folder, 'a.ts'))
    expect(scanRevisions({ folders: [folder] }).map((r) => r.id)).toEqual(['a'])
    const others: Readonly<Record<string, (file: string) => unknown>> = {
      pipe: (file) => execFileSync('mkfifo', [file]),
      folder: (file) => mkdirSync(file),
      empty: (file) => symlinkSync('/dev/null', file),
      endless: (file) => symlinkSync('/dev/zero', file),
    }
    for (const [name, make] of Object.entries(others)) {
      const file = join(folder, `${name}.ts`)
      make(file)
      let told: unknown
      try {
        scanRevisions({ folders: [folder] })
      } catch (error) {
        told = error
      }
      expect([name, told]).toEqual([name, expect.objectContaining({ code: 'FILES.READ', why: 'It is not a file.' })])
      rmSync(file, { recursive: true })
    }
  })
})

describe('writing', () => {
  it('writes a whole new file, and leaves nothing else', () => {
    const file = writeNewFile(join(folder, 'm'), 'sub/a.ts', 'text\n')
    expect(readFileSync(file, 'utf8')).toBe('text\n')
    expect(readdirSync(join(folder, 'm', 'sub'))).toEqual(['a.ts'])
    expect(statSync(file).mode & 0o777 & ~0o022).toBe(0o644)
  })

  it('never writes over another file', () => {
    writeFileSync(join(folder, 'a.ts'), 'old')
    expect(codeOf(() => writeNewFile(folder, 'a.ts', 'new'))).toBe('FILES.EXISTS')
    expect(readFileSync(join(folder, 'a.ts'), 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['a.ts'])
  })

  it('stays in its folder, through links too', () => {
    const inside = join(folder, 'in')
    mkdirSync(inside)
    mkdirSync(join(folder, 'out'))
    symlinkSync(join(folder, 'out'), join(inside, 'link'))
    for (const name of ['../a.ts', 'x/../../a.ts', '/etc/ambix.ts', 'link/a.ts', ''])
      expect(
        codeOf(() => writeNewFile(inside, name, 'x')),
        name,
      ).toBe('FILES.UNSAFE_PATH')
    expect(readdirSync(join(folder, 'out'))).toEqual([])
    expect(writeNewFile(inside, '..a.ts', 'x')).toBe(join(inside, '..a.ts'))
  })

  it('says in plain words what is wrong', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => writeNewFile(join(folder, 'file'), 'a.ts', 'x')).toThrow(
      expect.objectContaining({ code: 'FILES.WRITE' }),
    )
    expect(() => replaceFile(join(folder, 'gone.ts'), 'x')).toThrow(
      expect.objectContaining({ code: 'FILES.READ', why: 'It is not there.' }),
    )
    expect(() => writeNewFile(folder, `${'x'.repeat(300)}.ts`, 'x')).toThrow(
      expect.objectContaining({ code: 'FILES.WRITE', why: expect.stringContaining('name is too long') }),
    )
  })

  it.skipIf(process.getuid?.() === 0)('a folder without permission', () => {
    chmodSync(folder, 0o555)
    expect(() => writeNewFile(folder, 'a.ts', 'x')).toThrow(
      expect.objectContaining({ code: 'FILES.WRITE', why: expect.stringContaining('permissions') }),
    )
    chmodSync(folder, 0o755)
  })

  it.skipIf(process.platform !== 'linux')('a full disk leaves nothing half written', () => {
    // A file size limit stands in for the full disk: the write fails in its middle in the same way.
    const script = `import { writeNewFile } from ${JSON.stringify(new URL('../../src/revisions/files/write.ts', import.meta.url).href)}
      process.on('SIGXFSZ', () => {})
      try { writeNewFile(${JSON.stringify(folder)}, 'a.ts', 'x'.repeat(1e6)) } catch (e) { console.log(e.code) }`
    const out = execFileSync(
      'sh',
      ['-c', `ulimit -f 64; exec "$0" --input-type=module-typescript -e "$1"`, process.execPath, script],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    expect(out.toString().trim()).toBe('FILES.WRITE')
    expect(readdirSync(folder)).toEqual([])
  })

  it('replaces a file in one moment, and keeps its mode', () => {
    const file = join(folder, 'a.ts')
    writeFileSync(file, 'old', { mode: 0o600 })
    replaceFile(file, 'new')
    expect(readFileSync(file, 'utf8')).toBe('new')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['a.ts'])
  })
})

describe('other parents', () => {
  const text = `/**\n * add\n *\n * Revision ID: x\n * Revises: a\n */\nexport const revision = 'x'\nexport const downRevision = 'a' // the line\nexport const branchLabels: string[] = []\nexport function upgrade() { return "downRevision = 'q'" }\n`

  it('rewrites the one line and the comment, and nothing else', () => {
    expect(withParents(text, 'x.ts', ['b'])).toBe(text.replace("'a' //", "'b' //").replace('Revises: a', 'Revises: b'))
    expect(withParents(text, 'x.ts', ['b', 'c'])).toContain("export const downRevision = ['b', 'c'] // the line")
    expect(withParents(text, 'x.ts', [])).toContain('export const downRevision = null // the line')
  })

  it.each([
    ["export const revision: string = 'x'\nexport const downRevision: string = 'a'", ['b', 'c']],
    ['export const revision = "x"\nexport const downRevision = ["a",\n  "q"] as const', ['b']],
    ["exports.revision = 'x'; \nexports.downRevision = null;", ['b']],
  ])('%j', (source, parents) => {
    expect(parseHeader(withParents(source, 'x.js', parents), 'x.js')!.downRevision).toEqual(parents)
  })

  it('in SQL', () => {
    expect(withParents('-- x\n-- revision: x\n-- down_revision: a, q\nselect 1;', 'x.sql', ['b'])).toBe(
      '-- x\n-- revision: x\n-- down_revision: b\nselect 1;',
    )
    expect(withParents('-- revision: x\n-- revises: a', 'x.sql', [])).toContain('-- revises: none')
  })

  it('refuses what it would not rewrite safely', () => {
    expect(codeOf(() => withParents("export const revision = 'x', downRevision = 'a'", 'x.ts', ['b']))).toBe(
      'REVISION.HEADER',
    )
  })
})
