/** Names that the server would cut to 63 bytes, with a notice only. */
import type { Operation } from '../../../operations/kinds.ts'
import type { Hazard } from '../../dialect.ts'

const most = 63

/** The names that an operation gives. */
function namesGiven(op: Operation): readonly (string | undefined)[] {
  switch (op.kind) {
    case 'createTable': {
      const { name, columns, constraints, indexes } = op.table
      return [name, ...columns.map((c) => c.name), ...constraints.map((c) => c.name), ...indexes.map((i) => i.name)]
    }
    case 'addColumn':
      return [op.column.name]
    case 'alterColumn':
      return [op.changes.newColumnName]
    case 'renameTable':
    case 'renameConstraint':
    case 'renameIndex':
    case 'renameEnum':
    case 'renameSequence':
    case 'renameObject':
    case 'renameSchema':
      return [op.to]
    case 'createIndex':
      return [op.index.name]
    case 'createEnum':
      return [op.enum.name]
    case 'createView':
    case 'createMaterializedView':
      return [op.view.name]
    case 'createSequence':
      return [op.sequence.name]
    case 'createDomain':
      return [op.domain.name]
    case 'createType':
      return [op.type.name]
    case 'createFunction':
      return [op.routine.name]
    case 'createTrigger':
      return [op.trigger.name]
    case 'createPolicy':
      return [op.policy.name]
    case 'createSchema':
      return [op.schema.name]
    default:
      return 'constraint' in op ? [op.constraint.name] : []
  }
}

export const longNames = (op: Operation, sql: string): readonly Hazard[] =>
  namesGiven(op).flatMap((object) =>
    object !== undefined && object.length > most / 4 && sql.includes(object) && Buffer.byteLength(object) > most
      ? [{ code: 'NAME_TOO_LONG', object, message: `the server cuts this name to ${most} bytes` }]
      : [],
  )
