/** Issue 10, item 5: each rule of 3.2 has a dangerous and a harmless case, in TypeScript and in SQL, told by `ambix lint`. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sandbox } from '../cli/sandbox.ts'
import { base, plainBase, rules, type Forms, type Rule } from './rules.ts'

const nobody = {
  postgres: 'postgres://nobody@127.0.0.1:1/x',
  mysql: 'mysql://nobody@127.0.0.1:1/x',
  sqlite: 'sqlite:x.db',
}
type Dialect = keyof typeof nobody
type Way = 'ts' | 'sql'

const module = (id: string, down: string, body: string): string => `import type { Operations } from 'ambix'
import { bigint, bigserial, char, domainRef, enumRef, integer, json, jsonb, numeric, sql, text, timestamp, tsrange, uuid, varchar } from 'ambix/schema'

export const revision = '${id}'
export const downRevision = ${down}

export function upgrade(op: Operations): void {
  ${body}
}
`
const script = (id: string, body: string): string => `-- case
-- revision: ${id}
-- down_revision: a0

-- upgrade
${body}
`

/** A rule without operations of its own is written as raw SQL in TypeScript too. */
const tsOf = ({ ts, sql = '' }: Forms): string => ts ?? `op.execute(${JSON.stringify(sql.replace(/;$/, ''))})`
const has = (forms: Forms | undefined, way: Way): boolean =>
  forms !== undefined && (way === 'ts' || forms.sql !== undefined)
const idOf = (rule: Rule, kind: 'bad' | 'good', way: Way): string => `r${rule.id}_${kind}_${way}`

interface Finding {
  readonly revision: string
  readonly code: string
  readonly object: string
  readonly level: string
  readonly message: string
  readonly lock?: string
  readonly sql: string
}

const cases = rules.flatMap((rule) =>
  (['bad', 'good'] as const).flatMap((kind) =>
    (['ts', 'sql'] as const).flatMap((way) => (has(rule[kind], way) ? [{ rule, kind, way }] : [])),
  ),
)

interface Found {
  readonly plain: readonly Finding[]
  readonly style: readonly Finding[]
}

const errors = (findings: readonly Finding[], id: string): readonly string[] =>
  findings.filter((f) => f.revision === id && f.level === 'error').map((f) => `${f.code}:${f.object}`)

let linted: Promise<Found> | undefined
const lintAll = (): Promise<Found> => (linted ??= lintOnce())

async function lintOnce(): Promise<Found> {
  const all = [await lintIn('postgres'), await lintIn('mysql'), await lintIn('sqlite')]
  return { plain: all.flatMap((f) => f.plain), style: all.flatMap((f) => f.style) }
}

/** All cases of a dialect are revisions beside each other, upon one that creates what they change. */
async function lintIn(dialect: Dialect): Promise<Found> {
  const first = module('a0', 'null', dialect === 'postgres' ? base : plainBase)
  const url = nobody[dialect]
  const s = sandbox({ url, config: { url }, files: { 'migrations/a0.ts': first } })
  for (const { rule, kind, way } of cases) {
    if ((rule.dialect ?? 'postgres') !== dialect) continue
    const id = idOf(rule, kind, way)
    const forms = rule[kind]!
    s.write(`migrations/${id}.${way}`, way === 'ts' ? module(id, `'a0'`, tsOf(forms)) : script(id, forms.sql ?? ''))
  }
  const findings = async (line: string): Promise<readonly Finding[]> => {
    const { stdout, stderr } = await s.$(line)
    const { findings: list } = JSON.parse(stdout === '' ? '{}' : stdout) as { findings?: Finding[] }
    if (list === undefined) throw new Error(stdout + stderr)
    return list
  }
  return { plain: await findings('lint --json'), style: await findings('lint --json --style') }
}

describe('the rules of 3.2', () => {
  test('are at least 45, each with its two cases or with the test of what ambix does by itself', () => {
    expect(rules.length).toBeGreaterThanOrEqual(45)
    expect(new Set(rules.map((r) => r.id)).size).toBe(rules.length)
    for (const rule of rules)
      if (rule.told === undefined) expect(existsSync(rule.test!), rule.id).toBe(true)
      else expect([rule.id, rule.bad !== undefined, rule.good !== undefined]).toEqual([rule.id, true, true])
  })

  test.each(cases.map((c) => [`${c.rule.id} ${c.kind} .${c.way}: ${c.rule.danger}`, c] as const))(
    '%s',
    async (_, c) => {
      const { rule, kind, way } = c
      const found = await lintAll()
      const told = errors(rule.style === true ? found.style : found.plain, idOf(rule, kind, way))
      expect(told.filter((t) => t.startsWith('NOT_COMPILED'))).toEqual([])
      // In TypeScript, ambix commits between the two.
      const safeByItself = rule.id === '7' && way === 'ts' && rule.bad?.ts !== undefined
      if (kind === 'bad' && !safeByItself) expect(told).toContain(rule.told)
      else expect(told).not.toContain(rule.told)
      if (rule.style === true && kind === 'bad')
        expect(errors(found.plain, idOf(rule, kind, way))).not.toContain(rule.told)
    },
  )

  test('are told in these words', async () => {
    const found = await lintAll()
    const line = (f: Finding): string =>
      `  ${f.level === 'note' ? 'note ' : ''}${f.code} ${f.object}: ${f.message}${f.lock === undefined ? '' : ` (${f.lock})`}`
    const block = (rule: Rule, kind: 'bad' | 'good', way: Way): readonly string[] => {
      const forms = rule[kind]
      if (forms === undefined || !has(forms, way)) return []
      const list = found[rule.style === true ? 'style' : 'plain'].filter((f) => f.revision === idOf(rule, kind, way))
      const body = (way === 'ts' ? tsOf(forms) : forms.sql!).split('\n').map((l) => l.trim())
      return [`${kind === 'bad' ? 'dangerous' : 'safe'}: ${body.join(' ')}`, ...list.map(line)]
    }
    const text = rules.map((rule) =>
      [
        `## ${rule.id}: ${rule.danger}`,
        `told as ${rule.told ?? 'nothing'}; safe: ${rule.safe}`,
        ...(['bad', 'good'] as const).flatMap((kind) => [...block(rule, kind, 'ts'), ...block(rule, kind, 'sql')]),
      ].join('\n'),
    )
    await expect(`${text.join('\n\n')}\n`).toMatchFileSnapshot('rules.txt')
  })

  test('stand in docs/hazards.md, row by row', () => {
    const page = readFileSync('docs/hazards.md', 'utf8')
    const rows = [...page.matchAll(/^\| (\d+[a-e]?) \| (.*) \| (.*) \| (.*) \|$/gm)].map((m) => m.slice(1, 5))
    expect(rows).toEqual(
      rules.map((r) => [r.id, r.danger, r.told === undefined ? '—' : `\`${r.told.split(':')[0]}\``, r.safe]),
    )
  })
})
