/** Histories of every kind of step, let die at a statement and run again: what must be found then (specs/reliability.md 2.4, I1-I10, I14). */
import type pg from 'pg'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { resume } from '../../src/commands/resume.ts'
import type { Config } from '../../src/config/config.ts'
import { isAmbixError } from '../../src/errors.ts'
import { cuttingProxy, type Death } from './cutting-proxy.ts'

export interface History {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly config?: Partial<Config>
  readonly down?: true
  /** Whether the part that is asked about has taken effect; absent: the counter tells, since each of the first two parts counts one. */
  readonly done?: string
  /** What is there before; run once, by hand. */
  readonly before?: string
}

const file = (
  id: string,
  down: string | null,
  up: string,
  back = '',
): string => `import { integer, text, enumRef, sql } from 'ambix/schema'
export const revision = '${id}'
export const downRevision = ${down === null ? 'null' : `'${down}'`}
export function upgrade(op) {
  ${up}
}
export function downgrade(op) {
  ${back}
}
`
const count = "op.execute('UPDATE ctr SET n = n + 1')"
const base = 'CREATE TABLE ctr (n integer); INSERT INTO ctr VALUES (0); CREATE TABLE log (what text)'

const several: Readonly<Record<string, string>> = {
  'migrations/a1.ts': file(
    'a1',
    null,
    `op.createTable('t', { id: integer().primaryKey(), name: text() }); ${count}`,
    `op.dropTable('t')`,
  ),
  'migrations/a2.ts': file(
    'a2',
    'a1',
    `op.createEnum('mood', ['sad']); op.addColumn('t', 'mood', enumRef('mood')); ${count}`,
    `${count}; op.dropColumn('t', 'mood'); op.dropEnum('mood')`,
  ),
  'migrations/a3.ts': file(
    'a3',
    'a2',
    `${count}; op.addEnumValue('mood', 'glad'); op.execute("INSERT INTO t VALUES (1, 'x', 'glad')"); ${count}`,
    `op.execute("DELETE FROM t"); op.dropEnumValue('mood', 'glad', { remap: 'sad' }); ${count}`,
  ),
}
const concurrent: Readonly<Record<string, string>> = {
  'migrations/a1.ts': file(
    'a1',
    null,
    `op.createTable('t', { id: integer().primaryKey(), name: text() }); ${count}`,
    `op.dropTable('t')`,
  ),
  'migrations/a2.ts': file(
    'a2',
    'a1',
    `${count}; op.createIndex('t_name', 't', ['name'], { concurrently: true }); ${count}; op.addColumn('t', 'more', text())`,
    `${count}; op.dropColumn('t', 'more'); op.dropIndex('t_name', { concurrently: true }); ${count}`,
  ),
}

export const histories: readonly History[] = [
  {
    name: 'transactional',
    before: base,
    files: {
      'migrations/a1.ts': file(
        'a1',
        null,
        `op.createTable('t', { id: integer().primaryKey() }); ${count}`,
        `op.dropTable('t'); ${count}`,
      ),
      'migrations/a2.ts': file(
        'a2',
        'a1',
        `op.addColumn('t', 'name', text()); ${count}`,
        `op.dropColumn('t', 'name'); ${count}`,
      ),
    },
  },
  {
    name: 'one transaction for all',
    before: base,
    config: { transactionPerMigration: false },
    files: {
      'migrations/a1.ts': file('a1', null, `op.createTable('t', { id: integer().primaryKey() }); ${count}`),
      'migrations/a2.ts': file('a2', 'a1', `op.addColumn('t', 'name', text()); ${count}`),
    },
  },
  { name: 'several parts', before: base, files: several },
  { name: 'several parts, down', before: base, files: several, down: true },
  { name: 'concurrent', before: base, files: concurrent },
  { name: 'concurrent, down', before: base, files: concurrent, down: true },
  {
    name: 'autocommit data',
    before: base,
    files: {
      'migrations/a1.ts': file(
        'a1',
        null,
        `op.execute('UPDATE ctr SET n = n + 1', { autocommit: true }); op.execute("INSERT INTO log VALUES ('one')", { autocommit: true });
        op.execute('INSERT INTO log VALUES (:w)', [{ w: 'two' }, { w: 'three' }], { autocommit: true }); ${count}`,
      ),
    },
  },
  {
    name: 'code in a revision of several parts',
    before: `${base}; CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (mood mood)`,
    files: {
      'migrations/a1.ts': file(
        'a1',
        null,
        `op.run(async ({ db }) => { await db.query('UPDATE ctr SET n = n + 1'); await db.query('INSERT INTO log VALUES ($1)', ['run']) });
        op.addEnumValue('mood', 'glad'); op.execute("INSERT INTO t VALUES ('glad')");
        op.run(async ({ db }) => { await db.query('UPDATE ctr SET n = n + 1') })`,
      ),
    },
  },
  {
    name: 'compiled from the live schema',
    before: `${base}; CREATE TYPE mood AS ENUM ('sad', 'glad', 'old'); CREATE TABLE t (id integer, mood mood DEFAULT 'glad'); INSERT INTO t VALUES (1, 'old'); CREATE INDEX t_mood ON t (mood) WHERE mood = 'sad'`,
    files: {
      'migrations/a1.ts': file(
        'a1',
        null,
        `op.dropEnumValue('mood', 'old', { remap: 'sad' }); ${count}; op.createIndex('t_id', 't', ['id'], { concurrently: true });
        op.dropEnumValue('mood', 'glad', { remap: 'sad' }); ${count}`.replace(
          "op.dropEnumValue('mood', 'glad', { remap: 'sad' })",
          "op.execute(\"ALTER TABLE t ALTER mood DROP DEFAULT\"); op.dropEnumValue('mood', 'glad', { remap: 'sad' })",
        ),
      ),
    },
  },
  {
    name: 'a backfill in batches',
    done: 'SELECT min(n) = 1 AS done FROM t',
    before: `${base}; CREATE TABLE t (id integer PRIMARY KEY, n integer DEFAULT 0); INSERT INTO t SELECT generate_series(1, 10)`,
    files: {
      'migrations/a1.ts': file(
        'a1',
        null,
        `${count}; op.backfill('t', { set: { n: sql\`n + 1\` }, batchSize: 3, key: ['id'], down: {} }); op.execute("INSERT INTO log SELECT 'backfilled ' || string_agg(n::text, ',') FROM t"); ${count}`,
      ),
    },
  },
  {
    name: 'bare statements that nobody can ask about',
    before: `${base}; CREATE PROCEDURE work() LANGUAGE plpgsql AS $$ BEGIN UPDATE ctr SET n = n + 1; COMMIT; END $$`,
    files: {
      'migrations/a1.ts': file(
        'a1',
        null,
        `${count}; op.execute('CALL work()', { autocommit: true }); op.execute('VACUUM ctr', { autocommit: true }); ${count}`,
      ),
    },
  },
]

/** Everything of the database that a run can change, as text. */
export async function stateOf(db: pg.Client, withHistory = true): Promise<string> {
  const { rows } = await db.query<{ line: string }>(`
    SELECT 'ctr ' || n AS line FROM ctr
    UNION ALL SELECT 'log ' || what FROM log
    UNION ALL SELECT 'version ' || version_num FROM ambix_version
    UNION ALL SELECT 'history ' || revision || ' ' || direction || ' ' || count(*) FROM ambix_history WHERE status = 'done' GROUP BY revision, direction
    UNION ALL SELECT 'class ' || c.relname || ' ' || c.relkind::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname !~ '^ambix_journal'
    UNION ALL SELECT 'index ' || indexrelid::regclass || ' ' || indisvalid FROM pg_index i JOIN pg_class c ON c.oid = indexrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relname !~ '^ambix_journal'
    UNION ALL SELECT 'label ' || enumtypid::regtype || ' ' || enumlabel FROM pg_enum
    UNION ALL SELECT 'column ' || attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || coalesce(pg_get_expr(adbin, adrelid), '') FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
      WHERE c.relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped AND c.relkind = 'r' AND c.relname !~ '^ambix'
    ORDER BY 1`)
  const { rows: journal } = await db.query<{ t: string | null }>("SELECT to_regclass('ambix_journal')::text AS t")
  const left = journal[0]!.t === null ? 0 : (await db.query('SELECT FROM ambix_journal')).rowCount
  return [
    ...rows.map((r) => r.line).filter((l) => withHistory || !/^history|ambix_history/.test(l)),
    `journal ${left}`,
  ].join('\n')
}

/** What somebody who is asked for a part finds when he looks. */
export async function isDone(db: pg.Client, { done }: History): Promise<boolean> {
  return (await db.query<{ done: boolean }>(done ?? 'SELECT n >= 2 AS done FROM ctr')).rows[0]!.done
}

export interface Point {
  readonly history: History
  readonly death: Death
  readonly at: number
}

export interface Found {
  /** The history has fewer statements than the point. */
  readonly past: boolean
  /** What is wrong; empty: nothing. */
  readonly wrong: readonly string[]
}

export class CrashSite {
  readonly #url: string
  readonly #admin: pg.Client
  readonly #folder: (files: Readonly<Record<string, string>>) => string
  readonly #roots: Record<string, string> = {}
  readonly #wanted = new Map<string, string>()

  constructor(url: string, admin: pg.Client, folder: (files: Readonly<Record<string, string>>) => string) {
    this.#url = url
    this.#admin = admin
    this.#folder = folder
  }

  async #empty(history: History): Promise<void> {
    await this.#admin.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    await this.#admin.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
    if (history.before !== undefined) await this.#admin.query(history.before)
  }

  #move(history: History, config: Config): Promise<unknown> {
    return history.down === true ? downgrade(config, 'base') : upgrade(config)
  }

  /** What a run that nothing happens to leaves. */
  async #clean(history: History, config: Config): Promise<string> {
    const known = this.#wanted.get(history.name)
    if (known !== undefined) return known
    await this.#empty(history)
    if (history.down === true) await upgrade(config)
    await this.#move(history, config)
    const state = await stateOf(this.#admin)
    this.#wanted.set(history.name, state)
    return state
  }

  async try({ history, death, at }: Point): Promise<Found> {
    const direct: Config = {
      root: (this.#roots[history.name] ??= this.#folder(history.files)),
      url: this.#url,
      ...history.config,
    }
    const wanted = await this.#clean(history, direct)
    await this.#empty(history)
    if (history.down === true) await upgrade(direct)
    const proxy = await cuttingProxy(this.#url, at, death, async (pid) => {
      await this.#admin.query('SELECT pg_terminate_backend($1)', [pid])
    })
    const wrong: string[] = []
    try {
      await this.#move(history, { ...direct, url: proxy.url })
    } catch (error) {
      if (!isAmbixError(error)) wrong.push(`told without a code: ${(error as Error).stack}`)
      else if (!/applied|kept|rolled back|Nothing|lost|reached/i.test(`${error.message} ${error.why ?? ''}`))
        wrong.push(`does not say what is applied: ${error.code} ${error.message} ${error.why ?? ''}`)
    } finally {
      await proxy.close()
    }
    if (!proxy.died) return { past: true, wrong }
    try {
      await this.#move(history, direct)
    } catch (error) {
      const part = isAmbixError(error, 'RUN.UNFINISHED')
        ? error.next.find((n) => n.command?.includes('--done'))
        : undefined
      if (part === undefined)
        wrong.push(
          `the second run: ${isAmbixError(error) ? `${error.code} ${error.message}\n${error.why ?? ''}` : (error as Error).stack}`,
        )
      else {
        const words = part.command!.split(' ')
        await resume(direct, (await isDone(this.#admin, history)) ? 'done' : 'again', words.at(-1))
      }
    }
    const state = await stateOf(this.#admin)
    if (state !== wanted) wrong.push(`the state is\n${state}\n\nbut should be\n${wanted}`)
    return { past: false, wrong }
  }
}
