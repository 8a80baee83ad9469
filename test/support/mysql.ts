/** The MySQL or MariaDB server of this test run, and databases of its own for each test; where there is none, tests skip and say why. */
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { afterFile } from './after-file.ts'
import { hasMariadb, startPrivateMysql } from './mariadb.ts'
import type { MysqlServer } from './mariadb.ts'
import { mysql2 } from '../../src/drivers/mysql2.ts'
import type { Connection } from '../../src/drivers/driver.ts'

const shared = inject('mysql')

export const mysqlUrl: string | undefined = 'url' in shared ? shared.url : undefined
const reason: string | undefined = 'reason' in shared ? shared.reason : undefined

/** As `describeMysql`, on a private MariaDB with settings of its own: `body` is given what names a fresh database of it. */
export function describePrivateMysql(
  name: string,
  settings: readonly string[],
  body: (fresh: () => Promise<string>) => void,
): void {
  const found = mysqlUrl !== undefined && hasMariadb()
  if (!found) {
    describe.skip(`${name} (skipped: ${reason ?? 'no mariadbd is on the path'})`, () => {})
    return
  }
  describe(name, () => {
    let server: MysqlServer | undefined
    let count = 0
    beforeAll(async () => {
      server = await startPrivateMysql(settings)
    })
    afterAll(async () => server?.stop())
    body(async () => {
      const admin = await open(`${server!.url}/`)
      const database = `fresh_${++count}`
      await admin.script(`CREATE DATABASE ${database}`)
      await admin.close()
      return `${server!.url}/${database}`
    })
  })
}

/** A `describe` that is skipped, with its reason in the name, where no server can be had. */
export function describeMysql(name: string, body: () => void): void {
  if (mysqlUrl === undefined) describe.skip(`${name} (skipped: ${reason})`, () => {})
  else describe(name, body)
}

let admin: Promise<Connection> | undefined
let count = 0
const made: string[] = []

export const open = (url: string): Promise<Connection> => mysql2.open(url, { projectDir: import.meta.dirname })

/** A fresh, empty database, dropped after the tests of the file. */
export async function mysqlDatabase(options = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci'): Promise<string> {
  admin ??= open(`${mysqlUrl}/`)
  const name = `ambix_test_${process.pid}_${Date.now().toString(36)}_${++count}`
  await (await admin).script(`CREATE DATABASE ${name} ${options}`)
  made.push(name)
  return `${mysqlUrl}/${name}`
}

/** Dropped now: for files that make many. */
export async function dropMysql(url: string): Promise<void> {
  const name = url.slice(url.lastIndexOf('/') + 1)
  await (await admin!).script(`DROP DATABASE IF EXISTS ${name}`)
}

afterFile(async () => {
  if (admin === undefined) return
  const connection = await admin
  admin = undefined
  for (const name of made.splice(0)) await connection.script(`DROP DATABASE IF EXISTS ${name}`)
  await connection.close()
})
