/** Tables that a statement locks besides its own: the other end of a foreign key, parents, partitions, the users of a domain. */
import type { Operation } from '../../../operations/kinds.ts'
import { refText, sameRef } from '../../../schema/keys.ts'
import type { Constraint, Ref, Schema, Table } from '../../../schema/model.ts'
import type { Hazard } from '../../dialect.ts'
import type { Walk } from '../../shared/walk.ts'
import { tableBefore } from '../spell/writer.ts'
import { blocks, held } from './locks.ts'

interface Other {
  readonly table: Ref
  readonly lock: string
  /** It is read as a whole too. */
  readonly read?: true
}

/** The hazards of a statement for tables that it does not name. */
export function otherTables(op: Operation, sql: string, walk: Walk): readonly Hazard[] {
  return others(op, sql, walk).flatMap(({ table, lock, read }): readonly Hazard[] => {
    const object = refText(table)
    const code = blocks[lock]!
    return [
      ...(read === true ? [{ code: 'FULL_SCAN', object, message: `reads all rows of ${object}`, lock }] : []),
      { code, object, message: held(code, object), lock },
    ]
  })
}

const exclusive = 'ACCESS EXCLUSIVE'
const shareRow = 'SHARE ROW EXCLUSIVE'

/** Tables that foreign keys refer to. */
const referenced = (constraints: readonly Constraint[], from: Ref, lock: string): readonly Other[] => {
  const out: Other[] = []
  for (const c of constraints)
    if (c.kind === 'foreignKey' && !sameRef(c.references, from) && !out.some((o) => sameRef(o.table, c.references)))
      out.push({ table: c.references, lock })
  return out
}

function others(op: Operation, sql: string, walk: Walk): readonly Other[] {
  switch (op.kind) {
    case 'createForeignKey':
      return / FOREIGN KEY /u.test(sql) ? referenced([op.constraint], op.table, shareRow) : []
    case 'createTable': {
      if (!/^(?:CREATE |ALTER TABLE .* ADD )/su.test(sql)) return []
      const { partitionOf, constraints } = op.table
      const keys = / REFERENCES /u.test(sql) ? referenced(constraints, op.table, shareRow) : []
      if (partitionOf === undefined || !/ PARTITION OF /u.test(sql)) return keys
      return [...keys, { table: partitionOf.parent, lock: exclusive }, ...defaultOf(partitionOf.parent, walk.before)]
    }
    case 'dropTable': {
      const table = op.definition ?? tableBefore(walk, op.table)
      if (table === undefined || !sql.startsWith('DROP TABLE ')) return []
      const parent = table.partitionOf === undefined ? [] : [{ table: table.partitionOf.parent, lock: exclusive }]
      return [...referenced(table.constraints, op.table, exclusive), ...parent]
    }
    case 'dropColumn': {
      const using = (tableBefore(walk, op.table)?.constraints ?? []).filter(
        (c) => c.kind === 'foreignKey' && c.columns.includes(op.column),
      )
      return / DROP COLUMN /u.test(sql) ? referenced(using, op.table, exclusive) : []
    }
    case 'dropConstraint': {
      const found = op.definition ?? tableBefore(walk, op.table)?.constraints.find((c) => c.name === op.name)
      return found === undefined ? [] : referenced([found], op.table, exclusive)
    }
    case 'attachPartition':
      return defaultOf(op.table, walk.before)
    case 'detachPartition':
      // Its second transaction, where it is done concurrently: the parent stays available, the partition does not.
      return [{ table: op.partition, lock: exclusive }]
    case 'alterDomain':
      return / ADD (?:CONSTRAINT .*)?CHECK |SET NOT NULL| VALIDATE /su.test(sql) && !sql.endsWith(' NOT VALID')
        ? usersOf(op.domain, walk.before)
        : []
    default:
      return []
  }
}

const tablesOf = (schema: Schema): readonly Table[] =>
  [...schema.objects.values()].filter((o): o is Table => o.kind === 'table')

/** Rows of a default partition must not belong in the new one. */
function defaultOf(parent: Ref, before: Schema): readonly Other[] {
  const found = tablesOf(before).find(
    ({ partitionOf: of }) => of !== undefined && sameRef(of.parent, parent) && of.bound.toUpperCase() === 'DEFAULT',
  )
  return found === undefined ? [] : [{ table: found, lock: exclusive, read: true }]
}

/** Tables with a column of the domain, or of a domain over it. */
function usersOf(domain: Ref, before: Schema): readonly Other[] {
  const over = [...before.objects.values()].flatMap((o) =>
    o.kind === 'domain' && o.type.kind === 'domain' && sameRef(o.type as Ref, domain) ? usersOf(o, before) : [],
  )
  const own = tablesOf(before).filter((t) =>
    t.columns.some(({ type }) => type.kind === 'domain' && sameRef(type as Ref, domain)),
  )
  return [...own.map((table): Other => ({ table, lock: 'SHARE', read: true })), ...over]
}
