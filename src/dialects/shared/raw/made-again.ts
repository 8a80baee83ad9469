/** What a revision drops and creates again is not gone for those who use it. */
import type { Operation } from '../../../operations/kinds.ts'
import { refText } from '../../../schema/keys.ts'
import type { SqlTextRules } from '../../../util/split-sql.ts'
import { Reader, statementsOf } from './tokens.ts'

/** Whether a later operation of the list (or this one's own text) creates an object of the kind with this name. */
export const madeAgainIn =
  (ops: readonly Operation[], at: number, rules?: SqlTextRules) =>
  (kind: string, name: string): boolean =>
    ops.slice(at).some((op) => makes(op, kind, name, rules))

function makes(op: Operation, kind: string, name: string, rules: SqlTextRules | undefined): boolean {
  switch (op.kind) {
    case 'createView':
    case 'createMaterializedView':
    case 'replaceView':
      return (kind === 'VIEW' || kind === 'MATERIALIZED' || kind === 'TABLE') && refText(op.view) === name
    case 'createTable':
      return (kind === 'VIEW' || kind === 'MATERIALIZED') && refText(op.table) === name
    case 'createFunction':
    case 'replaceFunction':
      return isRoutine(kind) && refText(op.routine) === name
    case 'createPrimaryKey':
    case 'createUniqueConstraint':
    case 'createForeignKey':
    case 'createCheckConstraint':
    case 'createExcludeConstraint':
      return kind === 'CONSTRAINT' && `${refText(op.table)}.${op.constraint.name ?? ''}` === name
    case 'renameTable':
      return kind !== 'CONSTRAINT' && !isRoutine(kind) && refText({ ...op.table, name: op.to }) === name
    case 'execute':
      return statementsOf(op.sql, rules).some((tokens) => textMakes(new Reader(tokens), kind, name))
    default:
      return false
  }
}

const isRoutine = (kind: string): boolean => /^(?:FUNCTION|PROCEDURE|ROUTINE|AGGREGATE)$/u.test(kind)

function textMakes(r: Reader, kind: string, name: string): boolean {
  if (kind === 'CONSTRAINT') {
    if (!r.take('ALTER', 'TABLE')) return false
    r.take('IF', 'EXISTS')
    r.take('ONLY')
    const table = r.name() ?? ''
    return r.parts().some((part) => {
      const p = new Reader(part)
      return p.take('ADD', 'CONSTRAINT') && `${table}.${p.name() ?? ''}` === name
    })
  }
  if (!r.take('CREATE')) return false
  while (r.oneOf('OR', 'REPLACE', 'RECURSIVE', 'MATERIALIZED', 'TEMP', 'TEMPORARY') !== undefined);
  const made = r.oneOf('VIEW', 'TABLE', 'FUNCTION', 'PROCEDURE', 'AGGREGATE')
  if (made === undefined || isRoutine(kind) !== isRoutine(made)) return false
  r.take('IF', 'NOT', 'EXISTS')
  return r.name() === name
}
