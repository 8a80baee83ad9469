/** The table of floors, and whether the source keeps to it: imports look down only, without loops; no dialect is asked its name outside its folder. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Room -> floor. A file may import its own room and any lower floor. `entry` is what the package exports, one room each; `testing` uses the
 * commands and `wrapper` the command line, so they stand above them, and nothing in the source imports either. `util` knows errors only, and
 * serves the drivers too: half a floor below them.
 */
export const floors = {
  errors: 1,
  schema: 2,
  drivers: 2,
  util: 1.5,
  operations: 3,
  dialects: 4,
  diff: 4,
  revisions: 4,
  sources: 5,
  runtime: 5,
  config: 6,
  kysely: 6,
  commands: 7,
  entry: 7,
  cli: 8,
  testing: 8,
  wrapper: 9,
}

/** The files that alone stand for their room. */
const faces = { dialects: /^dialects\/dialect\.ts$/, drivers: /^drivers\/driver\.ts$/ }

/** What else is allowed, each with its reason. */
const allowed = [
  {
    from: /^runtime\/scratch[\w-]*\.ts$/,
    to: /^drivers\/pglite\.ts$/,
    why: 'the scratch place of every PostgreSQL is a PGlite',
  },
  {
    from: /^config\/registry\.ts$/,
    to: /^(?:dialects|drivers)\//,
    lazy: true,
    why: 'the registry loads what a name or URL stands for',
  },
  {
    from: /^(?:index|runtime)\.ts$/,
    to: /^(?:commands\/.*|schema\.ts)$/,
    why: 'the public entries show what the commands are',
  },
  { from: /^commands\//, to: /^schema\.ts$/, lazy: true, why: "a revision file's `ambix/schema` is the entry itself" },
]

/** Names that only their own folder may compare with. */
const dialectNames = 'postgres|postgresql|sqlite|mysql|mariadb|mssql|oracle|cockroach(?:db)?'
const comparison = new RegExp(
  `(?:[=!]==?\\s*|\\bcase\\s+)['"\`](?:${dialectNames})['"\`]|['"\`](?:${dialectNames})['"\`]\\s*[=!]==?`,
)

/** Whole words of code that name a dialect; the product's name in a sentence to people is none. */
const naming = new RegExp(`\\b(?:${dialectNames})\\b`, 'i')
const product = /\bPostgreSQL\b/g

/** Where else a dialect is named, each with its reason; a file that no longer needs it is an offence too. */
export const named = {
  'config/registry.ts': 'the registry says what a name stands for',
  'kysely/query-builder.ts': 'the query compilers of Kysely are chosen by its names of dialects',
  'sources/orm/drizzle.ts': 'what drizzle-kit calls its own functions and dialects',
  'sources/orm/prisma.ts': 'what Prisma calls its providers',
  'sources/orm/typeorm.ts': 'what TypeORM calls its drivers',
  'sources/orm/record-migrations.ts': 'what the recorded tools call their drivers and classes',
}

export function roomOf(file) {
  if (file === 'errors.ts') return 'errors'
  if (file === 'testing.ts') return 'testing'
  if (file === 'commander.ts' || file === 'yargs.ts') return 'wrapper'
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : 'entry'
}

/** The text without comments and with strings left in; newlines stay, so that lines can be counted. */
export function withoutComments(text) {
  return text.replace(
    /\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/g,
    (t) => (t.startsWith('/') ? t.replace(/[^\n]/g, ' ') : t),
  )
}

/** The imports of a file, type-only and lazy ones too. */
export function importsOf(text) {
  const code = withoutComments(text)
  const found = []
  const add = (match, specifier, lazy, type) =>
    found.push({ specifier, lazy, type, line: code.slice(0, match.index).split('\n').length })
  for (const m of code.matchAll(/^\s*(?:import|export)\s+(type\s)?(?:[\w$*{][^'"`;]*?\sfrom\s*)?['"]([^'"\n]+)['"]/gm))
    add(m, m[2], false, m[1] !== undefined)
  for (const m of code.matchAll(/\b(typeof\s+)?import\(\s*(?:\/\*[^*]*\*\/\s*)?['"]([^'"\n]+)['"]\s*,?\s*\)/g))
    add(m, m[2], true, m[1] !== undefined)
  return found
}

/**
 * @param {ReadonlyMap<string, string>} files path below src -> text
 * @returns {string[]} what is wrong, one sentence each; empty when all is well
 */
export function violations(files) {
  const wrong = []
  const graph = new Map()
  for (const [file, text] of files) {
    const room = roomOf(file)
    const floor = floors[room]
    if (floor === undefined) {
      wrong.push(`${file}: the room ${room} is not in the table of floors`)
      continue
    }
    const targets = []
    graph.set(file, targets)
    for (const { specifier, lazy, type, line } of importsOf(text)) {
      const at = `${file}:${line}`
      if (!specifier.startsWith('.')) {
        if (/^ambix(?:\/|$)/.test(specifier))
          wrong.push(`${at}: the source imports itself by its public name, ${specifier}`)
        continue
      }
      const target = posix.join(posix.dirname(file), specifier)
      if (!files.has(target)) {
        wrong.push(`${at}: ${specifier} is not there`)
        continue
      }
      targets.push(target)
      if (allowed.some((a) => a.from.test(file) && a.to.test(target) && (a.lazy !== true || lazy || type))) continue
      const other = roomOf(target)
      const same = other === room && room !== 'entry'
      if (!same && floors[other] >= floor)
        wrong.push(`${at}: ${room} (floor ${floor}) imports ${other} (floor ${floors[other]}), ${target}`)
      else if (!same && other in faces && !faces[other].test(target))
        wrong.push(`${at}: of ${other}, others see only the file that stands for it, not ${target}`)
      else if (same && room === 'dialects') {
        const [mine, theirs] = [file, target].map((f) => f.split('/').slice(1, -1)[0])
        if (theirs !== undefined && theirs !== 'shared' && theirs !== mine)
          wrong.push(`${at}: the dialect ${mine ?? '(shared)'} looks into ${theirs}`)
      }
    }
    const code = withoutComments(text)
    const raw = text.split('\n')
    if (room !== 'dialects' && room !== 'drivers') {
      const at = code.split('\n').findIndex(
        // Imports have a rule of their own.
        (line) => naming.test(line.replace(product, '')) && !comparison.test(line) && !/\b(?:import|from)\b/.test(line),
      )
      if (at >= 0 && !(file in named))
        wrong.push(`${file}:${at + 1}: a dialect is named; let it answer, or give the reason in scripts/floors.mjs`)
    }
    for (const [i, line] of code.split('\n').entries()) {
      if (room !== 'dialects' && comparison.test(line))
        wrong.push(`${file}:${i + 1}: a dialect is asked its name; let it answer instead`)
      if (/\bprocess\.exit\s*\(/.test(line))
        wrong.push(`${file}:${i + 1}: process.exit; set process.exitCode in the bin`)
      const bare = line.replace(
        /(?<=(?:^|[=(,:!&|?])\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]])*\]|[^/\\\n])+\/[a-z]*|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`/g,
        '',
      )
      if (
        /(?:[:<,|&=(]\s*|\bas\s+|\breadonly\s+)any\b(?!\s*[:(])/.test(bare) &&
        !/\/[/*]/.test(raw[i]) &&
        !/^\s*(?:\/\/|\*|\/\*)/.test(raw[i - 1] ?? '')
      ) {
        wrong.push(`${file}:${i + 1}: any without a reason beside it`)
      }
    }
  }
  for (const loop of loops(graph)) wrong.push(`import loop: ${[...loop, loop[0]].join(' -> ')}`)
  // Only where the files themselves have no loop: a loop of files is one of folders too.
  if (!wrong.some((w) => w.startsWith('import loop'))) wrong.push(...folderLoops(graph))
  wrong.push(...crowded(files.keys()))
  for (const [file, text] of files) {
    const lines = text.trimEnd().split('\n').length
    if (lines > longest)
      wrong.push(`${file}: ${lines} lines, more than ${longest}; split it where it tells two stories`)
  }
  return wrong
}

/** Inside a room, imports between its folders run one way: each folder counts as one, each file beside the folders as one. */
function folderLoops(graph) {
  const inside = new Map()
  for (const [file, targets] of graph) {
    const folders = file.split('/').slice(0, -1)
    for (let depth = 1; depth <= folders.length; depth++) {
      const room = folders.slice(0, depth).join('/')
      const nodeOf = (f) =>
        f.startsWith(`${room}/`)
          ? f
              .split('/')
              .slice(0, depth + 1)
              .join('/')
          : undefined
      const node = nodeOf(file)
      const edges = inside.get(room) ?? inside.set(room, new Map()).get(room)
      const own = edges.get(node) ?? edges.set(node, new Set()).get(node)
      for (const target of targets) {
        const other = nodeOf(target)
        if (other !== undefined && other !== node) own.add(other)
      }
    }
  }
  const found = new Set()
  for (const edges of inside.values()) {
    const plain = new Map([...edges].map(([node, targets]) => [node, [...targets]]))
    for (const loop of loops(plain)) found.add(`folder loop: ${[...loop, loop[0]].join(' -> ')}`)
  }
  return [...found]
}

/** How many files may stand beside each other in one folder, and how many lines one may have. */
const most = 20
const longest = 400

function crowded(files) {
  const counts = new Map()
  for (const file of files) {
    const folder = posix.dirname(file)
    if (folder !== '.') counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return [...counts]
    .filter(([, count]) => count > most)
    .map(
      ([folder, count]) =>
        `${folder}: ${count} files beside each other, more than ${most}; give them rooms of their own`,
    )
}

/** One loop for each knot of files that import one another (Tarjan, without recursion). */
function loops(graph) {
  const found = []
  const index = new Map()
  const low = new Map()
  const stack = []
  const on = new Set()
  for (const root of graph.keys()) {
    if (index.has(root)) continue
    const work = [[root, 0]]
    while (work.length > 0) {
      const frame = work.at(-1)
      const [node, next] = frame
      if (next === 0) {
        index.set(node, index.size)
        low.set(node, index.get(node))
        stack.push(node)
        on.add(node)
      }
      const edges = graph.get(node) ?? []
      if (next < edges.length) {
        frame[1]++
        const to = edges[next]
        if (!index.has(to)) work.push([to, 0])
        else if (on.has(to)) low.set(node, Math.min(low.get(node), index.get(to)))
        continue
      }
      work.pop()
      if (work.length > 0) low.set(work.at(-1)[0], Math.min(low.get(work.at(-1)[0]), low.get(node)))
      if (low.get(node) !== index.get(node)) continue
      const knot = stack.splice(stack.indexOf(node))
      for (const n of knot) on.delete(n)
      if (knot.length > 1 || edges.includes(node)) found.push(shortestLoop(graph, node, new Set(knot)))
    }
  }
  return found
}

function shortestLoop(graph, start, knot) {
  const from = new Map()
  let edge = [start]
  while (edge.length > 0) {
    const next = []
    for (const node of edge) {
      for (const to of graph.get(node) ?? []) {
        if (to === start) {
          const path = [node]
          while (path[0] !== start) path.unshift(from.get(path[0]))
          return path
        }
        if (knot.has(to) && !from.has(to)) {
          from.set(to, node)
          next.push(to)
        }
      }
    }
    edge = next
  }
  return [start]
}

/** The source as it stands. */
export function readSource(folder = fileURLToPath(new URL('../src', import.meta.url))) {
  const files = new Map()
  for (const path of readdirSync(folder, { recursive: true }).map(String)) {
    if (path.endsWith('.ts')) files.set(path.replaceAll('\\', '/'), readFileSync(join(folder, path), 'utf8'))
  }
  return files
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = readSource()
  const wrong = violations(files)
  for (const w of wrong) console.error(w)
  console.error(`floors: ${files.size} files, ${wrong.length} violations`)
  if (wrong.length > 0) process.exitCode = 1
}
