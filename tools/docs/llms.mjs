/** llms.txt, the list of pages for readers that are programs, and llms-full.txt, their text. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sidebarOf } from './sidebar.mjs'

export function llms(staged) {
  const groups = sidebarOf(staged)
  const pages = readdirSync(staged, { recursive: true, encoding: 'utf8' }).length
  if (pages === 0) throw new Error('no page was staged')
  const list = groups.map(
    ({ text, items }) =>
      `## ${text}\n\n${items.map((i) => `- [${i.text}](${i.link}): ${summary(text_(staged, i.link))}`).join('\n')}`,
  )
  const full = groups
    .filter(({ text }) => text !== 'API')
    .flatMap(({ items }) => items.map((i) => text_(staged, i.link)))
  return [
    [
      'llms.txt',
      `# ambix\n\n> Schema migrations for TypeScript, the way Alembic does them for Python: a schema in code, revisions that form a graph, autogenerate, upgrade and downgrade, PostgreSQL enums as objects of their own.\n\n${list.join('\n\n')}\n`,
    ],
    ['llms-full.txt', full.join('\n\n---\n\n')],
  ]
}

function text_(staged, link) {
  const name = link.endsWith('/') ? `${link}index` : link
  return readFileSync(join(staged, `${name}.md`), 'utf8')
    .replace(/^---\n[\s\S]*?\n---\n/, '')
    .trim()
}

/** The first sentence of a page. */
function summary(text) {
  const paragraph =
    text.split(/\n\s*\n/).find((p) => !/^(?:#|<!--|```|\||:::|-|\*\*\*|\[)/.test(p.trim()) && p.trim() !== '') ?? ''
  return (/^[\s\S]*?[.:](?=\s|$)/.exec(paragraph)?.[0] ?? paragraph)
    .replaceAll(/\s+/g, ' ')
    .replace(/:$/, '.')
    .replaceAll(/\]\([^)]*\)|\[(?=[^\]]*\]\()/g, '')
}
