/**
 * The order of the test files: what shares a worker, each kind by itself, then the long ones, then the others, larger ones first. Vitest goes by size alone
 * where it has no times of an earlier run, and the longest files are the smallest: their cases stand elsewhere or are drawn. They
 * would come last, one worker without work beside them.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files below 4 kB whose cases stand in other modules or are drawn, and those that start many processes. */
const long = [
  'live/pairs-own',
  'live/random-ddl',
  'live/random-pairs',
  'live/random-rows',
  'live/pairs-circles',
  'live/enum-cases',
  'live/enum-carriers',
  'live/enum-chains',
  'live/partition-states',
  'live/names',
  'live/crash-points',
  'live/planted-races',
  'live/script-cuts',
  'live/deployers',
  'live/hostile-texts',
  'live/random-sqlite',
  'live/operations',
  'live/operations-pglite',
  'live/strict-types',
  'acceptance/enum-scenarios',
  'acceptance/enum-scenarios-own',
  'acceptance/enum-scenarios-pglite',
  'mysql/random',
  'mysql/crash',
  'mysql/manual-more',
  'mysql/pulled',
  'docs/cookbook',
  'docs/enums',
  'docs/drivers',
  'cli/leaks',
  'cli/runtimes',
  'pack',
].map((name) => fileURLToPath(new URL(`../${name}.test.ts`, import.meta.url)))

export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const gone = long.filter((file) => !existsSync(file))
    if (gone.length > 0)
      throw new Error(`test/support/long-first.ts names files that are not there: ${gone.join(', ')}`)
    const shared = [...new Set(files.map((f) => f.project).filter((p) => !p.config.isolate))].map((p) => p.name)
    const rank = ({ project, moduleId }: TestSpecification): number => {
      // A worker that is shared ends where the next file is not for it.
      if (!project.config.isolate) return -1 - shared.indexOf(project.name)
      const place = long.indexOf(moduleId)
      return place === -1 ? long.length : place
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
