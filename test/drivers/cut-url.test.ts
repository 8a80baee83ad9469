/** A password with the signs of a URL in it: the error says so, and shows no piece of it. */
import { expect, test } from 'vitest'
import { isCut } from '../../src/drivers/cut-url.ts'
import type { Driver } from '../../src/drivers/driver.ts'
import { mysql2 } from '../../src/drivers/mysql2.ts'
import { pg } from '../../src/drivers/pg.ts'
import { postgresJs } from '../../src/drivers/postgres-js.ts'

const drivers: readonly (readonly [string, Driver])[] = [
  ['postgres', pg],
  ['postgres', postgresJs],
  ['mysql', mysql2],
]

test.each(drivers)('%s: nothing that was read from a cut URL is shown (%#)', async (scheme, driver) => {
  for (const secret of ['p@secret.invalid/w#rd', 'p@secret.invalid?w', 'p@secret.invalid#w']) {
    const opened = driver.open(`${scheme}://me:${secret}@127.0.0.1:1/app`, { projectDir: import.meta.dirname })
    const error = await opened.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'DATABASE.URL' })
    const { message, why, next, data, cause } = error as Record<string, unknown>
    expect(JSON.stringify([message, why, next, data, String(cause)])).not.toMatch(/secret|w#rd|ENOTFOUND/)
  }
})

test.each([
  ['postgres://me:p@ss/w#rd@host/app', true],
  ['postgres://me:12/x@host:5432/app', true],
  ['postgres://me:p@s?x@host/app', true],
  ['postgres://me:p@ss@host/app', false],
  ['postgres://me:p%40ss%2Fw@host:5432/app', false],
  ['postgres://host:5432/app?user=me@corp&x=1', false],
  ['postgres://host/my@app', false],
  ['postgres://me@host/app', false],
])('%s', (url, cut) => {
  expect(isCut(url)).toBe(cut)
})

test('mysql2 is not given the rest of a password as an option: it would print it', async () => {
  const opened = mysql2.open('mysql://me:p@secret.invalid?w@127.0.0.1:1/app', { projectDir: import.meta.dirname })
  await expect(opened).rejects.toMatchObject({
    code: 'DATABASE.URL',
    message: expect.stringContaining('cannot be understood'),
    why: expect.stringContaining('percent-encoded'),
  })
})
