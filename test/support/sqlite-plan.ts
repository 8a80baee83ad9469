/** Runs operations on a SQLite connection as the runtime does: settings, refusals, one transaction. */
import { sqlite } from '../../src/dialects/sqlite/index.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import type { Operation } from '../../src/operations/kinds.ts'
import type { Schema } from '../../src/schema/model.ts'

/** What SQLite or a refusal said; undefined when all went well. Rolled back then. */
export async function runPlan(db: Connection, ops: readonly Operation[], before: Schema): Promise<string | undefined> {
  const statements = sqlite.compile(ops, before, { offline: false })
  const setting = statements.find((s) => s.around !== undefined)?.around
  if (setting !== undefined) await db.script([setting.change])
  let at = ''
  try {
    await db.script(['BEGIN IMMEDIATE'])
    for (const early of [true, false])
      for (const s of statements) {
        at = s.sql
        if (s.refuseIf !== undefined && early === (s.refuseHere !== true)) {
          const rows = await db.values(s.refuseIf)
          if (rows.length > 0) throw new Error(String(rows[0]![0]))
        }
        if (!early) await db.script([s.sql])
      }
    await db.script(['COMMIT'])
    return undefined
  } catch (error) {
    await db.script(['ROLLBACK'])
    return `${(error as Error).message}\nin ${at}\nof ${statements.map((s) => s.sql).join(';\n')}`
  } finally {
    if (setting !== undefined) await db.script([setting.restore(setting.usual)])
  }
}
