/**
 * The order of the test files: what has a worker of its own, then what shares one; of each the long ones, then the others, larger ones
 * first. Vitest goes by size alone where it has no times of an earlier run, and the longest files are the smallest: their cases stand
 * elsewhere or are drawn. They would come last, one worker without work beside them.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** By the processor time that they cost, that of the servers and of other processes too: from a minute down to six seconds. */
const long = [
  'ecosystem/drizzle',
  'ecosystem/from',
  'pairs/models',
  'ecosystem/mikro-orm',
  'ecosystem/typeorm',
  'ecosystem/sequelize',
  'ecosystem/histories',
  'pairs/pairs',
  'ecosystem/named-tables',
  'ecosystem/prisma',
  'more/enum-scenarios-pglite',
  'more/operations-pglite',
  'more/enum-scenarios',
  'more/pairs-own',
  'more/odd-names',
  'more/lossy',
  'more/random-pulls',
  'more/expressions-name',
  'acceptance/enum-scenarios',
  'live/pairs-own',
  'more/enum-scenarios-own',
  'more/docs/enums',
  'docs/pages',
  'more/pack',
  'more/docs/pages',
  'more/docs/cookbook',
  'more/mysql-offline',
  'more/laws',
  'more/deployers',
  'more/planted',
  'more/planted-races',
  'more/not-valid-heirs',
  'more/bad-days',
  'more/names',
  'more/pairs-circles',
  'live/odd-names',
  'more/mysql-manual',
  'hazards/lossy',
  'docs/cookbook',
  'more/lost-connection',
  'live/models',
  'fleet/runners',
  'live/deployers',
  'cli/leaks',
  'live/random-pairs',
  'live/hazard-rules',
  'live/operations',
  'live/expressions-name',
  'live/safe-forms',
  'live/random-ddl',
  'live/random-pulls',
  'fleet/targets',
  'live/enum-odd',
  'live/random-rows',
  'live/strict-types',
  'live/enum-cases',
].map((name) => fileURLToPath(new URL(`../${name}.test.ts`, import.meta.url)))

export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const gone = long.filter((file) => !existsSync(file))
    if (gone.length > 0)
      throw new Error(`test/support/long-first.ts names files that are not there: ${gone.join(', ')}`)
    const rank = ({ project, moduleId }: TestSpecification): number => {
      const place = long.indexOf(moduleId)
      // A worker that is shared ends where the next file is not for it: those that have one of their own come first. And it imports a file
      // once: those of `more` come before the files that they import, which vitest evaluates anew where it runs them themselves.
      const turn = project.config.isolate ? 0 : /[\\/]test[\\/]more[\\/]/.test(moduleId) ? 1000 : 2000
      return turn + (place === -1 ? long.length : place)
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
