/**
 * Runs steps of a project one after the other in a process of its own, in the project's folder, and prints their results as JSON on the
 * last line: `node run.mts orm '["difference","rows"]'` through its ORM, `node run.mts ambix '[["upgrade","head"],["check"]]'` through
 * ambix's command line from the source. `DB` is the database. The first step that fails ends it.
 */
import { resolve } from 'node:path'

const [who = '', list = '[]'] = process.argv.slice(2)
const from = <T,>(path: string): Promise<T> => import(new URL(path, import.meta.url).href) as Promise<T>
const results: unknown[] = []

if (who === 'ambix') {
  const { main } = await from<{ main(argv: readonly string[]): Promise<number> }>('../../src/cli/main.ts')
  for (const line of JSON.parse(list) as string[][]) {
    const code = await main(line)
    results.push(`${line.join(' ')}: ${code}`)
    if (code !== 0) break
  }
} else {
  const { importModule } = await from<{ importModule(file: string): Promise<Record<string, unknown>> }>(
    '../../src/util/import-module.ts',
  )
  const program = (await importModule(resolve('program.ts'))) as Record<string, (...args: unknown[]) => unknown>
  const models = await importModule(resolve('models.ts'))
  for (const step of JSON.parse(list) as string[])
    results.push((await program[step]!(process.env['DB'], models)) ?? null)
  await program['close']?.(models)
}
process.stdout.write(`\n${JSON.stringify(results)}\n`)
// As the program itself ends: pools that a tool left open do not keep it.
const { end } = await from<{ end(code: number): void }>('../../bin/end.js')
end(0)
