/**
 * docs/from: each page runs with the real tool, which makes the folder and the database that the page supposes, and which finds
 * nothing to do at its end. Prisma's engine for migrations cannot be had here: its folder and its table are as its documentation says.
 */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runPage } from '../docs/transcript.ts'
import { describeLive } from '../support/live.ts'
import { installed } from './project.ts'

const packages = fileURLToPath(new URL('./node_modules', import.meta.url))

describeLive('pages that come from another tool', (server) => {
  test.each(['drizzle', 'prisma', 'typeorm', 'sequelize', 'mikro-orm', 'knex', 'kysely'])(
    'docs/from/%s.md',
    async (name) => {
      expect(installed, 'run `npm run test:ecosystem`, which installs the packages').toBe(true)
      const database = await server.createDatabase()
      try {
        await runPage(`from/${name}.md`, database.url, packages)
      } finally {
        await database.drop()
      }
    },
    900_000,
  )
})
