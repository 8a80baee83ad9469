/** K6, issue 10.2: a script that broke off at any statement and is run again does nothing twice, and `ambix upgrade` finishes it. */
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { resume } from '../../src/commands/resume.ts'
import type { Config } from '../../src/config/config.ts'
import { isAmbixError } from '../../src/errors.ts'
import { splitStatements } from '../../src/util/split-sql.ts'
import { histories, isDone, stateOf } from '../support/crash-points.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive, heldDatabase } from '../support/live.ts'

// Code cannot be written as SQL, nor what is compiled from a schema that no revision made.
const written = histories.filter(
  (h) => h.name !== 'compiled from the live schema' && !JSON.stringify(h.files).includes('op.run'),
)

export function scriptCuts(count: (points: number) => void, all: boolean): void {
  describeLive('a script', (server) => {
    const held = heldDatabase(server)
    const empty = async (before = ''): Promise<void> => {
      await held.admin.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
      if (before !== '') await held.admin.query(before)
    }
    /** As psql does with ON_ERROR_STOP: the first so many statements, then the end of the session; gives the error that stopped it. */
    const feed = async (statements: readonly string[], count = statements.length): Promise<string | undefined> => {
      const client = new pg.Client(held.url)
      await client.connect()
      try {
        for (const text of statements.slice(0, count)) await client.query(text)
        return undefined
      } catch (error) {
        return (error as Error).message
      } finally {
        await client.end()
      }
    }

    describe.each(written)('$name', (history) => {
      test('that broke off is stopped by its guards, and finished by an upgrade', async () => {
        const config: Config = { root: folderOf(history.files), url: held.url, ...history.config }
        const down = history.down === true
        await empty(history.before)
        const move = down ? (): Promise<unknown> => downgrade(config, 'base') : (): Promise<unknown> => upgrade(config)
        const [result] = down
          ? await downgrade(config, 'head:base', { sql: true })
          : await upgrade(config, 'head', { sql: true })
        expect(result!.script).toMatch(/^\\set ON_ERROR_STOP on\n/)
        const statements = splitStatements(result!.script!).map((s) => s.text)
        if (down) await upgrade(config)
        expect(await feed(statements)).toBeUndefined()
        await held.admin.query('CREATE TABLE IF NOT EXISTS ambix_history (revision text, direction text, status text)')
        const wanted = await stateOf(held.admin, false)
        const failures: string[] = []
        const shift = written.indexOf(history) % 3
        let points = 0
        for (let cut = all ? 1 : 1 + shift; cut <= statements.length; cut += all ? 1 : 3) {
          points++
          await empty(history.before)
          if (down) await upgrade(config)
          await feed(statements, cut)
          const stopped = await feed(statements)
          if (stopped !== undefined && !stopped.startsWith('ambix: the database is not where'))
            failures.push(`cut after ${cut}: the second run ends with ${stopped}`)
          try {
            await move()
          } catch (error) {
            const part = isAmbixError(error, 'RUN.UNFINISHED') ? error.data?.['part'] : undefined
            if (part === undefined)
              failures.push(
                `cut after ${cut}: ${isAmbixError(error) ? `${error.code} ${error.message}` : String((error as Error).stack)}`,
              )
            else await resume(config, (await isDone(held.admin, history)) ? 'done' : 'again')
          }
          await held.admin.query(
            'CREATE TABLE IF NOT EXISTS ambix_history (revision text, direction text, status text)',
          )
          const state = await stateOf(held.admin, false)
          if (state !== wanted)
            failures.push(
              `cut after ${cut} (${statements[cut - 1]}): the state is\n${state}\n\nbut should be\n${wanted}`,
            )
        }
        count(points)
        expect(failures.join('\n\n')).toBe('')
      })
    })
  })
}
