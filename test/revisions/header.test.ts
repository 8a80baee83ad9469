/** Heads of revision files, read without running them (V1, V2; issue: a file that does not parse or lacks its header). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isRevisionFile, parseHeader, readHeader } from '../../src/revisions/files/header.ts'
import { scanUsualHeader } from '../../src/revisions/files/module-header.ts'
import { codeOf } from './graphs.ts'

const generated = `/**
 * add status
 * to posts
 *
 * It's a longer story.
 *
 * Revision ID: 3f2a9c81d04e
 * Revises: 91bb0c5e77aa
 * Create Date: 2026-11-20T10:30:00Z
 */
import type { Operations } from 'ambix'

export const revision = '3f2a9c81d04e'
export const downRevision = '91bb0c5e77aa'
export const branchLabels: string[] = []
export const dependsOn: string[] = []

export function upgrade(op: Operations): void {}
`

describe('built modules (issue 9, M8)', () => {
  it('reads what tsc makes CommonJS of, which empties every export first', () => {
    const built = `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.dependsOn = exports.branchLabels = exports.downRevision = exports.revision = void 0;
exports.upgrade = upgrade;
exports.revision = 'a';
exports.downRevision = 'b';
exports.branchLabels = ['x'];
exports.dependsOn = ['c'];
function upgrade(op) { }`
    expect(parseHeader(built, '/m/a.cjs')).toMatchObject({
      id: 'a',
      downRevision: ['b'],
      branchLabels: ['x'],
      dependsOn: ['c'],
    })
  })

  it.each([
    ['esbuild', 'const revision = "a";\nexport {\n  downRevision,\n  revision,\n  upgrade\n};'],
    ['esbuild, minified', 'const e="a",o=null;function r(n){}export{o as downRevision,e as revision,r as upgrade};'],
    ['esbuild to CommonJS', 'var s = {};\n__export(s, { revision: () => revision, upgrade: () => upgrade });'],
    ['swc to CommonJS', '_export(exports, {\n  get revision () {\n    return revision;\n  }\n});'],
  ])('refuses by name what %s makes', (_, built) => {
    expect(codeOf(() => parseHeader(built, '/m/a.js'))).toBe('REVISION.HEADER')
    expect(() => parseHeader(built, '/m/a.js')).toThrow(/a\.js:1 .*a bundler wrote it/)
  })
})

describe('modules', () => {
  it('reads what autogenerate writes', () => {
    expect(parseHeader(generated, 'm/x.ts')).toEqual({
      id: '3f2a9c81d04e',
      downRevision: ['91bb0c5e77aa'],
      branchLabels: [],
      dependsOn: [],
      message: 'add status to posts',
      doc: expect.stringContaining("It's a longer story."),
      createDate: '2026-11-20T10:30:00Z',
      file: 'm/x.ts',
      format: 'ts',
    })
    expect(Object.isFrozen(parseHeader(generated, 'x.ts'))).toBe(true)
  })

  // The comment of one line and the ids is read in one match; a blank at the end of a line keeps it from that.
  it.each([
    [' * add status\n *\n * Revision ID: a\n * Revises: b', 'add status\n\nRevision ID: a\nRevises: b'],
    [' * a\n *\n * Revision ID: a\n * Revises:', 'a\n\nRevision ID: a\nRevises:'],
    [' * a\n *\n * Revision ID: a\n * Revises: b, c', 'a\n\nRevision ID: a\nRevises: b, c'],
    [
      ' * a\n *\n * Revision ID: a\n * Revises: b\n * Create Date: 2026-11-20 10:30',
      'a\n\nRevision ID: a\nRevises: b\nCreate Date: 2026-11-20 10:30',
    ],
    [' *   a  b\n *\n * Revision ID: a\n * Revises: b', 'a  b\n\nRevision ID: a\nRevises: b'],
    [' * * a\n *\n * Revision ID: a\n * Revises: b', '* a\n\nRevision ID: a\nRevises: b'],
    [' * a *\\/ b\n *\n * Revision ID: a\n * Revises: b', 'a */ b\n\nRevision ID: a\nRevises: b'],
    [' * é\n *\n * Revision ID: a\n * Revises: b', 'é\n\nRevision ID: a\nRevises: b'],
    [' * a\n *\n * Revision ID: a\n * Revises: b\n * more', 'a\n\nRevision ID: a\nRevises: b\nmore'],
  ])('the text of a comment: %j', (inside, doc) => {
    const of = (lines: string): string =>
      parseHeader(`/**\n${lines}\n */\nexport const revision = 'a'\nexport const downRevision = 'b'\n`, 'x.ts')!.doc
    expect(of(inside)).toBe(doc)
    expect(of(inside.replace('\n', ' \n'))).toBe(doc)
  })

  it.each([
    [`export const revision = "a"; export const downRevision = null`, []],
    ['export const revision: string = `a`\nexport const downRevision: string | null = null;', []],
    [`export const revision = 'a' as const\nexport const downRevision = ['b', "c",] as const`, ['b', 'c']],
    [
      `export const revision = 'a'\nexport const downRevision: readonly string[] = [\n  'b', // left\n  /* right */ 'c',\n]`,
      ['b', 'c'],
    ],
    [`export const revision = 'a', downRevision = 'b'`, ['b']],
    [`export let revision = 'a' satisfies string\nexport var downRevision = undefined // root`, []],
    [`"use strict"\nexports.revision = 'a'\nexports.downRevision = 'b'\nexports.upgrade = function () {}`, ['b']],
    [`'use strict';module.exports.revision='a';module.exports.downRevision='b';`, ['b']],
    [`#!/usr/bin/env node\r\nexport const revision = 'a'\r\nexport const downRevision = 'b'\r\n`, ['b']],
    [
      `// export const revision = 'z'\n/* export const revision = 'y' */\nexport const revision = 'a'\nexport const downRevision = 'b'`,
      ['b'],
    ],
    [
      'const s = `\nexport const revision = "z"\n`\nexport const revision = "a"\nexport const downRevision = "b"',
      ['b'],
    ],
    [`export const revision /* id */ : 'a' = 'a'\nexport const downRevision\n  = 'b'`, ['b']],
  ])('tolerates %j', (text, down) => {
    expect(parseHeader(text, 'x.mjs')).toMatchObject({ id: 'a', downRevision: down, format: 'js' })
  })

  it.each([
    ['', 'x.ts:1', 'no `export const revision`'],
    [`export const revision = 'a'`, 'x.ts:1', 'no `export const downRevision`'],
    [`\n\nexport const revision = makeId()\nexport const downRevision = null`, 'x.ts:3', '`revision` is not a literal'],
    ['export const revision = `a${1}`', 'x.ts:1', 'not a literal'],
    [`export const revision = 'a' + 'b'`, 'x.ts:1', 'not a literal'],
    [`export const revision = 'a'\nexport const downRevision = [b]`, 'x.ts:2', '`downRevision` is not a literal'],
    [`export const revision = 'a'\nexport const revision = 'b'`, 'x.ts:2', 'declared twice'],
    [`export const revision = 'a\\u0062'`, 'x.ts:1', 'not a literal'],
    [`export const revision = null\nexport const downRevision = null`, 'x.ts:1', 'not one string'],
    ['%%% not a module', 'x.ts:1', 'no `export const revision`'],
  ])('refuses %j with file, line and reason', (text, place, reason) => {
    expect(codeOf(() => parseHeader(text, 'x.ts'))).toBe('REVISION.HEADER')
    expect(() => parseHeader(text, 'x.ts')).toThrow(place)
    expect(() => parseHeader(text, 'x.ts')).toThrow(reason)
  })

  it('reads more than the first 4 KB only where the header is longer', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ambix-header-'))
    try {
      for (const [i, padding] of [0, 3000, 3700, 3900, 4000, 4050, 4070, 4090, 4096, 9000].entries()) {
        const file = join(folder, `${i}.ts`)
        writeFileSync(
          file,
          `/** ${'é'.repeat(padding / 2)} */\n${generated.slice(generated.indexOf('import'))}${'// end\n'.repeat(2000)}`,
        )
        expect(readHeader(file)).toMatchObject({ id: '3f2a9c81d04e', downRevision: ['91bb0c5e77aa'] })
        const late = join(folder, `${i}-late.ts`)
        writeFileSync(
          late,
          `export const revision = 'a'\nexport const downRevision = null\n${'\n'.repeat(padding)}export const dependsOn = [\n  'b',\n  'c',\n] as const`,
        )
        expect(readHeader(late).dependsOn).toEqual(['b', 'c'])
      }
      expect(codeOf(() => readHeader(join(folder, 'gone.ts')))).toBe('FILES.READ')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  // In steps that grow with the square of the text it would end after hours, not seconds: the limit is no measurement.
  it('ends with an answer or a REVISION.HEADER on a long text of any piece', { timeout: 600_000 }, () => {
    for (const piece of [
      '/*',
      "'",
      '`',
      '"',
      'export const x:',
      'export ',
      '\n',
      '[',
      '//\n',
      '/**/',
      'exports.',
      "'a',",
    ]) {
      const text = piece.repeat(1_000_000 / piece.length)
      codeOf(() => parseHeader(text, 'x.ts'))
      codeOf(() => parseHeader(`export const revision = [${text}`, 'x.ts'))
      codeOf(() => parseHeader(text, 'x.sql'))
    }
  })
})

describe('SQL files', () => {
  const sql = `-- add status
-- to posts
--
-- A longer story.
-- revision: a
-- down_revision: b, c
-- branch_labels: billing
-- depends_on: d e
-- create date: 2026-11-20

-- upgrade
select 1;
`
  it('reads the documented header', () => {
    expect(parseHeader(sql, 'x.sql')).toMatchObject({
      id: 'a',
      downRevision: ['b', 'c'],
      branchLabels: ['billing'],
      dependsOn: ['d', 'e'],
      message: 'add status to posts',
      createDate: '2026-11-20',
      format: 'sql',
    })
  })

  it.each(['down_revision: none', 'downRevision: null', 'Revises: <base>', 'down revision: base'])(
    'a root: %s',
    (line) => {
      expect(parseHeader(`-- Revision ID: a\n-- ${line}\ncreate table t ();`, 'x.sql')).toMatchObject({
        id: 'a',
        downRevision: [],
      })
    },
  )

  it.each([
    ['create table t ();', 'no `-- revision: …` line'],
    ['-- revision: a', 'no `-- down_revision: …` line'],
    ['-- revision:\n-- down_revision: none', 'the revision id is empty'],
    ['-- revision: a\n-- down_revision:', 'down_revision is empty'],
    ['-- revision: a\n-- revision: b', 'stands twice'],
    ['select 1;\n-- revision: a\n-- down_revision: none', 'no `-- revision: …` line'],
  ])('refuses %j', (text, reason) => {
    expect(codeOf(() => parseHeader(text, 'x.sql'))).toBe('REVISION.HEADER')
    expect(() => parseHeader(text, 'x.sql')).toThrow(reason)
  })

  it('asks for the whole file where the comments go on', () => {
    expect(parseHeader('-- revision: a\n-- down_revi', 'x.sql', false)).toBeUndefined()
    expect(parseHeader('-- revision: a\n-- down_revision: b\nselect', 'x.sql', false)).toBeUndefined()
    expect(parseHeader('-- revision: a\n-- down_revision: b\nselect 1\n', 'x.sql', false)).toMatchObject({ id: 'a' })
  })
})

it('knows revision files by their ending', () => {
  const names = [
    'a.ts',
    'a.mts',
    'a.cts',
    'a.js',
    'a.mjs',
    'a.cjs',
    'a.sql',
    'a.d.ts',
    'a.d.mts',
    '.a.ts',
    'a.py',
    'a.json',
    'README.md',
  ]
  expect(names.filter(isRevisionFile)).toEqual(['a.ts', 'a.mts', 'a.cts', 'a.js', 'a.mjs', 'a.cjs', 'a.sql'])
})

describe('what ambix writes is read in one match, as the scanner reads it', () => {
  const ids = `Revision ID: 3f2a9c81d04e\n * Revises: 91bb0c5e77aa\n`
  const named = `import type { Operations } from 'ambix'\n`
  const text = (comment: string, imports = named): string =>
    `/**\n * ${comment} */\n${imports}\nexport const revision = '3f2a9c81d04e'\nexport const downRevision = '91bb0c5e77aa'\nexport const branchLabels: string[] = []\nexport const dependsOn: string[] = []\n\nexport function upgrade() {}\n`
  const created = `add status\n *\n * ${ids} * Create Date: 2026-11-20T10:30:00Z\n`
  it.each([
    ['no date', text(`add status\n *\n * ${ids}`)],
    ['a date', text(created)],
    ['names of the schema language', text(created, `${named}import { enumRef, varchar as v } from 'ambix/schema'\n`)],
    [
      'so many of them that they take lines',
      text(created, `${named}import {\n  enumRef,\n  varchar,\n} from "ambix/schema";\n`),
    ],
    ['lines of its own', text(`add status\n * and more\n *\n * why: it's needed\n *\n * ${ids}`)],
    ['a star', text(`add * and more\n *\n * ${ids}`)],
    ['a blank at the end', text(`add status \n *\n * ${ids}`)],
    ['an escaped end', text(`add *\\/ status\n *\n * ${ids}`)],
    ['another line behind the date', text(`${created} * Reviewed by: me\n`)],
    ['no blank line', text(`add status\n * ${ids}`)],
  ])('%s', (_, source) => {
    const usual = scanUsualHeader(source, '/m/a.ts', (word, from) => source.includes(word, from))
    // Blanks that mean nothing, and the one match does not take it.
    const scanned = parseHeader(source.replace('export const revision =', 'export const revision  ='), '/m/a.ts')
    expect(usual).toBeDefined()
    expect(usual).toEqual(scanned)
  })
  it('a comment that ends in the first line is not read on', () => {
    expect(scanUsualHeader(text(`add */ /* status\n *\n * ${ids}`), '/m/a.ts', () => false)).toBeUndefined()
  })
})

it('says that a merge conflict is in the header, whatever it makes of it', () => {
  const conflict = (ours: string, theirs: string): string =>
    `<<<<<<< HEAD\n${ours}\n=======\n${theirs}\n>>>>>>> other\n`
  const down = "export const downRevision = 'a'"
  const texts: Record<string, [text: string, line: number]> = {
    'x.ts': [generated.replace(/export const downRevision.*\n/, conflict(down, down.replace('a', 'b'))), 14],
    'y.js': [conflict("export const revision = 'a'", "export const revision = 'b'"), 1],
    'x.sql': [`-- revision: a\n${conflict('-- down_revision: b', '-- down_revision: c')}`, 2],
    'y.sql': [conflict('-- revision: a\n-- down_revision: b', '-- revision: c\n-- down_revision: b'), 1],
  }
  for (const [file, [text, line]] of Object.entries(texts)) {
    let thrown: unknown
    try {
      parseHeader(text, file)
    } catch (error) {
      thrown = error
    }
    expect(thrown, file).toMatchObject({
      code: 'REVISION.HEADER',
      why: `Git left the marks of a merge conflict in it (${file}:${line})`,
      data: { file, line },
    })
  }
})
