/** The pages with something to run are run, a fifth here and the others in test/more, and every link of every page leads somewhere. AMBIX_DOCS_UPDATE writes them anew. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshDatabase, server } from '../support/live.ts'
import { mysqlDatabase, mysqlUrl } from '../support/mysql.ts'
import { tableOf } from '../support/table-of.ts'
import { pagePath, runPage } from './transcript.ts'

const root = resolve(pagePath('..'))

describe('pages that run', () => {
  const pages = [
    'mysql.md',
    'configuration.md',
    'sql-revisions.md',
    'testing.md',
    'safety.md',
    'hazards.md',
    'alembic.md',
    'postgresql.md',
    'sqlite.md',
    'types.md',
    'bundle.md',
    'fleets.md',
    'from/sql.md',
  ]
  for (const name of tableOf(pages)) {
    const mysql = name === 'mysql.md'
    it.skipIf(mysql && mysqlUrl === undefined)(name, { timeout: 240_000 }, async () => {
      const url = mysql ? await mysqlDatabase() : server === undefined ? undefined : (await freshDatabase()).url
      await runPage(name, url)
    })
  }
})

describe('links', () => {
  const inDocs = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((f) => f.endsWith('.md'))
      .map((f) => resolve(folder, f))
  const pages = [resolve(root, 'README.md'), ...inDocs(resolve(root, 'docs'))]
  const linksOf = (file: string): string[] =>
    [
      ...readFileSync(file, 'utf8')
        .replaceAll(/^```[\s\S]*?^```$/gm, '')
        .matchAll(/\]\(([^)\s]+)\)/g),
    ]
      .map((m) => m[1]!)
      .filter((link) => !/^\w+:/.test(link))
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(/\s/g, '-')

  it.each(pages.map((p) => relative(root, p)))('of %s lead somewhere', (page) => {
    const file = resolve(root, page)
    const broken = linksOf(file).filter((link) => {
      const [path, anchor] = link.split('#') as [string, string?]
      const target = path === '' ? file : resolve(dirname(file), path)
      if (!existsSync(target)) return true
      if (anchor === undefined) return false
      return ![...readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm)].some((m) => slug(m[1]!) === anchor)
    })
    expect(broken).toEqual([])
  })

  it('reach every page from the README', () => {
    const reached = new Set<string>()
    const visit = (file: string): void => {
      if (reached.has(file) || !file.endsWith('.md') || !existsSync(file)) return
      reached.add(file)
      for (const link of linksOf(file)) {
        const target = resolve(dirname(file), link.split('#')[0]!)
        visit(existsSync(resolve(target, 'README.md')) ? resolve(target, 'README.md') : target)
      }
    }
    visit(resolve(root, 'README.md'))
    expect(pages.filter((p) => !reached.has(p)).map((p) => relative(root, p))).toEqual([])
  })
})
