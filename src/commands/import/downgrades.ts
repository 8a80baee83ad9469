/** The downgrade of an imported revision: from the schemas before and after it in a scratch database, and verified by running it. */
import { diffFacts } from '../../diff/model/facts.ts'
import { diff } from '../../diff/diff.ts'
import type { Schema } from '../../schema/model.ts'
import type { Connection } from '../../drivers/driver.ts'
import { runStatements } from '../../util/run-statements.ts'
import { splitStatements, type SqlTextRules } from '../../util/split-sql.ts'
import { messageOf } from '../../util/redact.ts'
import type { Project } from '../project/project.ts'
import { scratchOf } from '../project/scratch.ts'
import { scopeOf, withoutBooks } from '../project/scope.ts'

export type Downgrade = { readonly sql: string; readonly note?: string } | { readonly why: string }

interface Imported {
  readonly id: string
  readonly migration: {
    readonly up?: string
    readonly down?: string
    readonly transaction: boolean
    readonly path: string
  }
}

/**
 * From the first revision on; stops at the first that cannot be run, since later ones depend on it. A downgrade that the
 * tool's own files have is kept.
 */
export async function downgradesOf(
  project: Project,
  imported: readonly Imported[],
): Promise<ReadonlyMap<string, Downgrade>> {
  const { dialect } = await project.database()
  const found = new Map<string, Downgrade>()
  const scratch = await scratchOf(project)
  try {
    const db = scratch.connection
    const scope = { ...scopeOf(project), schemas: 'all' as const }
    const reflected = async (): Promise<Schema> => withoutBooks(await dialect.reflect(db, scope))
    let before = await reflected()
    let broken: string | undefined
    for (const { id, migration } of imported) {
      if (broken === undefined && migration.up === undefined) broken = `${migration.path} is code and was not recorded`
      if (broken !== undefined) {
        found.set(id, { why: `it stands on a revision that could not be run in the scratch database: ${broken}` })
        continue
      }
      try {
        await run(db, migration.up!, dialect.session.text)
      } catch (error) {
        broken = `${migration.path}: ${db.describeError(error)?.message ?? messageOf(error)}`
        found.set(id, { why: `it cannot be run in the scratch database: ${broken}` })
        continue
      }
      const after = await reflected()
      if (migration.down === undefined) found.set(id, await worked(before, after))
      before = await reflected()
    }

    async function worked(start: Schema, end: Schema): Promise<Downgrade> {
      const difference = diff(end, start, { ...diffFacts(dialect.facts), hints: [] })
      if (difference.decisions.length > 0) {
        return { why: 'its way back can be read in two ways; write the downgrade by hand' }
      }
      const statements = dialect.compile(difference.upgrade, end, {
        offline: true,
        serverVersion: scratch.serverVersion,
      })
      const sql = statements.map((s) => `${s.sql.replace(/;\s*$/, '')};`).join('\n')
      try {
        await runStatements(db, dialect.session, statements)
        const back = await reflected()
        const left = diff(back, start, { ...diffFacts(dialect.facts), hints: [] })
        await runStatements(
          db,
          dialect.session,
          dialect.compile(diff(back, end, { ...diffFacts(dialect.facts), hints: [] }).upgrade, back, {
            offline: true,
            serverVersion: scratch.serverVersion,
          }),
        )
        if (left.upgrade.length > 0)
          return { why: 'its way back does not arrive where it started; write the downgrade by hand' }
      } catch (error) {
        return { why: `its way back was refused by the database: ${messageOf(error)}; write the downgrade by hand` }
      }
      const lost = statements.some((s) => s.hazards.some((h) => h.code === 'DATA_LOSS'))
      return { sql, ...(lost ? { note: 'This loses rows or values that the upgrade made room for.' } : {}) }
    }
  } finally {
    await scratch.close()
  }
  return found
}

async function run(db: Connection, sql: string, rules: SqlTextRules | undefined): Promise<void> {
  for (const statement of splitStatements(sql, rules)) await db.script([statement.text])
}
