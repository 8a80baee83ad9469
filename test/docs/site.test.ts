/** What the site is built with: links and anchors that lead nowhere are found, tabs come from plain Markdown, each error has its page. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { codes } from '../../src/errors.ts'
import { errorPages } from '../../tools/docs/errors.mjs'
import { brokenLinks } from '../../tools/docs/links.mjs'
import { withTabs } from '../../tools/docs/tabs.mjs'
import { pagePath } from './transcript.ts'

it('links to pages and anchors that are not there are broken', () => {
  const site = mkdtempSync(join(tmpdir(), 'ambix-site-'))
  const put = (file: string, html: string): void => {
    mkdirSync(dirname(join(site, file)), { recursive: true })
    writeFileSync(join(site, file), html)
  }
  try {
    put('index.html', '<a href="/from/a">a</a><a class="x" href="./from/a#one">b</a><a href="https://x.test/#no">c</a>')
    put('from/a.html', '<h2 id="one">1</h2><a href="#one">1</a><a href="../">up</a><a href="/llms.txt">llms</a>')
    put('llms.txt', '')
    expect(brokenLinks(site)).toEqual([])
    put('from/b.html', '<a href="./c">c</a><a href="./a#two">2</a><a href="#three">3</a>')
    expect(brokenLinks(site)).toEqual([
      'from/b.html: no page for ./c',
      'from/b.html: ./a#two: the page has no such anchor',
      'from/b.html: #three: the page has no such anchor',
    ])
  } finally {
    rmSync(site, { recursive: true, force: true })
  }
})

it('what installs a package has a tab for each package manager', () => {
  const page = withTabs('```sh\nnpm install -D ambix pg\nnpx ambix init\n```\n\n```sh\nnpx ambix check\n```\n')
  expect(page).toContain('::: code-group\n```sh [npm]\nnpm install -D ambix pg\nnpx ambix init\n```')
  expect(page).toContain('```sh [pnpm]\npnpm add -D ambix pg\npnpm exec ambix init\n```')
  expect(page).toContain('```sh [bun]\nbun add -d ambix pg\nbunx ambix init\n```\n:::')
  // What installs nothing stays one block.
  expect(page).toContain('\n```sh\nnpx ambix check\n```\n')
})

it('marked blocks become tabs by the bold line before them', () => {
  const text = '<!-- tabs -->\n**PostgreSQL**\n```ts\na\n```\n**SQLite**\n```ts\nb\n```\n<!-- /tabs -->\n'
  expect(withTabs(text)).toBe('::: code-group\n```ts [PostgreSQL]\na\n```\n```ts [SQLite]\nb\n```\n:::\n')
})

it('each error code has a page, with what it says in the source', () => {
  const pages = new Map(errorPages(resolve(pagePath('..'))))
  for (const code of Object.keys(codes)) expect(pages.get(`errors/${code}.md`), code).toContain(`# ${code}`)
  expect(pages.get('errors/DATABASE.LOCKED.md')).toContain('**3**')
  expect(pages.get('errors/FILES.EXISTS.md')).toMatch(/^- .*already exists/m)
})
