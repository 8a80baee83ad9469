/** Consecutive changes of tables in a revision: the schema is read live where raw SQL came before, and checked at the end. */
import { fold } from '../../operations/operation.ts'
import { tableKey } from '../../schema/keys.ts'
import type { Operation, RunContext } from '../../operations/kinds.ts'
import { emptySchema, type Schema } from '../../schema/model.ts'
import { splitStatements } from '../../util/split-sql.ts'
import { bracketText } from '../../util/sql-text.ts'
import type { CompileContext, CompileOptions, Draft, Statement, Unsupported } from '../dialect.ts'
import { type Compiled, compileChanges } from './changes.ts'
import { foreignKeyChecks, isReferred, triggerChecks, viewChecks } from './checks.ts'
import { tokensOf } from './text/lex.ts'
import { mentionsName } from './text/parse.ts'
import { type Ask, reflect } from './reflect.ts'
import { foreignKeysOff } from './session.ts'
import { oldName, unsureTrigger } from './triggers.ts'
import { cannot, no } from './write.ts'

const rowWords = new Set([
  'INSERT',
  'UPDATE',
  'DELETE',
  'REPLACE',
  'SELECT',
  'WITH',
  'VALUES',
  'ANALYZE',
  'REINDEX',
  'EXPLAIN',
])

/** Whether raw SQL only reads and writes rows. */
const isData = (sql: string): boolean =>
  splitStatements(sql, bracketText).every((s) => rowWords.has(tokensOf(s.text)[0]?.word ?? ''))

const writesRows = (op: Operation): boolean =>
  op.kind === 'execute' ||
  op.kind === 'run' ||
  op.kind === 'bulkInsert' ||
  op.kind === 'bulkDelete' ||
  op.kind === 'backfill' ||
  op.kind === 'custom'

/** Whether an operation may change the table in a way that is not known here. */
function obscures(op: Operation, tables: readonly string[]): boolean {
  if (op.kind === 'run') return true
  if (op.kind === 'custom') return op.definition?.apply === undefined
  return op.kind === 'execute' && !isData(op.sql) && tables.some((t) => mentionsName(op.sql, t))
}

/** Whether SQLite needs nothing but the operation, whatever the table is like. */
function needsNothing(op: Operation): boolean {
  if (op.kind === 'createIndex' || op.kind === 'dropIndex') return true
  if (op.kind === 'addColumn')
    return (
      op.column.nullable &&
      op.column.default === undefined &&
      op.column.generated === undefined &&
      op.ifNotExists !== true &&
      op.place === undefined
    )
  return op.kind === 'alterColumn' && Object.keys(op.changes).join() === 'newColumnName'
}

/** Splits the operations so that each part begins with the schema as SQLite has it: SQLite itself rewrites what a rename affects. */
function betweenRenames(ops: readonly Operation[]): readonly (readonly Operation[])[] {
  const parts: Operation[][] = [[]]
  for (const op of ops) {
    const renames = oldName(op) !== undefined
    if (renames && parts.at(-1)!.length > 0) parts.push([])
    parts.at(-1)!.push(op)
    if (renames) parts.push([])
  }
  return parts.filter((part) => part.length > 0)
}

/** Query results as raw text, for reading the schema through a revision's own connection. */
function asking(db: RunContext['db']): Ask {
  return {
    values: async (sql) =>
      (await db.query(sql)).map((row) =>
        // Each query here has different column names.
        Object.values(row as Record<string, unknown>).map((v) =>
          v === null || v === undefined ? null : String(v as string | number),
        ),
      ),
  }
}

/** The rebuilds of one compilation. */
export class Rebuilds {
  readonly #ops: readonly Operation[]
  readonly #options: CompileOptions
  readonly #known: boolean
  readonly #data: boolean
  readonly #start: Schema
  #off = false
  readonly #lost = new Set<string>()

  constructor(ops: readonly Operation[], before: Schema | undefined, options: CompileOptions) {
    this.#ops = ops
    this.#options = options
    this.#known = before !== undefined
    this.#start = before ?? emptySchema
    this.#data = ops.some(writesRows)
  }

  /** Compiles consecutive changes; where the schema before them is not known, they are compiled when they run. */
  run(ops: readonly Operation[], context: CompileContext & { readonly at: number }): readonly Draft[] | Unsupported {
    const tables = this.#tables(ops, context.before)
    const hidden = this.#ops.slice(0, context.at).find((op) => obscures(op, tables))
    const known =
      hidden === undefined && (this.#known || tables.every((t) => context.before.objects.has(tableKey({ name: t }))))
    if (known) {
      const made = compileChanges(ops, context.before, this.#options)
      if (cannot(made)) return made
      const unsure = unsureTrigger(made.rebuilt, ops, this.#ops.slice(0, context.at), context.before)
      if (unsure === undefined) return this.#around(ops, made, context.before)
      if (!this.#options.offline) return this.#live(ops, tables)
      return no(
        `the trigger ${unsure.name} names what the revision renames, and only SQLite knows what becomes of it: put the rename into a revision of its own, or run the revision on the database itself`,
      )
    }
    if (ops.every(needsNothing)) return this.#blindly(ops, tables, context)
    if (this.#options.offline)
      return no(
        hidden === undefined
          ? `what ${tables.join(', ')} looks like is not known here, and a rebuild would lose what is not known`
          : `the op.${hidden.kind} before it may have changed ${tables.join(', ')}, and a rebuild would lose that: put it into a revision of its own, or run the revision on the database itself`,
      )
    return this.#live(ops, tables)
  }

  #tables(ops: readonly Operation[], before: Schema): readonly string[] {
    const names = new Set<string>()
    for (const op of ops) {
      if ('table' in op && op.table !== undefined && 'name' in op.table) names.add(op.table.name)
      for (const o of before.objects.values()) {
        if (o.kind !== 'table') continue
        if ('enum' in op && o.columns.some((c) => c.type.kind === 'enum' && c.type.name === op.enum.name))
          names.add(o.name)
        if (
          'index' in op &&
          op.kind !== 'createIndex' &&
          o.indexes.some((i) => i.name === (op.index as { name: string }).name)
        )
          names.add(o.name)
      }
    }
    return [...names]
  }

  #around(ops: readonly Operation[], made: Compiled, before: Schema): readonly Draft[] {
    const { rebuilt, objects, drafts } = made
    if (rebuilt.length === 0) return drafts
    for (const op of ops) if (op.kind === 'dropColumn' && rebuilt.includes(op.table.name)) this.#lost.add(op.table.name)
    if (this.#ops.some((op) => oldName(op) !== undefined)) for (const table of rebuilt) this.#lost.add(table)
    const referred = rebuilt.some((t) => isReferred(t, before.objects) || isReferred(t, objects))
    // Rows that the revision itself deletes cascade, unless that would do damage.
    const off = !this.#data || referred
    if (off) this.#off = true
    const setting = off ? { around: foreignKeysOff } : {}
    if (off && this.#data) return drafts.map((d) => ({ ...d, ...setting }))
    const checks = foreignKeyChecks(rebuilt, before.objects, objects)
    return [...checks.first, ...drafts, ...checks.last].map((d) => ({ ...d, ...setting }))
  }

  /** As far as SQLite needs only the operations themselves. */
  #blindly(
    ops: readonly Operation[],
    tables: readonly string[],
    context: CompileContext,
  ): readonly Draft[] | Unsupported {
    const objects = new Map(context.before.objects)
    for (const table of tables) {
      if (objects.has(tableKey({ name: table }))) continue
      const indexes = ops.flatMap((op) => (op.kind === 'dropIndex' ? [{ name: op.index.name, elements: [] }] : []))
      const columns = ops.flatMap((op) =>
        op.kind === 'alterColumn' ? [{ name: op.column, type: { kind: 'text' }, nullable: true }] : [],
      )
      objects.set(tableKey({ name: table }), { kind: 'table', name: table, columns, constraints: [], indexes })
    }
    const made = compileChanges(ops, { ...context.before, objects }, this.#options)
    return cannot(made) ? made : made.drafts
  }

  /** The schema is read when these changes run, in the revision's transaction. */
  #live(ops: readonly Operation[], tables: readonly string[]): readonly Draft[] {
    this.#off = true
    return [
      {
        sql: `-- changes ${tables.join(', ')} as the database has it by then`,
        around: foreignKeysOff,
        run: async ({ db }) => {
          for (const part of betweenRenames(ops)) {
            const before = await reflect(asking(db), {})
            const made = compileChanges(part, before, this.#options)
            if (cannot(made)) throw new Error(made.unsupported)
            // Where the revision itself changes rows, everything is checked at its end.
            const checks = this.#data
              ? { first: [], last: [] }
              : foreignKeyChecks(made.rebuilt, before.objects, made.objects)
            for (const draft of [...checks.first, ...made.drafts, ...checks.last]) {
              const reason = draft.refuseIf === undefined ? undefined : (await db.query<object>(draft.refuseIf))[0]
              if (reason !== undefined) throw new Error(String(Object.values(reason)[0]))
              if (draft.sql !== '') await db.query(draft.sql)
            }
          }
        },
      },
    ]
  }

  /** The statements, with the checks of the whole revision. */
  finished(statements: readonly Statement[]): readonly Statement[] {
    const last = statements.at(-1)
    if (last === undefined || (!this.#off && this.#lost.size === 0)) return statements
    const end = fold(this.#start, this.#ops, { blind: true }).schema.objects
    const whole = (d: Draft): Statement => ({ transaction: 'inside', hazards: [], ...d, source: last.source })
    const checks =
      this.#off && this.#data ? foreignKeyChecks(undefined, this.#start.objects, end) : { first: [], last: [] }
    const lost = [...this.#lost]
    const looks = [
      ...viewChecks(lost, end),
      // A script would print the output of EXPLAIN.
      ...(this.#options.offline ? [] : triggerChecks(lost, end)),
    ]
    return [
      ...checks.first.map((d) => ({ ...whole(d), source: statements[0]!.source })),
      ...statements,
      ...checks.last.map(whole),
      ...looks.map((sql) => whole({ sql })),
    ]
  }
}
