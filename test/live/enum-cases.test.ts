/** Changes of enums beside the 77 scenarios, through reflect, diff and compile on a real server: up, down, up again. */
import { expect, test } from 'vitest'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { runCase } from './cases.ts'
import { enumCases } from './enum-cases.ts'
import { majorOf, sharedPlacesOf } from './place.ts'

describeLive('changes of enums', (server) => {
  const create = sharedPlacesOf(server)
  test.each(tableOf(Object.entries(enumCases)))('%s', async (_, c) => {
    const { problems } = await runCase({ ...c, names: true }, create, majorOf(server))
    expect(problems).toEqual([])
  })
})
