/** The pages made from tables are what the tables say now; `-u` writes them anew. */
import { expect, it } from 'vitest'
import { commandSpecs } from '../../src/cli/specs.ts'
import { commandsPage, errorsPage, remarks } from './pages.ts'

it('docs/commands.md is what the command line knows', async () => {
  const names = commandSpecs.map((c) => c.name)
  expect(Object.keys(remarks).filter((name) => !names.includes(name))).toEqual([])
  await expect(commandsPage()).toMatchFileSnapshot('../../docs/commands.md')
})

it('docs/errors.md has every code', async () => {
  await expect(errorsPage()).toMatchFileSnapshot('../../docs/errors.md')
})
