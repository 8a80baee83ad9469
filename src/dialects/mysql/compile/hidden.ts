/** Indexes that the optimizer does not use: INVISIBLE on MySQL, IGNORED on MariaDB. */
import { refText } from '../../../schema/keys.ts'
import type { Index, Ref } from '../../../schema/model.ts'
import type { CompileContext, Draft } from '../../dialect.ts'
import type { Walk } from '../../shared/walk.ts'
import { quote } from '../spell/quote.ts'
import { alterTable } from './alter.ts'
import { serverIn } from './writer.ts'

/** The index as it was before the list: a generated file gives only its name. */
export function known(table: Ref | undefined, name: string, context: CompileContext): Index | undefined {
  const object = table === undefined ? undefined : (context as Walk).start.objects.get(`table:${refText(table)}`)
  return object?.kind === 'table' ? object.indexes.find((i) => i.name === name) : undefined
}

export function hide(table: Ref, index: Index, context: CompileContext): Draft {
  const hidden = index.with?.['invisible'] === 'true'
  const word =
    serverIn(context).flavor === 'mariadb' ? `${hidden ? '' : 'NOT '}IGNORED` : hidden ? 'INVISIBLE' : 'VISIBLE'
  return alterTable(table, [`ALTER INDEX ${quote(index.name)} ${word}`])
}

/** Whether a key or index of the name is dropped by an earlier operation of the list, and one of the two is hidden. */
export function isDropped(table: Ref, name: string, context: CompileContext): boolean {
  // A cast: `compileWith` gives every handler the whole list.
  const { ops, at } = context as Walk
  const op = ops[at]
  return ops.slice(0, at).some((o) => {
    if ((o.kind !== 'dropConstraint' && o.kind !== 'dropIndex') || o.table?.name !== table.name) return false
    if ((o.kind === 'dropIndex' ? o.index.name : o.name) !== name) return false
    const before = o.kind === 'dropIndex' ? (o.definition ?? known(o.table, name, context)) : undefined
    const now = op?.kind === 'createIndex' ? op.index.with?.['invisible'] : undefined
    return before?.with?.['invisible'] !== now
  })
}

/** Makes a unique key visible that has the name of a dropped hidden index: the server would keep it hidden. */
export function shown(table: Ref, name: string, context: CompileContext): readonly Draft[] {
  return isDropped(table, name, context) ? [hide(table, { name, elements: [] }, context)] : []
}
