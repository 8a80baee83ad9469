/** Links of a built site that lead nowhere: VitePress looks at pages, this at anchors too, and at what stands in the layout. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'

const base = (process.env.AMBIX_DOCS_BASE ?? '/').replace(/\/$/, '')

/** @returns {string[]} one sentence each */
export function brokenLinks(site) {
  const files = readdirSync(site, { recursive: true, encoding: 'utf8' }).map((f) => f.replaceAll('\\', '/'))
  const html = files.filter((f) => f.endsWith('.html'))
  const ids = new Map()
  const textOf = new Map(html.map((f) => [f, readFileSync(join(site, f), 'utf8')]))
  for (const [file, text] of textOf)
    ids.set(file, new Set([...text.matchAll(/\sid="([^"]*)"/g)].map((m) => unescaped(m[1]))))
  const broken = []
  for (const [file, text] of textOf) {
    for (const [, raw] of text.matchAll(/<a\s[^>]*?href="([^"]*)"/g)) {
      const href = unescaped(raw)
      if (/^(?:[a-z]+:|\/\/)/i.test(href)) continue
      const [path, anchor] = href.split('#')
      const target =
        path === ''
          ? file
          : pageOf(site, path.startsWith('/') ? path.slice(base.length) : posix.join('/', posix.dirname(file), path))
      if (target === undefined) broken.push(`${file}: no page for ${href}`)
      else if (
        anchor &&
        target.endsWith('.html') &&
        !ids.get(target).has(decodeURIComponent(anchor)) &&
        anchor !== 'VPContent'
      )
        broken.push(`${file}: ${href}: the page has no such anchor`)
    }
  }
  return [...new Set(broken)]
}

function pageOf(site, path) {
  const name = decodeURIComponent(path).replace(/^\//, '')
  return [name, `${name}.html`, posix.join(name, 'index.html')].find(
    (f) => existsSync(join(site, f)) && statSync(join(site, f)).isFile(),
  )
}

const unescaped = (text) =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
