/** Changes of who may read or write: grants, owners, policies, row level security. */
import type { Operation } from '../../../operations/kinds.ts'
import { refText } from '../../../schema/keys.ts'
import type { Hazard } from '../../dialect.ts'
import type { Walk } from '../../shared/walk.ts'

/** The hazard of an operation on an object that was there before the revision. */
export function changesPrivileges(op: Operation, walk: Walk): readonly Hazard[] {
  const object = changed(op)
  if (object === undefined || madeIn(object, walk)) return []
  return [{ code: 'PRIVILEGES', object, message: `changes who may use ${object}` }]
}

function changed(op: Operation): string | undefined {
  switch (op.kind) {
    case 'grant':
    case 'revoke':
    case 'setOwner':
      return refText(op.on.schema === undefined ? { name: op.on.name } : { schema: op.on.schema, name: op.on.name })
    case 'createPolicy':
    case 'alterPolicy':
      return refText(op.policy.table)
    case 'dropPolicy':
      return refText(op.table)
    case 'alterTable':
      return op.changes.rowSecurity === undefined && op.changes.forceRowSecurity === undefined
        ? undefined
        : refText(op.table)
    default:
      return undefined
  }
}

/** Relations are known to the walk; types, routines, sequences and schemas are looked for. */
function madeIn(object: string, { ops, at, madeRelations }: Walk): boolean {
  return madeRelations.has(object) || ops.slice(0, at).some((op) => madeBy(op) === object)
}

function madeBy(op: Operation): string | undefined {
  switch (op.kind) {
    case 'createSequence':
      return refText(op.sequence)
    case 'createEnum':
      return refText(op.enum)
    case 'createDomain':
      return refText(op.domain)
    case 'createType':
      return refText(op.type)
    case 'createFunction':
      return refText(op.routine)
    case 'createSchema':
      return op.schema.name
    case 'createExtension':
      return op.extension.name
    default:
      return undefined
  }
}
