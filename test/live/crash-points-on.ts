/** K1, issue 10.2: a deployer dies at the statements of a history; one plain run ends with the target state. `all`: at each statement in each way; else at every third, in the next way. */
import { describe, expect, test } from 'vitest'
import { CrashSite, histories } from '../support/crash-points.ts'
import { deaths, type Death } from '../support/cutting-proxy.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive, heldDatabase } from '../support/live.ts'

/** `AMBIX_CRASH='several parts:during:4'` runs that point alone. */
const only = process.env['AMBIX_CRASH']?.split(':')

export function crashPoints(count: (points: number) => void, all: boolean): void {
  describeLive('a crash', (server) => {
    const held = heldDatabase(server)

    describe.each(histories.filter((h) => only === undefined || h.name === only[0]))('$name', (history) => {
      test('at any statement is got over by one run', async () => {
        const site = new CrashSite(held.url, held.admin, folderOf)
        const failures: string[] = []
        let points = 0
        const one = async (death: Death, at: number): Promise<boolean> => {
          const { past, wrong } = await site.try({ history, death, at })
          if (!past) points++
          for (const text of wrong)
            failures.push(
              `AMBIX_CRASH='${history.name}:${death}:${at}' npx vitest run test/live/crash-points.test.ts\n${text}`,
            )
          return past
        }
        if (only?.[1] !== undefined) await one(only[1] as Death, Number(only[2]))
        else
          for (const [turn, first] of deaths.entries()) {
            if (!all && turn > 0) break
            const shift = histories.indexOf(history)
            for (let at = all ? 1 : 1 + (shift % 3); at < 60; at += all ? 1 : 3) {
              // Each point in the next way; the long form goes round.
              const death = all ? first : deaths[(Math.floor(at / 3) + shift) % deaths.length]!
              if (await one(death, at)) break
            }
          }
        count(points)
        expect(failures.join('\n\n')).toBe('')
        expect(points).toBeGreaterThan(0)
      })
    })
  })
}
