/** What is dangerous about a statement: rows lost, tables written anew or read whole, and the locks it takes (manual, 13.3 and ALTER TABLE). */
import { aboutCounter } from '../../../schema/counted.ts'
import type { Operation } from '../../../operations/kinds.ts'
import { refText, sameRef, tableKey } from '../../../schema/keys.ts'
import type { Column, ColumnType, Constraint, Ref, Schema } from '../../../schema/model.ts'
import type { Hazard } from '../../dialect.ts'
import type { Walk } from '../../shared/walk.ts'
import { narrows, rewrites } from '../casts/casts.ts'
import { columnBefore } from '../spell/writer.ts'

/** The table that an operation is about, where it is about one that exists. */
function tableOf(op: Operation): Ref | undefined {
  if ('table' in op && op.table !== undefined && op.kind !== 'createTable') return op.table
  switch (op.kind) {
    case 'createTrigger':
      return op.trigger.table
    case 'createPolicy':
    case 'alterPolicy':
      return op.policy.table
    case 'refreshMaterializedView':
    case 'dropMaterializedView':
    case 'dropView':
      return op.view
    case 'replaceView':
    case 'alterView':
      return op.view
    case 'createDefinition':
    case 'dropDefinition':
      return op.definition.table
    default:
      return undefined
  }
}

/** What each lock keeps out. SHARE UPDATE EXCLUSIVE keeps out other changes of the schema only and is no hazard. */
const blocks: Readonly<Record<string, 'BLOCKS_READS' | 'BLOCKS_WRITES'>> = {
  'ACCESS EXCLUSIVE': 'BLOCKS_READS',
  EXCLUSIVE: 'BLOCKS_WRITES',
  'SHARE ROW EXCLUSIVE': 'BLOCKS_WRITES',
  SHARE: 'BLOCKS_WRITES',
}

/** The strongest table lock that a statement takes, by its words. */
export function lockOf(sql: string): string | undefined {
  const s = sql.toUpperCase()
  if (/^ALTER TABLE\b/u.test(s)) {
    if (/ VALIDATE CONSTRAINT | SET STATISTICS | CLUSTER ON | SET WITHOUT CLUSTER| CONCURRENTLY/u.test(s))
      return 'SHARE UPDATE EXCLUSIVE'
    if (/^ALTER TABLE \S+ (RE)?SET \(/u.test(s)) return 'SHARE UPDATE EXCLUSIVE'
    if (/ FOREIGN KEY | (EN|DIS)ABLE (REPLICA |ALWAYS )?TRIGGER /u.test(s)) return 'SHARE ROW EXCLUSIVE'
    return 'ACCESS EXCLUSIVE'
  }
  if (/^(CREATE (UNIQUE )?|DROP )INDEX CONCURRENTLY /u.test(s)) return 'SHARE UPDATE EXCLUSIVE'
  if (/^CREATE (UNIQUE )?INDEX /u.test(s)) return 'SHARE'
  if (/^CREATE (OR REPLACE )?(CONSTRAINT )?TRIGGER /u.test(s)) return 'SHARE ROW EXCLUSIVE'
  if (s.startsWith('REFRESH MATERIALIZED VIEW CONCURRENTLY ')) return 'EXCLUSIVE'
  if (/^COMMENT ON (TABLE|COLUMN|CONSTRAINT|INDEX) /u.test(s)) return 'SHARE UPDATE EXCLUSIVE'
  if (
    /^(TRUNCATE|DROP (TABLE|INDEX|TRIGGER|POLICY|RULE|VIEW|MATERIALIZED VIEW)|CREATE (OR REPLACE )?RULE|(CREATE|ALTER) POLICY|REFRESH|CREATE OR REPLACE VIEW|ALTER (TRIGGER|POLICY|RULE|MATERIALIZED VIEW|VIEW)) /u.test(
      s,
    )
  ) {
    return 'ACCESS EXCLUSIVE'
  }
  return /^(UPDATE|INSERT|DELETE) /u.test(s) ? 'ROW EXCLUSIVE' : undefined
}

/** What a statement's SQL alone does not tell: whether a type change rewrites, and from what. */
export interface HazardFacts {
  readonly from?: ColumnType
  /** Whether the domain of a column that is added constrains nothing. */
  readonly plainDomain?: boolean
  /** Whether a default of a column that is added calls a routine of the user's that may give every row another value. */
  readonly callsVolatile?: boolean
  /** A valid check says already that the column holds no null (PostgreSQL 12+, ALTER TABLE, SET NOT NULL). */
  readonly provenNotNull?: boolean
}

function held(code: string, on: string): string {
  return `nobody ${code === 'BLOCKS_READS' ? 'reads or writes' : 'writes'} ${on} until the transaction ends`
}

/** The hazards of one statement of an operation; pure. */
export function hazardsOf(op: Operation, sql: string, facts: HazardFacts = {}): readonly Hazard[] {
  const out: Hazard[] = []
  const lock = lockOf(sql)
  // An attached table is read whole and locked; its new parent stays free.
  const table = op.kind === 'attachPartition' ? op.partition : tableOf(op)
  const on = table === undefined ? undefined : refText(table)
  const add = (code: string, object: string, message: string): void => {
    out.push({ code, object, message, ...(lock === undefined || lock === 'ROW EXCLUSIVE' ? {} : { lock }) })
  }

  for (const [object, message] of losses(op, sql, facts)) add('DATA_LOSS', object, message)
  const swapped = /^ALTER TABLE (.*?)\s+(?:ALTER|ADD|DROP) C/su.exec(sql)?.[1]
  if ((op.kind === 'alterEnum' || op.kind === 'dropEnumValue') && swapped !== undefined) {
    if (/ TYPE .* USING /u.test(sql))
      add('TABLE_REWRITE', swapped.replaceAll('"', ''), `rewrites ${swapped} and its indexes`)
    else if (lock === 'ACCESS EXCLUSIVE')
      add('BLOCKS_READS', swapped.replaceAll('"', ''), held('BLOCKS_READS', swapped))
  } else if (on !== undefined) {
    const heavy = heavyWork(op, sql, facts)
    if (heavy === 'rewrite') add('TABLE_REWRITE', on, `rewrites ${on} and its indexes`)
    else if (heavy === 'scan') add('FULL_SCAN', on, `reads all rows of ${on}`)
    const code = lock === undefined ? undefined : blocks[lock]
    const said = out.some((h) => h.code === 'TABLE_REWRITE' || h.code === 'DATA_LOSS')
    if (code !== undefined && !said) add(code, on, held(code, on))
  }
  if (
    op.kind === 'createForeignKey' &&
    lock === 'SHARE ROW EXCLUSIVE' &&
    table !== undefined &&
    !sameRef(op.constraint.references, table)
  ) {
    const other = refText(op.constraint.references)
    add('BLOCKS_WRITES', other, held('BLOCKS_WRITES', other))
  }
  if (
    op.kind === 'createTable' &&
    op.table.partitionOf !== undefined &&
    sql.startsWith('CREATE ') &&
    / PARTITION OF /u.test(sql)
  ) {
    const parent = refText(op.table.partitionOf.parent)
    out.push({ code: 'BLOCKS_READS', object: parent, message: held('BLOCKS_READS', parent), lock: 'ACCESS EXCLUSIVE' })
  }
  if ((op.kind === 'alterEnum' || op.kind === 'dropEnumValue') && sql.startsWith('DROP TYPE ')) {
    const type = refText(op.enum)
    add(
      'OPEN_SESSIONS',
      type,
      `open sessions have cached the old OID of ${type}: their prepared statements fail until they reconnect`,
    )
  }
  return out
}

/** What is lost: the object by the name that allows it, and a sentence. */
function losses(op: Operation, sql: string, facts: HazardFacts): readonly (readonly [string, string])[] {
  switch (op.kind) {
    case 'dropTable':
      return [[refText(op.table), `drops table ${refText(op.table)} with its rows`]]
    case 'dropColumn':
      return [[`${refText(op.table)}.${op.column}`, `drops column ${refText(op.table)}.${op.column} with its values`]]
    case 'dropSchema':
      return [[op.name, `drops schema ${op.name}`]]
    case 'dropSequence':
      return [[refText(op.sequence), `drops sequence ${refText(op.sequence)} with its position`]]
    case 'dropExtension':
      return [[op.name, `drops extension ${op.name} with what it holds`]]
    case 'dropEnumValue': {
      if (!sql.startsWith('CREATE TYPE ')) return []
      return [[`${refText(op.enum)}.${op.value}`, `drops label '${op.value}' from ${refText(op.enum)}`]]
    }
    case 'alterEnum': {
      if (!sql.startsWith('CREATE TYPE ')) return []
      const gone = (op.from ?? []).filter((label) => !op.values.includes(label))
      return gone.map((label) => [`${refText(op.enum)}.${label}`, `drops label '${label}' from ${refText(op.enum)}`])
    }
    case 'alterColumn': {
      const place = `${refText(op.table)}.${op.column}`
      if (sql.endsWith(' DROP IDENTITY') || sql.startsWith('DROP SEQUENCE ')) return []
      if (
        op.changes.type === undefined ||
        !/ TYPE /u.test(sql) ||
        !narrows(facts.from ?? op.before?.type, op.changes.type)
      )
        return []
      return [[place, `narrows ${place}: values may be cut or refused`]]
    }
    case 'alterDomain':
    default:
      return []
  }
}

/** Whether a statement writes a table anew or reads all of it. */
function heavyWork(op: Operation, sql: string, facts: HazardFacts): 'rewrite' | 'scan' | undefined {
  switch (op.kind) {
    case 'alterColumn': {
      if (/^ALTER TABLE .* ALTER COLUMN .* TYPE /su.test(sql)) {
        const to = op.changes.type
        if (to === undefined) return undefined
        return op.using !== undefined || op.map !== undefined || rewrites(facts.from ?? op.before?.type, to)
          ? 'rewrite'
          : undefined
      }
      if (/ SET EXPRESSION /u.test(sql)) return 'rewrite'
      if (/ VALIDATE CONSTRAINT /u.test(sql) || (/^(UPDATE|SELECT) /u.test(sql) && !aboutCounter(sql))) return 'scan'
      return sql.endsWith(' SET NOT NULL') && op.backfill === undefined && facts.provenNotNull !== true
        ? 'scan'
        : undefined
    }
    case 'addColumn': {
      if (/ ADD COLUMN /u.test(sql)) {
        const c = op.column
        if (c.generated?.stored === true || c.identity !== undefined || c.type.kind.endsWith('serial')) return 'rewrite'
        // Each row is given the value and held against the domain's constraints, which a statement does not tell.
        if (c.type.kind === 'domain' || c.type.element?.kind === 'domain')
          return facts.plainDomain === true ? undefined : 'rewrite'
        return c.default?.kind === 'sql' && (facts.callsVolatile === true || volatile(c.default.sql))
          ? 'rewrite'
          : undefined
      }
      return / VALIDATE CONSTRAINT /u.test(sql) || sql.startsWith('UPDATE ') ? 'scan' : undefined
    }
    case 'alterTable':
      return / SET (UN)?LOGGED$| SET TABLESPACE /u.test(sql) ? 'rewrite' : undefined
    case 'createPrimaryKey':
    case 'createUniqueConstraint':
      return / ADD /u.test(sql) && op.usingIndex === undefined ? 'scan' : undefined
    case 'createForeignKey':
    case 'createCheckConstraint':
      return / ADD /u.test(sql) && op.constraint.notValid !== true ? 'scan' : undefined
    case 'createExcludeConstraint':
      return / ADD /u.test(sql) ? 'scan' : undefined
    case 'validateConstraint':
    case 'attachPartition':
      return 'scan'
    case 'createIndex':
      return sql.startsWith('CREATE ') && op.index.only !== true ? 'scan' : undefined
    case 'refreshMaterializedView':
      return 'rewrite'
    case 'renameTable':
    default:
      return undefined
  }
}

/** A default that gives every row a value of its own makes PostgreSQL write each one (ALTER TABLE, Notes). */
function volatile(sql: string): boolean {
  return /\b(random|gen_random_uuid|uuid_generate_\w+|uuidv\d|nextval|clock_timestamp|timeofday|txid_current)\s*\(/iu.test(
    sql,
  )
}

function addedFacts(
  { type, default: preset }: Column,
  before: Schema,
): Pick<HazardFacts, 'plainDomain' | 'callsVolatile'> {
  return {
    plainDomain: isPlainDomain(type.kind === 'array' ? type.element : type, before),
    callsVolatile: preset?.kind === 'sql' && callsVolatile(preset.sql, before),
  }
}

/** By a check of the table as it is known, or one that the operations before made and validated. */
function provenNotNull(op: Operation, { before, ops, at }: Walk): boolean {
  if (op.kind !== 'alterColumn' || op.changes.nullable !== false) return false
  const { column, table } = op
  const proves = (c: Constraint, validated = false): boolean =>
    c.kind === 'check' &&
    (validated || c.notValid !== true) &&
    c.notEnforced !== true &&
    c.noInherit !== true &&
    /^\s*\(?\s*"?([^"()\s]+)"?\s+is\s+not\s+null\s*\)?\s*$/iu.exec(c.sql)?.[1] === column
  const found = before.objects.get(tableKey(table))
  if (found?.kind === 'table' && found.constraints.some((c) => proves(c))) return true
  let names: (string | undefined)[] = []
  for (const [i, done] of ops.slice(0, at).entries()) {
    if (done.kind === 'createCheckConstraint' && sameRef(done.table, table)) {
      const { name } = done.constraint
      const validated = ops
        .slice(i, at)
        .some((o) => o.kind === 'validateConstraint' && o.name === name && sameRef(o.table, table))
      if (proves(done.constraint, validated)) names.push(name)
    }
    if (done.kind === 'dropConstraint' && sameRef(done.table, table)) names = names.filter((n) => n !== done.name)
  }
  return names.length > 0
}

/** A domain that is not known may have any constraint. */
function isPlainDomain(type: ColumnType | undefined, before: Schema): boolean {
  if (type?.kind !== 'domain') return true
  const domain = before.objects.get(
    `domain:${refText({ ...(type.schema === undefined ? {} : { schema: type.schema }), name: type.name ?? '' })}`,
  )
  if (domain?.kind !== 'domain') return false
  return domain.notNull !== true && domain.checks.length === 0 && isPlainDomain(domain.type, before)
}

/** What a CREATE FUNCTION says before its body. */
const head = (definition: string): string => definition.split(/\bAS\s+[$'E]|\bBEGIN\s+ATOMIC\b|\bRETURN\s/iu)[0]!

/** A routine is volatile unless its statement says otherwise (CREATE FUNCTION). */
function callsVolatile(sql: string, before: Schema): boolean {
  for (const object of before.objects.values()) {
    if (object.kind !== 'routine' || /\b(?:immutable|stable)\b/iu.test(head(object.definition))) continue
    const name = object.name.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&')
    if (new RegExp(`(?<![\\w$])"?${name}"?\\s*\\(`, 'u').test(sql)) return true
  }
  return false
}

/** The hazards within a list: a table that the list itself made has no rows and no readers yet. */
export function hazardsIn(op: Operation, sql: string, walk: Walk): readonly Hazard[] {
  const from =
    op.kind === 'alterColumn' ? (op.before?.type ?? columnBefore(walk, op.table, op.column)?.type) : undefined
  const hazards = hazardsOf(op, sql, {
    ...(from === undefined ? {} : { from }),
    ...(op.kind === 'addColumn' ? addedFacts(op.column, walk.before) : {}),
    ...(sql.endsWith(' SET NOT NULL') ? { provenNotNull: provenNotNull(op, walk) } : {}),
  })
  if (hazards.length === 0) return hazards
  const fresh = walk.madeRelations
  if (fresh.size === 0) return hazards
  return hazards.filter(
    (h) =>
      h.code === 'OPEN_SESSIONS' || !(fresh.has(h.object) || (h.code === 'DATA_LOSS' && fresh.has(parent(h.object)))),
  )
}

/** `app.posts` of `app.posts.status`. */
function parent(object: string): string {
  return object.slice(0, Math.max(0, object.lastIndexOf('.')))
}
