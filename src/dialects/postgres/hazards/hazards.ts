/** The hazards of a statement: rows lost, tables rewritten or scanned, and the locks it takes (manual, 13.3 and ALTER TABLE). */
import { aboutCounter } from '../../../schema/counted.ts'
import type { ColumnChanges, Operation } from '../../../operations/kinds.ts'
import { holderText, plainText, refText } from '../../../schema/keys.ts'
import type { Ref } from '../../../schema/model.ts'
import type { Hazard } from '../../dialect.ts'
import type { Walk } from '../../shared/walk.ts'
import { rewrites } from '../casts/casts.ts'
import { byTimeZone, labelsLost, lossOf, narrows } from '../../shared/losses.ts'
import { brokenBy } from './clients.ts'
import { longNames } from './long-names.ts'
import { changesPrivileges } from './privileges.ts'
import { factsOf } from './facts.ts'
import type { HazardFacts } from './facts.ts'
import { blocks, held, lockOf } from './locks.ts'
import { otherTables } from './others.ts'

/** The table that an operation is about, where it is about one that exists. */
function tableOf(op: Operation): Ref | undefined {
  // An attached table is scanned and locked; its new parent stays available.
  if (op.kind === 'attachPartition') return op.partition
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
    case 'setOwner':
      return /^(?:table|view|materialized view)$/u.test(op.on.kind) ? inSchema(op.on) : undefined
    default:
      return undefined
  }
}

const inSchema = ({ schema, name }: Ref): Ref => (schema === undefined ? { name } : { schema, name })

/** The same, found by the operation's object where it does not give the table. */
function tableIn(op: Operation, { before }: Walk): Ref | undefined {
  const said = tableOf(op)
  if (said !== undefined || op.kind !== 'dropIndex') return said
  for (const object of before.objects.values())
    if (object.kind === 'table' && object.schema === op.index.schema)
      if (object.indexes.some((i) => i.name === op.index.name)) return inSchema(object)
  return undefined
}

/** The hazards of one statement of an operation; pure. */
export function hazardsOf(op: Operation, sql: string, facts: HazardFacts = {}, table = tableOf(op)): readonly Hazard[] {
  const out: Hazard[] = []
  const lock = op.kind === 'backfill' ? 'ROW EXCLUSIVE' : lockOf(sql)
  const on = table === undefined ? undefined : refText(table)
  const add = (code: string, object: string, message: string): void => {
    const told = lock === 'ROW EXCLUSIVE' && op.kind !== 'backfill' ? undefined : lock
    out.push({ code, object, message, ...(told === undefined ? {} : { lock: told }) })
  }

  for (const [object, message] of losses(op, sql, facts)) add('DATA_LOSS', object, message)
  const swapped = /^ALTER TABLE (.*?)\s+(?:ALTER|ADD|DROP) C/su.exec(sql)?.[1]
  if ((op.kind === 'alterEnum' || op.kind === 'dropEnumValue') && swapped !== undefined) {
    if (/ TYPE .* USING /u.test(sql)) add('TABLE_REWRITE', plainText(swapped), `rewrites ${swapped} and its indexes`)
    else if (lock === 'ACCESS EXCLUSIVE') add('BLOCKS_READS', plainText(swapped), held('BLOCKS_READS', swapped))
  } else if (on !== undefined) {
    const heavy = heavyWork(op, sql, facts)
    if (heavy === 'rewrite') add('TABLE_REWRITE', on, `rewrites ${on} and its indexes`)
    else if (heavy === 'scan') add('FULL_SCAN', on, `reads all rows of ${on}`)
    const code = lock === undefined ? undefined : blocks[lock]
    const said = out.some((h) => h.code === 'TABLE_REWRITE' || h.code === 'DATA_LOSS')
    if (code !== undefined && !said) add(code, on, held(code, on))
  }
  const zoned =
    op.kind === 'alterColumn' && op.using === undefined && op.changes.type !== undefined && / TYPE /u.test(sql)
  if (zoned && byTimeZone(facts.from ?? op.before?.type, op.changes.type)) {
    const place = `${refText(op.table)}.${op.column}`
    add('TIME_ZONE', place, `reads the values of ${place} as times of the session's time zone`)
  }
  if (op.kind === 'alterExtension' && / UPDATE\b/u.test(sql))
    add('OPAQUE', op.extension.name, `runs the upgrade script of ${op.extension.name}: what it does cannot be told`)
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

/** Lost data: the object by the name that allows it, and a sentence. */
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
    case 'dropEnumValue':
    case 'alterEnum':
      return sql.startsWith('CREATE TYPE ') ? labelsLost(op) : []
    case 'alterColumn': {
      const place = `${refText(op.table)}.${op.column}`
      if (sql.endsWith(' DROP IDENTITY') && !keepsCounter(op.changes))
        return [[place, `drops the counter of ${place} with its position`]]
      if (sql.startsWith('DROP SEQUENCE ')) return []
      const from = facts.from ?? op.before?.type
      const { type } = op.changes
      if (type === undefined || !/ TYPE /u.test(sql)) return []
      if (op.map !== undefined && merges(op.map)) return [[place, `${place}: values that differ become the same`]]
      return (facts.narrowed ?? narrows(from, type)) ? [[place, lossOf(place, from, type)]] : []
    }
    case 'alterTable':
      if (!sql.endsWith(' SET UNLOGGED')) return []
      return [[refText(op.table), `the rows of ${refText(op.table)} are lost when the server crashes from then on`]]
    case 'alterType': {
      const attribute = / DROP ATTRIBUTE (.+?)(?: CASCADE)?$/u.exec(sql)?.[1]?.replaceAll('"', '')
      const part = `${refText(op.type)}.${attribute}`
      return attribute === undefined ? [] : [[part, `drops attribute ${part} with its values`]]
    }
    case 'alterDomain':
    default:
      return []
  }
}

/** An identity column that becomes a serial one: its sequence goes on where the counter was. */
const keepsCounter = ({ type, default: preset }: ColumnChanges): boolean =>
  type?.kind.endsWith('serial') === true || (preset?.kind === 'sql' && /\bnextval\(/iu.test(preset.sql))

/** Whether two values become one, or one becomes NULL. */
function merges(map: Readonly<Record<string, string | null>>): boolean {
  const to = Object.values(map)
  return to.includes(null) || new Set(to).size < to.length
}

/** Whether a statement rewrites a table or reads all of it. */
function heavyWork(op: Operation, sql: string, facts: HazardFacts): 'rewrite' | 'scan' | undefined {
  switch (op.kind) {
    case 'alterColumn': {
      if (/^ALTER TABLE .* ALTER COLUMN .* TYPE /su.test(sql)) {
        const to = op.changes.type
        if (to === undefined) return facts.readAgain === true ? 'scan' : undefined
        if (op.using !== undefined || op.map !== undefined) return 'rewrite'
        if (facts.rewritten ?? rewrites(facts.from ?? op.before?.type, to)) return 'rewrite'
        return facts.readAgain === true ? 'scan' : undefined
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
        // Each row gets the value, which is checked against the domain's constraints; the statement does not show these.
        if (c.type.kind === 'domain' || c.type.element?.kind === 'domain')
          return facts.plainDomain === true ? undefined : 'rewrite'
        // Existing rows would be null: they are checked.
        if (c.default === undefined && sql.includes(' NOT NULL')) return 'scan'
        return c.default?.kind === 'sql' && (facts.callsVolatile === true || volatile(c.default.sql))
          ? 'rewrite'
          : undefined
      }
      return / VALIDATE CONSTRAINT /u.test(sql) || sql.startsWith('UPDATE ') ? 'scan' : undefined
    }
    case 'alterTable':
      return / SET (UN)?LOGGED$| SET TABLESPACE /u.test(sql) ? 'rewrite' : undefined
    case 'createPrimaryKey':
      if (!/ ADD /u.test(sql)) return undefined
      return op.usingIndex === undefined || facts.keyNotNull !== true ? 'scan' : undefined
    case 'createUniqueConstraint':
      return / ADD /u.test(sql) && op.usingIndex === undefined ? 'scan' : undefined
    case 'createForeignKey':
    case 'createCheckConstraint':
      return / ADD /u.test(sql) && op.constraint.notValid !== true ? 'scan' : undefined
    case 'createExcludeConstraint':
      return / ADD /u.test(sql) ? 'scan' : undefined
    case 'validateConstraint':
    case 'backfill':
      return 'scan'
    case 'attachPartition':
      return facts.provenBound === true ? undefined : 'scan'
    case 'createIndex':
      return sql.startsWith('CREATE ') && op.index.only !== true ? 'scan' : undefined
    case 'refreshMaterializedView':
      return 'rewrite'
    case 'renameTable':
    default:
      return undefined
  }
}

/** A default with a separate value for every row makes PostgreSQL write each one (ALTER TABLE, Notes). */
function volatile(sql: string): boolean {
  return /\b(random|gen_random_uuid|uuid_generate_\w+|uuidv\d|nextval|clock_timestamp|timeofday|txid_current)\s*\(/iu.test(
    sql,
  )
}

/** Codes whose object may be a part of a table. */
const partly: ReadonlySet<string> = new Set(['DATA_LOSS', 'BREAKS_CLIENTS', 'TIME_ZONE'])

/** Hazards that concern tables created in the same list too. */
const alsoOfNewTables: ReadonlySet<string> = new Set(['OPEN_SESSIONS', 'NAME_TOO_LONG'])

/** The hazards within a list: a table that the list itself creates has no rows and no readers yet. */
export function hazardsIn(op: Operation, sql: string, walk: Walk): readonly Hazard[] {
  const own = hazardsOf(op, sql, factsOf(op, sql, walk), tableIn(op, walk))
  const broken = brokenBy(op, sql, walk)
  const hazards = [
    ...own,
    ...(broken === undefined ? [] : [{ code: 'BREAKS_CLIENTS', ...broken }]),
    ...changesPrivileges(op, walk),
    ...longNames(op, sql),
    ...otherTables(op, sql, walk),
  ]
  if (hazards.length === 0) return hazards
  const fresh = walk.madeRelations
  if (fresh.size === 0) return hazards
  return hazards.filter(
    (h) =>
      alsoOfNewTables.has(h.code) || !(fresh.has(h.object) || (partly.has(h.code) && fresh.has(holderText(h.object)))),
  )
}
