/** Checks that must hold before anything of a revision runs (specs/enums.md rules 7 and 11, S13): SELECTs whose rows are reasons. */
import type { EnumUse, Operation, OperationOf } from '../../../operations/kinds.ts'
import { columnText, enumKey, refText, sameRef } from '../../../schema/keys.ts'
import type { ColumnType, EnumType, Ref } from '../../../schema/model.ts'
import type { CompileContext } from '../../dialect.ts'
import { usesLabel } from '../../shared/labels.ts'
import { enumBefore, type Walk } from '../../shared/walk.ts'
import { dollarQuoted, movedTo, name, quote, text } from '../spell/writer.ts'

/** A column or domain that holds labels, under its name before the revision. */
interface Place {
  readonly table: Ref
  readonly column: string
  readonly array: boolean
}

/** The walk behind a context; handlers that are called alone, without a list, have no revision around them. */
function walkOf(context: CompileContext): Pick<Walk, 'ops' | 'at'> {
  return 'ops' in context ? (context as Walk) : { ops: [], at: 0 }
}

/** The revision's operations before this one, last first; undefined where raw SQL or code may have changed rows. */
function earlier(context: CompileContext): readonly Operation[] | undefined {
  const { ops, at } = walkOf(context)
  const list = ops.slice(0, at)
  const opaque = new Set(['execute', 'run', 'custom', 'bulkInsert', 'bulkDelete', 'backfill'])
  return list.some((op) => opaque.has(op.kind)) ? undefined : list.toReversed()
}

/** The name of a column when the revision began; undefined when it was added within it, and so has no rows yet. */
function atStart(place: Place, ops: readonly Operation[]): Place | undefined {
  let { table, column } = place
  for (const op of ops) {
    if (op.kind === 'renameTable' && sameRef({ ...op.table, name: op.to }, table)) table = op.table
    else if (op.kind === 'moveTable' && sameRef(movedTo(op.table, op.toSchema), table)) table = op.table
    else if (op.kind === 'createTable' && sameRef(op.table, table)) return undefined
    else if (op.kind === 'addColumn' && sameRef(op.table, table) && op.column.name === column) return undefined
    else if (op.kind === 'alterColumn' && sameRef(op.table, table)) {
      if (op.changes.newColumnName === column) column = op.column
      // The column had other values when the revision began: its later values cannot be checked beforehand.
      if (op.column === column && op.changes.type !== undefined) return undefined
    }
  }
  return { ...place, table, column }
}

/** The name of a label when the revision began; undefined for one that it added. */
function labelAtStart(type: Ref, label: string, ops: readonly Operation[]): string | undefined {
  let ref = type
  let value = label
  for (const op of ops) {
    if (op.kind === 'renameEnum' && sameRef({ ...op.enum, name: op.to }, ref)) ref = op.enum
    else if (op.kind === 'moveEnum' && sameRef(movedTo(op.enum, op.toSchema), ref)) ref = op.enum
    else if (op.kind === 'renameEnumValue' && sameRef(op.enum, ref) && op.to === value) value = op.from
    else if (op.kind === 'addEnumValue' && sameRef(op.enum, ref) && op.value === value) return undefined
  }
  return value
}

const shown = (place: Place): string => columnText(place.table, place.column)

/** One row, one column, the reason; no row when all is well. */
function reason(prefix: string, counts: readonly string[]): string {
  return [
    `SELECT ${text(prefix)} || string_agg(rows || ' row(s) of ' || place || ' hold ''' || label || '''', ', ' ORDER BY place, label)`,
    `FROM (\n  ${counts.join('\n  UNION ALL\n  ')}\n) AS held`,
    'HAVING count(*) > 0',
  ].join('\n')
}

/** Rows that hold one of the labels. */
function countLabels(place: Place, labels: readonly string[]): string {
  const list = labels.map((l) => `(${text(l)})`).join(', ')
  const held = place.array ? `ANY (${quote(place.column)}::text[])` : `${quote(place.column)}::text`
  return `SELECT ${text(shown(place))} AS place, l.label, count(*) AS rows FROM ${name(place.table)} JOIN (VALUES ${list}) AS l (label) ON l.label = ${held} GROUP BY l.label`
}

/** Rows that hold a value outside the list. */
function countOthers(place: Place, labels: readonly string[]): string {
  const list = labels.length === 0 ? 'true' : `v.label NOT IN (${labels.map(text).join(', ')})`
  const from = place.array
    ? `${name(place.table)} CROSS JOIN LATERAL unnest(${quote(place.column)}::text[]) AS v (label)`
    : `${name(place.table)} CROSS JOIN LATERAL (VALUES (${quote(place.column)}::text)) AS v (label)`
  return `SELECT ${text(shown(place))} AS place, v.label, count(*) AS rows FROM ${from} WHERE ${list} GROUP BY v.label`
}

/** Rows that use labels which the swap drops and no remap covers. */
export function labelsInUse(
  type: Ref,
  removed: readonly string[],
  uses: readonly EnumUse[],
  context: CompileContext,
): string | undefined {
  const ops = earlier(context)
  if (ops === undefined || removed.length === 0) return undefined
  const labels = removed.flatMap((label) => labelAtStart(type, label, ops) ?? [])
  const places = uses.flatMap((use) => {
    if (use.table === undefined || use.column === undefined) return []
    return atStart({ table: use.table, column: use.column, array: use.array === true }, ops) ?? []
  })
  if (labels.length === 0 || places.length === 0) return undefined
  const which = labels.map((l) => `'${l}'`).join(', ')
  return reason(
    `Enum ${refText(type)} cannot lose ${which}: `,
    places.map((place) => countLabels(place, labels)),
  )
}

/** A NOT NULL column that has no value for existing rows: there must be none (M4, and rows that were not asked about). */
export function rowsWithout(table: Ref, column: string, context: CompileContext): string | undefined {
  const ops = earlier(context)
  const place = ops === undefined ? undefined : atStart({ table, column: '', array: false }, ops)
  if (place === undefined) return undefined
  const told = `Column ${shown({ ...place, column })} may not be null and has no default, and ${refText(place.table)} has rows`
  // The aggregate keeps the planner from evaluating the reason, and raising it, where there are no rows.
  return `SELECT ${text(told)} || string_agg('', '') FROM (SELECT FROM ${name(place.table)} LIMIT 1) AS some_rows HAVING count(*) > 0`
}

/** Rows of a column that becomes an enum whose values are none of its labels (S9, S13). */
export function outsideLabels(
  op: OperationOf<'alterColumn'>,
  from: ColumnType | undefined,
  to: ColumnType,
  context: CompileContext,
): string | undefined {
  const element = to.kind === 'array' ? to.element : to
  if (element?.kind !== 'enum' || element.name === undefined || (to.kind === 'array') !== (from?.kind === 'array'))
    return undefined
  const type = { ...(element.schema === undefined ? {} : { schema: element.schema }), name: element.name }
  const labels = enumBefore(context, type)?.values
  const ops = earlier(context)
  if (labels === undefined || ops === undefined) return undefined
  const place = atStart({ table: op.table, column: op.column, array: to.kind === 'array' }, ops)
  if (place === undefined) return undefined
  const fromEnum = element.name === from?.name || from?.kind === 'enum' || from?.element?.kind === 'enum'
  const texts = from === undefined || fromEnum || /^(text|varchar|char|citext)$/u.test((from.element ?? from).kind)
  const allowed = [...(op.map === undefined || texts ? labels : []), ...Object.keys(op.map ?? {})]
  // Labels of another enum may have been renamed within the revision.
  const source = from?.element ?? from
  const asStart =
    fromEnum && source?.name !== undefined
      ? allowed.flatMap(
          (l) =>
            labelAtStart(
              { ...(source.schema === undefined ? {} : { schema: source.schema }), name: source.name! },
              l,
              ops,
            ) ?? [],
        )
      : allowed
  return reason(`Column ${shown(place)} cannot become ${refText(type)} (${labels.join(', ')}): `, [
    countOthers(place, asStart),
  ])
}

/**
 * Columns, domains and routines that need the type and that the revision has not dropped before it drops the type.
 * DROP TYPE itself never cascades, so this is only an earlier message, not the protection itself.
 */
export function typeInUse(type: Ref, context: CompileContext): string | undefined {
  const ops = earlier(context)
  if (ops === undefined) return undefined
  let ref = type
  const gone: string[] = []
  const skipped: string[] = []
  for (const op of ops) {
    if (op.kind === 'renameEnum' && sameRef({ ...op.enum, name: op.to }, ref)) ref = op.enum
    else if (op.kind === 'moveEnum' && sameRef(movedTo(op.enum, op.toSchema), ref)) ref = op.enum
    else if (
      (op.kind === 'createEnum' && sameRef(op.enum, ref)) ||
      op.kind === 'dropSchema' ||
      op.kind === 'renameSchema'
    )
      return undefined
    else if (op.kind === 'dropTable' || op.kind === 'renameTable' || op.kind === 'moveTable')
      skipped.push(name(op.table))
    else if (op.kind === 'dropView' || op.kind === 'dropMaterializedView') skipped.push(name(op.view))
    else if (op.kind === 'dropType') skipped.push(name(op.type))
    else if (op.kind === 'alterType') skipped.push(name(op.type))
    else if (op.kind === 'dropColumn' || op.kind === 'alterColumn')
      gone.push(`(${text(name(op.table))}, ${text(op.column)})`)
    else if (op.kind === 'dropDomain' || op.kind === 'alterDomain')
      skipped.push(name(op.kind === 'dropDomain' ? op.domain : op.domain))
    // Another dropped object may have been the one that needed the type; the server decides.
    else if (/^(drop|replace|rename|move)(?!Enum|Constraint|Index|Trigger|Policy)/u.test(op.kind)) return undefined
  }
  // A label swap recreates the type under its name, and the one that is renamed with a suffix is another type.
  const relations =
    skipped.length === 0
      ? ''
      : `\n    AND c.oid NOT IN (SELECT to_regclass(r) FROM unnest(ARRAY[${skipped.map(text).join(', ')}]) AS r WHERE to_regclass(r) IS NOT NULL)\n    AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid)`
  const columns =
    gone.length === 0
      ? ''
      : `\n    AND NOT EXISTS (SELECT FROM (VALUES ${gone.join(', ')}) AS g (rel, col) WHERE (to_regclass(g.rel) = c.oid OR EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid)) AND g.col = a.attname)`
  const types =
    skipped.length === 0
      ? ''
      : ` AND NOT (d.classid = 'pg_catalog.pg_type'::regclass AND d.objid IN (SELECT to_regtype(r) FROM unnest(ARRAY[${skipped.map(text).join(', ')}]) AS r WHERE to_regtype(r) IS NOT NULL))`
  const self = `to_regtype(${text(name(ref))})`
  // Defaults, checks, views, triggers and policies are dropped with their columns; routines, casts, domains and ranges remain.
  return [
    `SELECT ${text(`Enum ${refText(type)} is still used by `)} || string_agg(DISTINCT u.place, ', ' ORDER BY u.place)`,
    'FROM (',
    `  SELECT c.oid::regclass || '.' || a.attname AS place`,
    '  FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid',
    `  WHERE ${self} IN (t.oid, t.typelem) AND c.relkind IN ('r', 'p', 'f', 'c') AND NOT a.attisdropped AND a.attnum > 0${relations}${columns}`,
    '  UNION ALL',
    '  SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid)',
    "  FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_type AS t ON d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid = t.oid",
    `  WHERE ${self} IN (t.oid, t.typelem) AND d.deptype IN ('n', 'a') AND d.classid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_cast'::regclass, 'pg_catalog.pg_type'::regclass, 'pg_catalog.pg_operator'::regclass)${types}`,
    ') AS u',
    'HAVING count(*) > 0',
  ].join('\n')
}

/** The labels of a type that the rest of the revision uses: those must not be of the open transaction (S5). */
export function usedAfter(type: EnumType, context: CompileContext): readonly string[] {
  const { ops, at } = walkOf(context)
  const rest = ops.slice(at + 1)
  return type.values.filter((label) => rest.some((op) => usesLabel(op, enumKey(type), new Set([label]))))
}

/**
 * A type of the name that has other labels, or some of them in another order (S12); or that lacks a label which this
 * revision uses at once, while columns use the type, so that the label must be committed before.
 */
export function otherLabels(type: EnumType, used: readonly string[] = []): string {
  const list = (labels: readonly string[]): string => `ARRAY[${labels.map(text).join(', ')}]::text[]`
  const wished = list(type.values)
  const order = `(SELECT coalesce(array_agg(l ORDER BY n), '{}') FROM unnest(${wished}) WITH ORDINALITY AS w (l, n) WHERE l = ANY (labels))`
  const found = `(SELECT array_agg(enumlabel::text ORDER BY enumsortorder) AS labels FROM pg_catalog.pg_enum WHERE enumtypid = to_regtype(${text(name(type))})) AS held`
  const differ = [
    `SELECT ${text(`Enum ${refText(type)} exists with the labels `)} || array_to_string(labels, ', ') || ${text(`; wanted are ${type.values.join(', ')}`)}`,
    `FROM ${found}`,
    `WHERE labels <> ${wished} AND labels <> ${order}`,
  ]
  if (used.length === 0) return differ.join('\n')
  return [
    ...differ,
    'UNION ALL',
    `SELECT ${text(`Enum ${refText(type)} is used and exists with the labels `)} || array_to_string(labels, ', ') || ${text(`; wanted are ${type.values.join(', ')}: add the labels with op.addEnumValue before they are used`)}`,
    `FROM ${found}`,
    `WHERE labels = ${order} AND NOT ${list(used)} <@ labels AND EXISTS (`,
    '  SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid',
    `  WHERE to_regtype(${text(name(type))}) IN (t.oid, t.typelem) AND NOT a.attisdropped)`,
  ].join('\n')
}

/** The same check for a script that runs without ambix: a block that raises the reason. */
export function guardBlock(selectSql: string): string {
  const body = [
    'DECLARE',
    '  reason text;',
    'BEGIN',
    `  ${selectSql.replaceAll('\n', '\n  ')}`.replace(/^ {2}SELECT/u, '  SELECT'),
    '  INTO reason;',
    '  IF reason IS NOT NULL THEN',
    "    RAISE EXCEPTION '%', reason;",
    '  END IF;',
    'END',
  ].join('\n')
  return `DO ${dollarQuoted(body)}`
}
