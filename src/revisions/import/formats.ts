/** The tools whose histories can be imported, by the names that users type. */
import { knex, kysely, mikroOrm, nodePgMigrate, sequelize, typeorm } from './code-runners.ts'
import { drizzle } from './drizzle.ts'
import type { HistoryFormat } from './history.ts'
import { prisma } from './prisma.ts'
import { dbmate, flyway, golangMigrate, goose, graphileMigrate } from './sql-runners.ts'

const formats = [
  drizzle,
  prisma,
  typeorm,
  sequelize,
  knex,
  kysely,
  mikroOrm,
  nodePgMigrate,
  dbmate,
  flyway,
  golangMigrate,
  goose,
  graphileMigrate,
]

/** `umzug` is the library that Sequelize's command uses. */
const aliases: Readonly<Record<string, string>> = {
  umzug: 'sequelize',
  mikroorm: 'mikro-orm',
  migrate: 'golang-migrate',
  'drizzle-kit': 'drizzle',
}

export const importableTools: readonly string[] = formats.map((f) => f.tool)

export function findFormat(tool: string): HistoryFormat | undefined {
  const name = aliases[tool] ?? tool
  return formats.find((f) => f.tool === name)
}
