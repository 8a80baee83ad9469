/** Runs one step of a project through its ORM, in a process of its own: `node run.mts make|difference|rows <url>`, in the project's folder. */
import { resolve } from 'node:path'

const [step = '', url = ''] = process.argv.slice(2)
const { importModule } = (await import(new URL('../../src/util/import-module.ts', import.meta.url).href)) as {
  importModule(file: string): Promise<Record<string, unknown>>
}
const program = (await importModule(resolve('program.ts'))) as Record<string, (...args: unknown[]) => Promise<unknown>>
const models = await importModule(resolve('models.ts'))
const talk = console.log
console.log = (): void => {}
const result = await program[step]!(url, models)
await program['close']?.(models)
talk(`\n${JSON.stringify(result ?? null)}`)
process.exitCode = 0
