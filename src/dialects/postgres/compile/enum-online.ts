/** The swap of an enum while its tables are in use (specs/enums.md S8x): new columns, kept in step, filled in batches, exchanged under a short lock. */
import { append } from '../../../util/append.ts'
import type { OnlineColumn } from '../../../operations/kinds.ts'
import {
  notNullCheck,
  shadowName as shadow,
  syncName,
  syncTrigger as triggerName,
} from '../../../operations/helper-names.ts'
import { respell } from '../../../operations/fold/respell.ts'
import type { ColumnType, Default, Index, Ref, Table } from '../../../schema/model.ts'
import type { CompileContext, Draft } from '../../dialect.ts'
import { buildProbe, indexStatements } from './constraints.ts'
import { beside, comment, defaultText, dollarQuoted, grant, name, quote, text } from '../spell/writer.ts'

/** A column on its way. */
export interface Moving {
  readonly table: Ref
  readonly column: string
  readonly array: boolean
  readonly default: Default | undefined
  readonly online: OnlineColumn
}

export interface OnlineSwap {
  readonly enum: Ref
  readonly values: readonly string[]
  readonly create: (type: Ref) => string
  /** USING of a column's text, cast to the type. */
  readonly using: (expression: string, array: boolean, type: string) => string
  /** Free names derived from the type's own. */
  readonly fresh: Ref
  readonly old: Ref
  readonly refuseIf: string | undefined
  readonly describe: readonly string[]
}

/** How many pages of a table are filled in one transaction: 8 MB. */
const pages = 1000

const checkName = (m: Moving): string => notNullCheck(m.table, m.column)

/** The statements, with commits between: each part can be resumed, and none holds a lock for long. */
export function onlineSwap(swap: OnlineSwap, moving: readonly Moving[], context: CompileContext): readonly Draft[] {
  const tables = byTable(moving)
  const fresh = name(swap.fresh)
  const out: Draft[] = [
    { sql: swap.create(swap.fresh), ...(swap.refuseIf === undefined ? {} : { refuseIf: swap.refuseIf }) },
  ]
  for (const list of tables)
    append(
      out,
      begin(swap, list).map((sql) => ({ sql })),
    )
  commit(out)
  for (const list of tables) out.push(fill(swap, list, context))
  const bound = moving.filter((m) => m.online.nullable !== true)
  for (const m of bound)
    out.push({
      sql: `ALTER TABLE ${name(m.table)} ADD CONSTRAINT ${quote(checkName(m))} CHECK (${quote(shadow(m.column))} IS NOT NULL) NOT VALID`,
    })
  if (bound.length > 0) commit(out)
  for (const m of bound) {
    out.push({ sql: `ALTER TABLE ${name(m.table)} VALIDATE CONSTRAINT ${quote(checkName(m))}` })
    commit(out)
  }
  for (const m of moving)
    for (const index of m.online.indexes ?? []) {
      const made = shadowIndex(m, index, swap)
      const [sql] = indexStatements(m.table, made, { concurrently: true })
      out.push({ sql: sql!, transaction: 'alone', probe: buildProbe(name(beside(m.table, made.name))) })
    }
  for (const list of tables) {
    out.push({ sql: `ANALYZE ${name(list[0]!.table)} (${list.map((m) => quote(shadow(m.column))).join(', ')})` })
    commit(out)
  }
  for (const list of tables)
    append(
      out,
      exchange(list).map((sql) => ({ sql })),
    )
  out.push(
    { sql: `ALTER TYPE ${name(swap.enum)} RENAME TO ${quote(swap.old.name)}` },
    { sql: `ALTER TYPE ${fresh} RENAME TO ${quote(swap.enum.name)}` },
    { sql: `DROP TYPE ${name(swap.old)}` },
  )
  for (const m of moving)
    append(
      out,
      finish(m, swap).map((sql) => ({ sql })),
    )
  for (const sql of swap.describe) out.push({ sql })
  return out
}

function commit(out: Draft[]): void {
  const last = out.pop()!
  out.push({ ...last, transaction: 'commit-after' })
}

/** The columns, empty, and the trigger that writes them whenever a row is written. */
function begin(swap: OnlineSwap, list: readonly Moving[]): readonly string[] {
  const { table } = list[0]!
  const fresh = name(swap.fresh)
  const fn = name(beside(table, syncName(table)))
  const adds = list.map((m) => `ADD COLUMN ${quote(shadow(m.column))} ${fresh}${m.array ? '[]' : ''}`)
  const sets = list.map(
    (m) => `  NEW.${quote(shadow(m.column))} := ${swap.using(`NEW.${quote(m.column)}`, m.array, fresh)};`,
  )
  return [
    `ALTER TABLE ${name(table)} ${adds.join(', ')}`,
    // The session that writes the row may have another search_path.
    `CREATE FUNCTION ${fn}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS ${dollarQuoted(`BEGIN\n${sets.join('\n')}\n  RETURN NEW;\nEND`)}`,
    `CREATE TRIGGER ${quote(triggerName)} BEFORE INSERT OR UPDATE ON ${name(table)} FOR EACH ROW EXECUTE FUNCTION ${fn}()`,
    // Rows from replication as well.
    `ALTER TABLE ${name(table)} ENABLE ALWAYS TRIGGER ${quote(triggerName)}`,
  ]
}

/**
 * Rows that were there before the trigger, page by page, each run of pages committed. Every later version of a row was
 * written by the trigger, so one pass is enough, and a second one after a crash finds little to do.
 */
function fill(swap: OnlineSwap, list: readonly Moving[], context: CompileContext): Draft {
  const { table } = list[0]!
  const fresh = name(swap.fresh)
  const value = (m: Moving): string => swap.using(quote(m.column), m.array, fresh)
  const sets = list.map((m) => `${quote(shadow(m.column))} = ${value(m)}`).join(', ')
  const stale = list.map((m) => `${quote(shadow(m.column))} IS DISTINCT FROM ${value(m)}`).join(' OR ')
  const update = `UPDATE ${name(table)} SET ${sets} WHERE (${stale})`
  // A block cannot commit before PostgreSQL 11.
  if (context.serverVersion !== undefined && context.serverVersion < 11)
    return { sql: update, transaction: 'commit-after', allRows: true }
  // Names that no column of the table has.
  const body = [
    'DECLARE',
    '  ambix_page bigint := 0;',
    `  ambix_pages bigint := pg_relation_size(${text(name(table))}::regclass) / current_setting('block_size')::bigint;`,
    'BEGIN',
    '  WHILE ambix_page <= ambix_pages LOOP',
    `    ${update}`,
    `      AND ctid >= format('(%s,0)', ambix_page)::tid AND ctid < format('(%s,0)', ambix_page + ${pages})::tid;`,
    '    COMMIT;',
    `    ambix_page := ambix_page + ${pages};`,
    '  END LOOP;',
    'END',
  ].join('\n')
  return { sql: `DO ${dollarQuoted(body)}`, transaction: 'alone', allRows: true }
}

/** The index on the new column, under its own name: its columns, expressions and predicate use the new names. */
function shadowIndex(m: Moving, index: Index, swap: OnlineSwap): Index {
  const to = shadow(m.column)
  const at: Ref = m.table.schema === undefined ? { name: m.table.name } : { schema: m.table.schema, name: m.table.name }
  const table: Table = { kind: 'table', ...at, columns: [], constraints: [], indexes: [index] }
  const column = respell(table, { kind: 'column', table: at, from: m.column, to })
  // A table remains a table when its texts are rewritten.
  const [made] = (respell(column, { kind: 'type', from: swap.enum, to: swap.fresh }) as Table).indexes
  const named = (c: string): string => (c === m.column ? to : c)
  return {
    ...made!,
    name: shadow(index.name),
    elements: made!.elements.map((e) => (e.column === undefined ? e : { ...e, column: named(e.column) })),
    ...(made!.include === undefined ? {} : { include: made!.include.map(named) }),
  }
}

/** The old columns go, with their indexes and their default; the new ones take their names. */
function exchange(list: readonly Moving[]): readonly string[] {
  const { table } = list[0]!
  const alter = `ALTER TABLE ${name(table)}`
  const bound = list.filter((m) => m.online.nullable !== true)
  return [
    `DROP TRIGGER ${quote(triggerName)} ON ${name(table)}`,
    `DROP FUNCTION ${name(beside(table, syncName(table)))}()`,
    // No scan: the validated check proves that there are none.
    ...bound.map((m) => `${alter} ALTER COLUMN ${quote(shadow(m.column))} SET NOT NULL`),
    ...bound.map((m) => `${alter} DROP CONSTRAINT ${quote(checkName(m))}`),
    ...list.map((m) => `${alter} DROP COLUMN ${quote(m.column)}`),
    ...list.map((m) => `${alter} RENAME COLUMN ${quote(shadow(m.column))} TO ${quote(m.column)}`),
    ...list.flatMap((m) =>
      (m.online.indexes ?? []).map(
        (index) => `ALTER INDEX ${name(beside(m.table, shadow(index.name)))} RENAME TO ${quote(index.name)}`,
      ),
    ),
  ]
}

/** The old column's properties besides its values. */
function finish(m: Moving, swap: OnlineSwap): readonly string[] {
  const { online } = m
  const alter = `ALTER TABLE ${name(m.table)} ALTER COLUMN ${quote(m.column)}`
  const base: ColumnType = { kind: 'enum', ...swap.enum }
  const out: string[] = []
  if (m.default !== undefined)
    out.push(`${alter} SET DEFAULT ${defaultText(m.default, m.array ? { kind: 'array', element: base } : base)}`)
  if (online.storage !== undefined) out.push(`${alter} SET STORAGE ${online.storage.toUpperCase()}`)
  if (online.compression !== undefined) out.push(`${alter} SET COMPRESSION ${online.compression}`)
  if (online.statistics !== undefined) out.push(`${alter} SET STATISTICS ${online.statistics}`)
  if (online.comment !== undefined) out.push(comment(`COLUMN ${name(m.table)}.${quote(m.column)}`, online.comment))
  for (const g of online.grants ?? []) out.push(grant({ kind: 'column', ...m.table, part: m.column }, g))
  for (const index of online.indexes ?? [])
    if (index.comment !== undefined) out.push(comment(`INDEX ${name(beside(m.table, index.name))}`, index.comment))
  return out
}

function byTable(moving: readonly Moving[]): readonly (readonly Moving[])[] {
  const out = new Map<string, Moving[]>()
  for (const m of moving) out.set(name(m.table), [...(out.get(name(m.table)) ?? []), m])
  return [...out.values()]
}
