/** Facts about a database that a comparison of two schemas depends on. */
import type { NameLimit } from '../../schema/name-limit.ts'
import type { DiffOptions } from './types.ts'

/** As a dialect has them. */
interface Facts {
  readonly names: NameLimit
  readonly labels?: NameLimit
  readonly newUuid?: string
  readonly constraintNames?: false
  readonly primaryKeyName?: string
  readonly namesWithTable?: readonly string[]
}

export function diffFacts(
  facts: Facts,
): Pick<DiffOptions, 'names' | 'labels' | 'newUuid' | 'compareNames' | 'primaryKeyName' | 'namesWithTable'> {
  const { names, labels, newUuid, constraintNames, primaryKeyName, namesWithTable } = facts
  return {
    names,
    ...(labels === undefined ? {} : { labels }),
    ...(newUuid === undefined ? {} : { newUuid }),
    ...(constraintNames === false ? { compareNames: 'indexes' as const } : {}),
    ...(primaryKeyName === undefined ? {} : { primaryKeyName }),
    ...(namesWithTable === undefined ? {} : { namesWithTable }),
  }
}
