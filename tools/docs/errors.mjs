/** A page for each error code, from the table in src/errors.ts and from the places that throw it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const exitCodes = { 'DIFF.DECISION_NEEDED': 2, 'RUN.HAZARD': 2, 'DATABASE.LOCKED': 3, 'RUN.INTERRUPTED': 130 }

/** @returns {[string, string][]} path below the staged folder -> text */
export function errorPages(root) {
  const table = /export const codes = \{([\s\S]*?)\} as const/.exec(
    readFileSync(join(root, 'src/errors.ts'), 'utf8'),
  )[1]
  const codes = [...table.matchAll(/'([A-Z_.]+)': (['"])(.*?)\2,/g)].map((m) => [m[1], m[3]])
  const messages = thrown(join(root, 'src'))
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((f) => f.replaceAll('\\', '/'))
    .filter((f) => f.endsWith('.md') && f !== 'errors.md')
    .map((file) => ({ file, text: readFileSync(join(root, 'docs', file), 'utf8') }))
  const pages = codes.map(([code, sentence]) => {
    const own = [...new Set(messages.get(code) ?? [])].sort()
    const about = docs.filter((d) => d.text.includes(code))
    return [
      `errors/${code}.md`,
      [
        '---',
        'editLink: false',
        '---',
        `# ${code}`,
        '',
        sentence,
        '',
        `Exit code of the command line: **${exitCodes[code] ?? 1}**. In code: \`isAmbixError(error, '${code}')\`.`,
        ...(own.length === 0
          ? []
          : [
              '',
              '## What it says',
              '',
              '`…` stands for names and numbers of yours. Below the message the command line prints why, and what to do next.',
              '',
              ...own.map((m) => `- ${m}`),
            ]),
        ...(about.length === 0
          ? []
          : [
              '',
              '## Where it is explained',
              '',
              ...about.map((d) => `- [${/^# (.+)$/m.exec(d.text)?.[1] ?? d.file}](../${d.file})`),
            ]),
        '',
        '[All errors](../errors.md)',
        '',
      ].join('\n'),
    ]
  })
  const list = readFileSync(join(root, 'docs/errors.md'), 'utf8').replaceAll(
    /^\| `([A-Z_]+\.[A-Z_]+)` \|/gm,
    '| [`$1`](errors/$1.md) |',
  )
  return [['errors.md', list], ...pages]
}

/** Code -> messages as the source has them, with … where it puts in something. */
function thrown(src) {
  const found = new Map()
  for (const path of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue
    const text = readFileSync(join(src, path), 'utf8')
    for (const m of text.matchAll(
      /new AmbixError\(\s*'([A-Z_.]+)',\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`)\s*[,)]/g,
    )) {
      const message = (m[2] ?? m[3] ?? parameters(m[4])).replaceAll(/\\(.)/g, '$1').replaceAll(/[<>[\]|*_]/g, '\\$&')
      found.set(m[1], [...(found.get(m[1]) ?? []), message])
    }
  }
  return found
}

/** A template literal with … for what it puts in, nested ones too. */
function parameters(text) {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '$' || text[i + 1] !== '{') {
      out += text[i]
      continue
    }
    let depth = 0
    for (i++; i < text.length; i++) {
      if (text[i] === '{') depth++
      else if (text[i] === '}' && --depth === 0) break
    }
    out += '…'
  }
  return out
}
