/** The tables that the runtime keeps, and the texts that write to them. */
import type { SessionDialect } from '../dialects/dialect.ts'
import { hash } from '../util/hash.ts'
import type { Direction, RevisionStep, RuntimeSettings, VersionEdit } from './types.ts'

/** Where there are no advisory locks. */
export const lockTable = 'ambix_lock'
/** In the control database of a fleet. */
export const fleetTable = 'ambix_fleet'
/** The error of a batch's statement when the journal has changed since it was read. */
export const elsewhere = 'ambix: another run goes on with this backfill'

export interface BookNames {
  readonly version: string
  readonly history: string
  readonly journal: string
}

/**
 * The names of the three tables. `ambix_history` and `ambix_journal` go with `ambix_version` and with Alembic's table
 * that was taken over; a version table of another name gets its own pair, so that two histories in one schema stay apart.
 */
export function bookNames(settings: Pick<RuntimeSettings, 'versionTable'>): BookNames {
  const version = settings.versionTable
  if (version === 'ambix_version' || version === 'alembic_version')
    return { version, history: 'ambix_history', journal: 'ambix_journal' }
  const stem =
    Buffer.byteLength(version) <= 48 ? version : `${version.slice(0, 24)}_${hash('sha256', version).slice(0, 8)}`
  return { version, history: `ambix_${stem}_history`, journal: `ambix_${stem}_journal` }
}

/** Names that reflection leaves out. */
export function bookkeepingTables(settings: Pick<RuntimeSettings, 'versionTable'>): readonly string[] {
  const names = bookNames(settings)
  return [
    ...new Set([
      names.version,
      names.history,
      names.journal,
      'ambix_version',
      'ambix_history',
      'ambix_journal',
      'alembic_version',
      fleetTable,
      lockTable,
    ]),
  ]
}

/** The lock's key: signed 64 bits of SHA-256 over schema and version table (specs/reliability.md 1.4, point 1). */
export function lockKey(schema: string, table: string): bigint {
  return Buffer.from(hash('sha256', `ambix\0${schema}\0${table}`), 'hex').readBigInt64BE(0)
}

/** The statements that read and write the bookkeeping tables, for one dialect and one set of names. */
export class Bookkeeping {
  readonly names: BookNames
  readonly version: string
  readonly history: string
  readonly journal: string
  /** Where there are no advisory locks. */
  readonly lock: string
  readonly #dialect: SessionDialect
  readonly #settings: RuntimeSettings

  /** `schema`: where the tables are, once that was read from the database; then every name is qualified. */
  constructor(dialect: SessionDialect, settings: RuntimeSettings, schema = settings.versionTableSchema) {
    this.#dialect = dialect
    this.#settings = settings
    this.names = bookNames(settings)
    const qualified = (name: string): string =>
      schema === undefined || !dialect.facts.schemas
        ? dialect.quote(name)
        : `${dialect.quote(schema)}.${dialect.quote(name)}`
    this.version = qualified(this.names.version)
    this.history = qualified(this.names.history)
    this.journal = qualified(this.names.journal)
    this.lock = qualified(lockTable)
  }

  /** Statements needed before the tables exist: they create the schema that the configuration names for them. */
  get schemaFirst(): readonly string[] {
    const { versionTableSchema: schema } = this.#settings
    const { createSchema } = this.#dialect.session.bookkeeping
    return schema === undefined || createSchema === undefined ? [] : [createSchema(schema)]
  }

  /** The names of the three, the version table first. */
  get all(): readonly string[] {
    return [this.names.version, this.names.history, this.names.journal]
  }

  /** Alembic's row edits, one statement each (V19-V22); each must touch exactly one row (V23). */
  edit(edit: VersionEdit, equals = '=', q: (id: string) => string = this.#dialect.literal): string {
    switch (edit.kind) {
      case 'insert':
        return `INSERT INTO ${this.version} (version_num) VALUES (${q(edit.to)})`
      case 'update':
        return `UPDATE ${this.version} SET version_num = ${q(edit.to)} WHERE ${this.version}.version_num ${equals} ${q(edit.from)}`
      case 'delete':
        return `DELETE FROM ${this.version} WHERE ${this.version}.version_num ${equals} ${q(edit.from)}`
    }
  }

  /**
   * The history row of a step; `ms` back from now is when it started, absent: when the transaction did. `value` writes what differs
   * from step to step.
   */
  historyRow(
    step: RevisionStep,
    outcome: { readonly status: 'done' | 'failed'; readonly error?: string; readonly ms?: number },
    value: (text: string) => string = this.#dialect.literal,
  ): string {
    const { literal, session } = this.#dialect
    const { clock, ago } = session.bookkeeping
    const started = outcome.ms === undefined ? 'CURRENT_TIMESTAMP' : ago(outcome.ms)
    const values = [
      value(step.revision),
      literal(step.direction),
      step.checksum === undefined ? 'NULL' : value(step.recordedAs?.() ?? step.checksum),
      literal(this.#settings.toolVersion),
      literal(this.#settings.actor),
      started,
      clock,
      literal(outcome.status),
      outcome.error === undefined ? 'NULL' : literal(outcome.error),
    ]
    return `INSERT INTO ${this.history} (revision, direction, checksum, tool_version, actor, started_at, finished_at, status, error) VALUES (${values.join(', ')})`
  }

  /** Records a unit of a revision that takes several transactions. */
  journalRow(unit: {
    readonly revision: string
    readonly pos: number
    readonly direction: Direction
    readonly checksum: string
    readonly owner: string
    readonly state: 'started' | 'done' | 'plan'
    readonly plan?: string
  }): string {
    const { literal, session } = this.#dialect
    const values = [
      literal(unit.revision),
      String(unit.pos),
      literal(unit.direction),
      literal(unit.state),
      literal(unit.checksum),
      literal(unit.owner),
      session.bookkeeping.clock,
      session.bookkeeping.sessionId ?? 'NULL',
      unit.plan === undefined ? 'NULL' : literal(unit.plan),
    ]
    return `INSERT INTO ${this.journal} (revision, pos, direction, state, checksum, owner, started_at, backend_pid, plan) VALUES (${values.join(', ')})`
  }

  /** Of all rows, or of one part. */
  readonly journalColumns = 'revision, pos, direction, state, checksum, backend_pid, started_at, plan'

  /** A condition on the number of parts that are begun, of any revision; undefined where it cannot be checked. */
  begun(count: number, exists: boolean): string | undefined {
    if (exists) return `(SELECT count(*) FROM ${this.journal} WHERE pos >= 0) = ${count}`
    return this.#dialect.session.bookkeeping.missing?.(this.journal)
  }

  /** For statements outside of the units, counted as one before the first. */
  memoryRow(revision: string, direction: Direction, memory: string): string {
    const { literal, session } = this.#dialect
    const q = (text: string): string => literal(text)
    return `INSERT INTO ${this.journal} (revision, pos, direction, state, checksum, owner, started_at, memory) VALUES (${q(revision)}, -1, ${q(direction)}, ${q('memory')}, '', '', ${session.bookkeeping.clock}, ${q(memory)})`
  }

  /**
   * For the statement of a batch: records where it ended, if the journal is as this run has read it; returns the record, or
   * fails, and the rows stay unchanged.
   */
  batchDone(
    { revision, direction, pos }: { readonly revision: string; readonly direction: Direction; readonly pos: number },
    memory: string | undefined,
    rows: number,
    last: string,
  ): string {
    const { literal, session } = this.#dialect
    const note = `pg_catalog.json_build_object('rows', ${rows} OPERATOR(pg_catalog.+) (SELECT pg_catalog.count(*) FROM ambix_rows), 'last', ${last})::pg_catalog.text`
    const was =
      memory === undefined ? 'plan IS NULL' : `plan OPERATOR(pg_catalog.=) ${literal(memory)}::pg_catalog.text`
    const equal = (column: string, value: string): string => `${column} OPERATOR(pg_catalog.=) ${value}`
    return `ambix_kept AS (UPDATE ${this.journal} SET plan = ${note}, backend_pid = ${session.bookkeeping.sessionId ?? 'NULL'} WHERE ${[
      equal('revision::pg_catalog.text', literal(revision)),
      equal('direction::pg_catalog.text', literal(direction)),
      equal('pos', String(pos)),
      was,
    ].join(' AND ')} RETURNING plan)
SELECT CASE (SELECT pg_catalog.count(*) FROM ambix_kept) WHEN 1 THEN (SELECT plan FROM ambix_kept) ELSE (${literal(elsewhere)} || (SELECT pg_catalog.count(*) FROM ambix_rows))::pg_catalog.int4::pg_catalog.text END`
  }

  /** Where a backfill is, by the row of its part. */
  batchesDone(revision: string, pos: number): string {
    return `SELECT plan FROM ${this.journal} WHERE revision = ${this.#dialect.literal(revision)} AND pos = ${pos}`
  }

  recallMemory(revision: string, direction: Direction): string {
    const { literal } = this.#dialect
    return `SELECT memory FROM ${this.journal} WHERE revision = ${literal(revision)} AND direction = ${literal(direction)} AND pos = -1`
  }

  /** A part that was begun is taken on by this session. */
  journalTaken(revision: string, pos: number, owner: string): string {
    const { literal, session } = this.#dialect
    return `UPDATE ${this.journal} SET owner = ${literal(owner)}, backend_pid = ${session.bookkeeping.sessionId ?? 'NULL'} WHERE revision = ${literal(revision)} AND pos = ${pos}`
  }

  journalDone(revision: string, pos: number): string {
    return `UPDATE ${this.journal} SET state = 'done' WHERE revision = ${this.#dialect.literal(revision)} AND pos = ${pos}`
  }

  journalForget(revision: string, pos?: number): string {
    return `DELETE FROM ${this.journal} WHERE revision = ${this.#dialect.literal(revision)}${pos === undefined ? '' : ` AND pos = ${pos}`}`
  }
}
