/** Programs from before the revision that fail after it: a name goes, a column may be null, a constraint no longer holds. */
import type { Operation } from '../../../operations/kinds.ts'
import { refText, sameRef } from '../../../schema/keys.ts'
import type { Hazard } from '../../dialect.ts'
import { madeAgainIn } from '../../shared/raw/made-again.ts'
import type { Walk } from '../../shared/walk.ts'

type Broken = Pick<Hazard, 'object' | 'message'>

/** The assumption of programs that the statement breaks. */
export function brokenBy(op: Operation, sql: string, walk: Walk): Broken | undefined {
  const gone = (object: string): Broken => ({
    object,
    message: `programs that use ${object} by this name fail from then on`,
  })
  const dropped = (kind: string, object: string): Broken | undefined =>
    madeAgainIn(walk.ops, walk.at + 1)(kind, object) ? undefined : gone(object)
  switch (op.kind) {
    case 'renameTable':
    case 'moveTable':
      return gone(refText(op.table))
    case 'renameSchema':
      return gone(op.name)
    case 'renameEnumValue':
      return gone(`${refText(op.enum)}.${op.from}`)
    case 'renameObject':
    case 'moveObject':
      return /^(?:view|materialized view|function|procedure)$/u.test(op.object.kind)
        ? gone(refText(op.object))
        : undefined
    case 'dropView':
    case 'dropMaterializedView':
      return sql.startsWith('DROP ') ? dropped('VIEW', refText(op.view)) : undefined
    case 'dropFunction':
      return sql.startsWith('DROP ') ? dropped('FUNCTION', refText(op.routine)) : undefined
    case 'dropConstraint': {
      const object = `${refText(op.table)}.${op.name}`
      if (!/ DROP CONSTRAINT /u.test(sql) || madeBefore(op, walk)) return undefined
      if (madeAgainIn(walk.ops, walk.at + 1)('CONSTRAINT', object)) return undefined
      return { object, message: `programs that rely on ${object} may meet rows that break it from then on` }
    }
    case 'alterColumn': {
      const object = `${refText(op.table)}.${op.column}`
      if (/ RENAME COLUMN /u.test(sql)) return gone(object)
      return sql.endsWith(' DROP NOT NULL')
        ? { object, message: `programs that read ${object} may meet null from then on` }
        : undefined
    }
    default:
      return undefined
  }
}

/** The revision created the constraint itself, as a help. */
function madeBefore(op: Extract<Operation, { kind: 'dropConstraint' }>, { ops, at }: Walk): boolean {
  return ops
    .slice(0, at)
    .some((o) => 'constraint' in o && 'table' in o && sameRef(o.table, op.table) && o.constraint.name === op.name)
}
