/**
 * Runs a page: its files are written, its commands run, its SQL asked, in order, and what the page shows is what happens.
 *
 * - a fence with a path (```ts src/schema.ts) is a file
 * - ```console: lines `$ ambix …`, `$ node file.ts` and, where the page has packages, `$ npx tool …`, each with its output;
 *   `…` stands for anything
 * - ```sql: is run; a last run of `--` lines is the result of the last statement
 * - ```ts revision: lines that stand, in this order, in the newest revision; `revision ambix` where the folder is another one
 * - any other fence is only read
 */
import { spawnSync } from 'node:child_process'
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { findDriver } from '../../src/config/registry.ts'

export interface Block {
  readonly section: string
  readonly language: string
  /** What stands after the language: a path, or `revision` and perhaps its folder. */
  readonly info: string
  readonly text: string
  readonly line: number
}

/** The fences of a page that do something. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = []
  let section = ''
  const lines = markdown.split('\n')
  for (let i = 0; i < lines.length; i++) {
    const heading = /^#{1,3} (.+)$/.exec(lines[i]!)
    if (heading) section = heading[1]!
    const fence = /^```(\w+) ?(.*)$/.exec(lines[i]!)
    if (!fence) continue
    const end = lines.indexOf('```', i + 1)
    const block: Block = {
      section,
      language: fence[1]!,
      info: fence[2]!.trim(),
      text: lines.slice(i + 1, end).join('\n'),
      line: i + 1,
    }
    i = end
    if (block.info !== '' || block.language === 'console' || block.language === 'sql') blocks.push(block)
  }
  return blocks
}

export interface Page {
  readonly dir: string
  /** What differs between the page and the world; empty when nothing does. */
  run(block: Block): Promise<string | undefined>
  /** The block with what really happened. */
  readonly seen: Map<Block, string>
  close(): void
}

/** `packages`: the node_modules that the page's project has, for pages about other tools. */
export function openPage(url = 'pglite:.ambix/pg', packages?: string): Page {
  assertBuilt()
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'ambix-docs-')))
  if (packages !== undefined) symlinkSync(packages, join(dir, 'node_modules'))
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }')
  const seen = new Map<Block, string>()
  const handle = async (block: Block): Promise<string> => {
    if (block.language === 'console') return consoleText(block.text, dir, url)
    const [word, folder = 'migrations'] = block.info.split(' ')
    if (word === 'revision') return newest(join(dir, folder), block.text)
    if (block.info !== '') {
      mkdirSync(dirname(join(dir, block.info)), { recursive: true })
      writeFileSync(join(dir, block.info), `${block.text}\n`)
      return block.text
    }
    return ask(block.text, dir, url)
  }
  return {
    dir,
    seen,
    run: async (block) => {
      const happened = await handle(block)
      seen.set(block, happened)
      return fits(block.text, happened)
        ? undefined
        : `line ${block.line}: the page says\n\n${block.text}\n\nand this happened\n\n${happened}\n`
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  }
}

function consoleText(text: string, dir: string, url: string): string {
  const out: string[] = []
  for (const line of text.split('\n').filter((l) => l.startsWith('$ '))) {
    out.push(line)
    const [program, ...args] = wordsOf(line.slice(2))
    const { code, said } = start(program!, args, dir, url)
    // Every run names its database, which is another one each time.
    const clean = asShown(said)
      .replaceAll(/^Database: \S+\n/gm, '')
      .replaceAll(dir, '.')
      .trimEnd()
    if (clean !== '') out.push(...clean.split('\n').map((l) => l.trimEnd()))
    if (code !== 0) out.push(`(exit code ${code})`)
  }
  return out.join('\n')
}

const erased = '\u001B[2K'

/** As a terminal shows it in the end: lines that were erased and written anew stand there once, without colour. */
const asShown = (said: string): string =>
  stripVTControlCharacters(
    said
      .split('\n')
      .map((line) => line.slice(Math.max(0, line.lastIndexOf(erased))))
      .join('\n'),
  )

const root = new URL('../../', import.meta.url)
const program = fileURLToPath(new URL('bin/ambix.js', root))

/** Resolves `ambix/…` to what is built, and the packages of the repository. */
const hooks = `data:text/javascript,${encodeURIComponent(`import { registerHooks } from 'node:module'
registerHooks({ resolve: (name, context, next) => {
  try { return next(name, context) } catch (error) {
    if (/^[./]|^\\w+:/.test(name)) throw error
    return next(name, { ...context, parentURL: ${JSON.stringify(import.meta.url)} })
  }
} })`)}`

/** Pages run what `npm run build` has made, as people do: a start of the source costs three times as much. */
function assertBuilt(): void {
  const built = statSync(new URL('dist/cli.cjs', root), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const newer = globSync('src/**/*.ts', { cwd: fileURLToPath(root) }).find(
    (f) => statSync(new URL(f, root)).mtimeMs > built,
  )
  if (newer !== undefined) throw new Error(`${newer} is newer than dist, which the pages run: npm run build`)
}

/** A process of its own for each command, as on a terminal: modules are read anew. */
function start(name: string, args: readonly string[], dir: string, url: string): { code: number; said: string } {
  const words = {
    ambix: [program, ...args],
    node: ['--import', hooks, ...args],
    npx: [`node_modules/.bin/${args[0]}`, ...args.slice(1)],
  }[name]
  if (words === undefined) throw new Error(`a page runs ambix, node and npx, not ${name}`)
  // One stream for both, so that they come in the order in which a terminal shows them.
  const line = [process.execPath, '--disable-warning=ExperimentalWarning', ...words]
  const done = spawnSync('sh', ['-c', 'exec "$@" 2>&1', 'sh', ...line], {
    cwd: dir,
    encoding: 'utf8',
    // On a terminal nobody says that this is a test.
    env: { ...process.env, DATABASE_URL: url, NO_COLOR: '1', NODE_ENV: undefined },
  })
  return { code: done.status ?? 1, said: done.stdout }
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map((m) =>
    m[0].replaceAll(/"([^"]*)"|'([^']*)'/g, (_, a?: string, b?: string) => a ?? b ?? ''),
  )
}

/** The statements with their result behind them, as the page shows it. */
async function ask(text: string, dir: string, url: string): Promise<string> {
  const lines = text.split('\n')
  const at = lines.findLastIndex((l) => !l.startsWith('--')) + 1
  const driver = await findDriver(url)
  const connection = await driver.open(url, { projectDir: dir, applicationName: 'ambix' })
  try {
    const statements = lines.slice(0, at).join('\n')
    const shown = at < lines.length
    if (!shown) {
      await connection.script(statements)
      return text
    }
    const cut = statements.trimEnd().replace(/;$/, '').lastIndexOf(';\n') + 1
    if (cut > 0) await connection.script(statements.slice(0, cut))
    const last = statements.slice(cut).trim().replace(/;$/, '')
    const rows = (await connection.values(last)).map((row) => `-- ${row.map((v) => v ?? 'NULL').join(' | ')}`)
    return [statements, ...rows].join('\n')
  } finally {
    await connection.close()
  }
}

/** The newest revision's lines, cut to what the page shows of it. */
function newest(folder: string, shown: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((f) => /\.(?:ts|sql)$/.test(f) && !f.startsWith('env.'))
    .map((f) => ({ f, time: statSync(join(folder, f)).mtimeMs }))
    .toSorted((a, b) => a.time - b.time)
  const text = readFileSync(join(folder, files.at(-1)!.f), 'utf8').trimEnd()
  const from = text.indexOf(shown.split('\n', 1)[0]!)
  const inside = from >= 0 && text.includes(shown)
  return inside ? shown : text.slice(Math.max(0, text.indexOf('export function upgrade')))
}

const plain = (text: string): string =>
  text
    .replaceAll(/(?<![0-9a-z])[0-9a-f]{12}(?![0-9a-z])/g, '<id>')
    .replaceAll(/(?<![0-9a-z])\d{8}_\d{4}(?![0-9a-z])/g, '<date>')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?/g, '<time>')
    .replaceAll(/\b\d+ ms\b/g, '<n> ms')

/** Whether the page's text fits: ids, dates and times aside; `…` in a line is any text, a line of `…` any lines. */
export function fits(page: string, happened: string): boolean {
  const pattern = plain(page)
    .split('\n')
    .map((line) => (line.trim() === '…' ? '…lines' : line.trimEnd().split('…').map(escape).join('[^\\n]*')))
    .join('\n')
    .replaceAll('\n…lines', '(?:\\n[^\\n]*)*?')
    .replaceAll('…lines\n', '(?:[^\\n]*\\n)*?')
  return new RegExp(`^${pattern}$`).test(plain(happened))
}

const escape = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)

/** The page with what happened in place of what it said: how its transcripts are written. */
export function rewritten(markdown: string, seen: ReadonlyMap<Block, string>): string {
  const lines = markdown.split('\n')
  for (const [block, text] of [...seen].toSorted(([a], [b]) => b.line - a.line)) {
    if (block.text === text || (block.text.includes('…') && fits(block.text, text))) continue
    const length = block.text.split('\n').length
    lines.splice(block.line, length, ...text.split('\n'))
  }
  return lines.join('\n')
}

/** Runs every block of a page under docs/; AMBIX_DOCS_UPDATE writes the page anew instead of holding it. Throws what differs. */
export async function runPage(name: string, url?: string, packages?: string): Promise<void> {
  const file = pagePath(name)
  const text = readFileSync(file, 'utf8')
  const updating = process.env['AMBIX_DOCS_UPDATE'] !== undefined
  const page = openPage(url, packages)
  try {
    const blocks = blocksOf(text)
    if (blocks.length === 0) throw new Error(`${name} has nothing to run`)
    for (const block of blocks) {
      const problem = await page.run(block)
      if (problem !== undefined && !updating) throw new Error(`${name}, ${problem}`)
    }
  } finally {
    if (updating) writeFileSync(file, rewritten(text, page.seen))
    page.close()
  }
}

export const pagePath = (name: string): string => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url))
