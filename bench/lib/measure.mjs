/** Times whole processes in interleaved rounds: A B C A B C …, so that a slow minute of the machine slows all of them. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const preload = fileURLToPath(new URL('./cpu.cjs', import.meta.url))

/** What would slow one subject and not another is taken out of the environment. */
const environment = { ...process.env }
for (const name of ['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'NODE_COMPILE_CACHE', 'DATABASE_URL'])
  delete environment[name]

/** The Node that runs this, with a preload that tells its processor time; `psql` and the like tell none. */
export const node = [process.execPath, '-r', preload]

/** @param {{ argv: readonly string[], cwd?: string, env?: Record<string, string>, codes?: readonly number[] }} command */
export function run({ argv, cwd, env, codes = [0] }) {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(argv[0], argv.slice(1), {
      cwd,
      env: { ...environment, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    const texts = ['', '', '', '']
    for (const fd of [1, 2, 3]) child.stdio[fd].on('data', (data) => (texts[fd] += data))
    let wall = 0
    child.on('error', reject)
    child.on('exit', () => (wall = performance.now() - started))
    child.on('close', (code) => {
      if (!codes.includes(code))
        reject(new Error(`${argv.join(' ')} ends with ${code}: ${(texts[2] || texts[1]).slice(-2000)}`))
      else {
        const [cpu, peak] = texts[3] === '' ? [] : texts[3].split(' ').map(Number)
        resolve({ wall, cpu, peak, out: texts[1], err: texts[2] })
      }
    })
  })
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/**
 * Runs the subjects in turn; the first is the floor. `before` is not timed, `after` may throw when the outcome is wrong.
 * @param {{ name: string, before?: () => Promise<void>, command: () => Parameters<typeof run>[0], after?: (result: any) => unknown, goal?: number }[]} subjects
 */
export async function interleave(subjects, { rounds, warmup = 1 }) {
  const samples = subjects.map(() => [])
  for (let round = -warmup; round < rounds; round++) {
    for (const [i, subject] of subjects.entries()) {
      await subject.before?.()
      const result = await run(subject.command())
      await subject.after?.(result)
      if (round >= 0) samples[i].push(result)
    }
  }
  const floor = samples[0]
  return subjects.map(({ name, goal }, i) => {
    const own = samples[i]
    const told = own.every((s) => s.cpu !== undefined)
    return {
      name,
      wall: median(own.map((s) => s.wall)),
      ratio: median(own.map((s, k) => s.wall / floor[k].wall)),
      cpu: told ? median(own.map((s) => s.cpu)) : undefined,
      cpuRatio:
        told && floor.every((s) => s.cpu !== undefined) ? median(own.map((s, k) => s.cpu / floor[k].cpu)) : undefined,
      goal,
    }
  })
}

const ms = (value) =>
  value === undefined
    ? ''
    : value >= 10_000
      ? `${(value / 1000).toFixed(1)} s`
      : `${value.toFixed(value < 10 ? 1 : 0)} ms`
const times = (value) => (value === undefined ? '' : value.toFixed(2))

/** A table of Markdown; the first row is what the ratios are to. */
export function table(title, rows) {
  const cells = [
    ['', 'wall', 'ratio', 'cpu', 'cpu ratio', 'goal'],
    ...rows.map((r) => [
      r.name,
      ms(r.wall),
      times(r.ratio),
      ms(r.cpu),
      times(r.cpuRatio),
      r.goal === undefined ? '' : `<= ${r.goal}`,
    ]),
  ]
  const widths = cells[0].map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)))
  const line = (row) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(' | ')} |`
  const rule = `|${widths.map((w, column) => (column === 0 ? '-'.repeat(w + 2) : `${'-'.repeat(w + 1)}:`)).join('|')}|`
  return `\n### ${title}\n\n${[line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n')}\n`
}
