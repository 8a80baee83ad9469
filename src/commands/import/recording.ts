/** The bodies of imported migrations that are code: run one after the other in a scratch database, and recorded as SQL. */
import { join } from 'node:path'
import type { ForeignMigration } from '../../revisions/import/history.ts'
import { openRecorder } from '../../sources/orm/record-migrations.ts'
import { splitStatements } from '../../util/split-sql.ts'
import type { Project } from '../project/project.ts'
import { scratchOf } from '../project/scratch.ts'

/** Up, down and up again, so that the next migration finds the schema that it needs. Throws IMPORT.HISTORY, SCHEMA.SOURCE. */
export async function recordMigrations(
  project: Project,
  tool: string,
  root: string,
  migrations: readonly ForeignMigration[],
): Promise<readonly ForeignMigration[]> {
  const { dialect } = await project.database()
  const { settings } = project
  const scratch = await scratchOf(project)
  try {
    const db = scratch.connection
    const literal = (value: unknown): string =>
      dialect.literal(
        (value instanceof Date
          ? value.toISOString()
          : typeof value === 'object' && value !== null
            ? JSON.stringify(value)
            : value) as Parameters<typeof dialect.literal>[0],
      )
    const recorder = await openRecorder({ tool, projectDir: settings.dir, connection: db, dialect, literal })
    if (recorder === undefined) return migrations
    const recorded: ForeignMigration[] = []
    try {
      for (const migration of migrations) {
        if (migration.up !== undefined) {
          for (const s of splitStatements(migration.up, dialect.session.text)) await db.script([s.text])
          recorded.push(migration)
          continue
        }
        const file = join(root, migration.path)
        const up = (await recorder.run(file, 'up')) ?? []
        const down = await recorder.run(file, 'down')
        if (down !== undefined) for (const statement of up) await db.script([statement])
        const text = (list: readonly string[]): string => list.map((s) => `${s.trim().replace(/;$/, '')};`).join('\n\n')
        recorded.push({
          ...migration,
          up: text(up),
          ...(down === undefined || down.length === 0 ? {} : { down: text(down) }),
        })
      }
    } finally {
      await recorder.close()
    }
    return recorded
  } finally {
    await scratch.close()
  }
}
