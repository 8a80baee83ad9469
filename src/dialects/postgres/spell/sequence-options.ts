/** PostgreSQL's defaults for the options of a sequence (manual, CREATE SEQUENCE). */
import type { SequenceOptions } from '../../../schema/model.ts'

const limits: Readonly<Record<string, readonly [bigint, bigint]>> = {
  smallint: [-32768n, 32767n],
  integer: [-2147483648n, 2147483647n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
}

function digits(value: bigint): number | string {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : String(value)
}

/** The options without those that have their default value for the sequence's type. */
export function ownOptions(options: SequenceOptions, type: string): SequenceOptions {
  const [low, high] = limits[type] ?? limits['bigint']!
  const big = (value: number | string | undefined, usual: bigint): bigint =>
    value === undefined ? usual : BigInt(value)
  const increment = big(options.increment, 1n)
  const up = increment > 0n
  const [usualMin, usualMax] = up ? [1n, high] : [low, -1n]
  const min = big(options.min, usualMin)
  const max = big(options.max, usualMax)
  const usualStart = up ? min : max
  const start = big(options.start, usualStart)
  const cache = big(options.cache, 1n)
  return {
    ...(start === usualStart ? {} : { start: digits(start) }),
    ...(increment === 1n ? {} : { increment: digits(increment) }),
    ...(min === usualMin ? {} : { min: digits(min) }),
    ...(max === usualMax ? {} : { max: digits(max) }),
    ...(cache === 1n ? {} : { cache: digits(cache) }),
    ...(options.cycle === true ? { cycle: true } : {}),
  }
}
