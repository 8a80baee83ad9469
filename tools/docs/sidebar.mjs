/** The sidebar: every staged page has a place in it, or the build fails. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const groups = [
  ['Learn', ['index', 'enums', 'schema', 'operations', 'sql-revisions', 'sources', 'testing', 'studio']],
  ['Databases', ['postgresql', 'mysql', 'sqlite', 'safety']],
  ['Coming from …', ['from/index', 'alembic', /^from\//]],
  ['Reference', ['commands', 'configuration', 'json', /^(?!index$)[\w-]+$/]],
  ['Errors', ['errors', /^errors\//], true],
  ['Cookbook', ['cookbook/index', /^cookbook\//], true],
  ['API', ['api/index', /^api\//], true],
  ['Decisions', ['decisions/index', /^decisions\//], true],
]

export function sidebarOf(staged) {
  const names = readdirSync(staged, { recursive: true, encoding: 'utf8' })
    .map((f) => f.replaceAll('\\', '/'))
    .filter((f) => f.endsWith('.md'))
    .map((f) => f.slice(0, -3))
    .sort()
  const left = new Set(names)
  // Pages that a group names come before what another group only matches.
  const named = new Set(groups.flatMap(([, patterns]) => patterns.filter((p) => typeof p === 'string')))
  const sidebar = groups.flatMap(([text, patterns, collapsed]) => {
    const items = patterns.flatMap((p) =>
      typeof p === 'string' ? [p] : names.filter((n) => p.test(n) && left.has(n) && !named.has(n)),
    )
    const found = items.filter((n) => left.delete(n))
    return found.length === 0
      ? []
      : [
          {
            text,
            collapsed: collapsed === true ? true : undefined,
            items: found.map((n) => ({ text: titleOf(staged, n), link: `/${n.replace(/(^|\/)index$/, '$1')}` })),
          },
        ]
  })
  if (left.size > 0) throw new Error(`no group of the sidebar has ${[...left].join(', ')} (tools/docs/sidebar.mjs)`)
  return sidebar
}

export function titleOf(staged, name) {
  const text = readFileSync(join(staged, `${name}.md`), 'utf8')
  return (
    /^title: (.*)$/m.exec(text.startsWith('---') ? text.split('\n---')[0] : '')?.[1] ??
    /^# (.+)$/m.exec(text)?.[1]?.replaceAll(/[`\\]/g, '') ??
    name
  )
}
