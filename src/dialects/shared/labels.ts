/** Whether an operation may use an enum label that the open transaction added (specs/enums.md S5 and section 5). */
import type { Operation } from '../../operations/kinds.ts'
import { enumKey, refText } from '../../schema/keys.ts'
import type { ColumnType } from '../../schema/model.ts'

/** Properties that hold names and prose, never a label that is evaluated. */
const names = new Set([
  'kind',
  'name',
  'schema',
  'column',
  'newColumnName',
  'to',
  'comment',
  'referencedColumns',
  'include',
  'key',
  'part',
  'description',
])

/**
 * Raw SQL and code always may; a column that is converted to the type may have the label in its rows; any other operation
 * does when its data names the label. Operations on the type itself do not: `RENAME VALUE` is allowed, and a swap
 * recreates every label.
 */
export function usesLabel(op: Operation, type: string, labels: ReadonlySet<string>): boolean {
  switch (op.kind) {
    case 'execute':
    case 'run':
    case 'bulkInsert':
    case 'bulkDelete':
    case 'backfill':
    case 'custom':
    case 'refreshMaterializedView':
      return true
    case 'addEnumValue':
    case 'renameEnumValue':
    case 'alterEnum':
    case 'dropEnumValue':
    case 'renameEnum':
    case 'moveEnum':
      if (enumKey(op.enum) === type) return false
      break
    case 'dropTable':
    case 'dropColumn':
    case 'dropConstraint':
    case 'dropIndex':
    case 'dropView':
    case 'dropMaterializedView':
    case 'dropFunction':
    case 'dropTrigger':
    case 'dropPolicy':
    case 'dropEnum':
    case 'dropDomain':
    case 'dropType':
    case 'dropSequence':
    case 'dropSchema':
    case 'dropExtension':
      return false
    case 'alterColumn':
      if (op.changes.type !== undefined && isOf(op.changes.type, type)) return true
      return mentions({ ...op, before: undefined, mapDown: undefined, usingDown: undefined }, labels)
    default:
      break
  }
  return mentions('before' in op && typeof op.before === 'object' ? { ...op, before: undefined } : op, labels)
}

function isOf(type: ColumnType, key: string): boolean {
  if (type.element !== undefined) return isOf(type.element, key)
  return (
    type.name !== undefined &&
    `enum:${refText({ ...(type.schema === undefined ? {} : { schema: type.schema }), name: type.name })}` === key
  )
}

function mentions(data: unknown, labels: ReadonlySet<string>): boolean {
  if (typeof data === 'string') {
    if (labels.has(data) || /\benum_(range|first|last)\b/iu.test(data)) return true
    const plain = data.replaceAll('\\', '')
    return [...labels].some((label) => spells(plain, label))
  }
  if (Array.isArray(data)) return data.some((item) => mentions(item, labels))
  if (typeof data === 'object' && data !== null) {
    return Object.entries(data).some(([key, value]) => !(names.has(key) && isNames(value)) && mentions(value, labels))
  }
  return false
}

/** Within a text, a label counts only as a quoted word or as an element of an array's text; both without backslashes. */
function spells(text: string, label: string): boolean {
  if (label === '') return text.includes("''") || text.includes('""')
  const word = label.replaceAll('\\', '').replaceAll("'", "''")
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (/['"{,]/u.test(text[at - 1] ?? '')) return true
  return false
}

/** `column` is a name in one operation and a whole column in another. */
function isNames(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))
}
