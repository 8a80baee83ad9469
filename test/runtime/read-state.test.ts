/** Work beside a question to a server: the question goes first, and so does its error. */
import { expect, test } from 'vitest'
import { meanwhile } from '../../src/runtime/read-state.ts'

/** A question that is written after some promises, as a driver does it. */
async function ask(log: string[], answer: () => string): Promise<string> {
  for (let i = 0; i < 10; i++) await Promise.resolve()
  log.push('asked')
  await new Promise((resolve) => void setTimeout(resolve, 5))
  log.push('answered')
  return answer()
}
const fails = (message: string): never => {
  throw new Error(message)
}

test('the work is done after the question is written and before it is answered', async () => {
  const log: string[] = []
  const [answer, done] = await meanwhile(
    ask(log, () => 'yes'),
    () => log.push('worked'),
  )
  expect([answer, done, log]).toEqual(['yes', 2, ['asked', 'worked', 'answered']])
})

test.each([
  ['the server', () => fails('refused'), () => 1, 'refused'],
  ['the work', () => 'yes', () => fails('broken file'), 'broken file'],
  ['both: the server is told of', () => fails('refused'), () => fails('broken file'), 'refused'],
])('what fails is %s', async (_, answer, work, said) => {
  const log: string[] = []
  await expect(meanwhile(ask(log, answer), work)).rejects.toThrow(said)
  // Nothing is under way any more.
  expect(log).toEqual(['asked', 'answered'])
})
