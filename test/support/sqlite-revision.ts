/** Hand-written revisions over a SQLite file: what they do to it, and what goes to the database. */
import { DatabaseSync } from 'node:sqlite'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { project } from './acceptance.ts'
import { schemaLines } from './sqlite-cases.ts'

/** A project on a SQLite file whose first revision, `a1`, holds these bodies. */
export class OneRevision {
  readonly cli = project('sqlite:./app.db', '', '{}')
  constructor(sql: string, upgrade: string, downgrade = '') {
    onTestFinished(() => this.cli.close())
    this.look((d) => d.exec(sql))
    mkdirSync(join(this.cli.dir, 'migrations'), { recursive: true })
    this.write('a1', 'null', upgrade, downgrade)
  }
  write(id: string, down: string, upgrade: string, downgrade = ''): void {
    writeFileSync(
      join(this.cli.dir, 'migrations', `${id}.ts`),
      `import type { Operations } from 'ambix'
import { integer, real, sql, table, text } from 'ambix/schema'
void [integer, real, sql, table, text]
export const revision = '${id}'
export const downRevision = ${down}
export function upgrade(op: Operations): void { ${upgrade} }
export function downgrade(op: Operations): void { ${downgrade} }`,
    )
  }
  look<T>(use: (db: DatabaseSync) => T): T {
    const db = new DatabaseSync(join(this.cli.dir, 'app.db'))
    try {
      return use(db)
    } finally {
      db.close()
    }
  }
  get lines(): readonly string[] {
    return this.look(schemaLines)
  }
  columns(name: string): string {
    return this.look((d) =>
      d.prepare('SELECT group_concat(name) AS n FROM (SELECT name FROM pragma_table_info(?) ORDER BY cid)').get(name),
    )!['n'] as string
  }
  one(sql: string): unknown {
    return this.look((d) => Object.values(d.prepare(sql).get() ?? {})[0])
  }
  /** What went to the database; the failure where there is one. */
  async up(...args: string[]): Promise<string> {
    const done = await this.cli.run('upgrade', 'head', '--log-sql', ...args)
    return done.code === 0 ? done.stderr : `exit ${done.code}: ${done.stderr}`
  }
}
