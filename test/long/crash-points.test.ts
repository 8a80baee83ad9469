/**
 * Issue 10, figures: 450 crash points in one run. Every statement of every kind of step, up and down, in six ways to die; scripts that
 * broke off after every statement. Wrong, stuck and told without a code: none.
 */
import { afterAll, expect, test } from 'vitest'
import { crashPoints } from '../live/crash-points-on.ts'
import { scriptCuts } from '../live/script-cuts-on.ts'

const counts: number[] = []
const count = (points: number): void => void counts.push(points)

crashPoints(count, true)
scriptCuts(count, true)

test('these were at least 450 points', () => {
  const all = counts.reduce((sum, n) => sum + n, 0)
  console.log(`${all} crash points in ${counts.length} histories and scripts`)
  expect(all).toBeGreaterThanOrEqual(450)
})

afterAll(() => counts.splice(0))
