/** The effects of a rename or move: every place of the draft that names the object. */
import {
  columnKey,
  constraintKey,
  indexKey,
  keyOf,
  refText,
  sameRef,
  sequenceKey,
  tableKey,
} from '../../schema/keys.ts'
import type { Column, ColumnType, Constraint, Definition, Index, Ref, SchemaObject, Table } from '../../schema/model.ts'
import type { Draft } from '../definition.ts'
import { keyIsOf, keyParts, rewriteDependencies, rewriteObjects } from './draft.ts'
import { mentions } from './mentions.ts'
import { identityAfter, renameTableInSetting } from './rename-settings.ts'
import { respell, type Respelling } from './respell.ts'
import { spellRef } from './respell-query.ts'
import { spellName, spellString, stringValue, tokens } from './tokens.ts'

/** Replaces `from` by another name wherever it occurs. */
function swap(ref: Ref, from: Ref, to: Ref): Ref {
  return sameRef(ref, from) ? to : ref
}

/** A type with every use of a user's type replaced. */
export function renameInType(type: ColumnType, from: Ref, to: Ref): ColumnType {
  if (type.element !== undefined) {
    const element = renameInType(type.element, from, to)
    return element === type.element ? type : { ...type, element }
  }
  if (type.name !== from.name || type.schema !== from.schema) return type
  const { schema: _, ...rest } = type
  return to.schema === undefined ? { ...rest, name: to.name } : { ...rest, name: to.name, schema: to.schema }
}

function mapSame<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  let changed = false
  const out = list.map((item) => {
    const next = change(item)
    if (next !== item) changed = true
    return next
  })
  return changed ? out : list
}

/** Renames (or moves) a table: foreign keys, parents, owners of sequences, triggers, policies and edges follow. */
export function renameTableEverywhere(draft: Draft, from: Ref, to: Ref): void {
  const moved = from.schema !== to.schema
  const spelling: Respelling = { kind: 'relation', from, to }
  const taken: Ref[] = []
  rewriteObjects(draft, (object) => {
    const next = renameTypeIn(renameTableIn(object, from, to), from, to)
    if (next.kind === 'sequence' && moved && next.ownedBy !== undefined && sameRef(next.ownedBy.table, to)) {
      taken.push(refOf(next))
      return moveRef(next, { ...to, name: next.name })
    }
    return respell(next, spelling)
  })
  // Sequences that the table owns move with it to another schema.
  for (const sequence of taken) {
    const there = { ...to, name: sequence.name }
    rewriteObjects(draft, (object) => respell(object, { kind: 'relation', from: sequence, to: there }))
    rewriteDependencies(draft, (key) => (key === sequenceKey(sequence) ? sequenceKey(there) : key))
  }
  const table = draft.objects.get(`table:${refText(to)}`)
  const indexes = new Set(
    moved && table?.kind === 'table' ? namesInSchema(table).map((name) => indexKey({ ...from, name })) : [],
  )
  rewriteDependencies(draft, (key) => {
    if (indexes.has(key))
      return indexKey(
        to.schema === undefined ? { name: keyParts(key).at(-1)! } : { schema: to.schema, name: keyParts(key).at(-1)! },
      )
    const setting = /^definition:(column options|column default|clustering|trigger state|rule) (.*)$/s.exec(key)
    if (setting !== null) return `definition:${setting[1]} ${identityAfter(setting[1]!, setting[2]!, from, to)}`
    if (!keyIsOf(key, from)) return key
    const kind = key.slice(0, key.indexOf(':'))
    if (kind === 'table') return `table:${refText(to)}`
    if (kind === 'column') return columnKey(to, keyParts(key).at(-1)!)
    if (kind === 'constraint') return constraintKey(to, keyParts(key).at(-1)!)
    if (kind === 'trigger' || kind === 'policy') return columnKey(to, keyParts(key).at(-1)!).replace('column', kind)
    return key
  })
}

/** Indexes, and constraints that have one, live in the table's schema. */
function namesInSchema(table: Table): readonly string[] {
  return [...table.indexes.map((i) => i.name), ...table.constraints.map((c) => c.name)]
}

function renameTableIn(object: SchemaObject, from: Ref, to: Ref): SchemaObject {
  if (object.kind === 'trigger' || object.kind === 'policy') {
    return sameRef(object.table, from) ? { ...object, table: to } : object
  }
  if (object.kind === 'sequence') {
    const owner = object.ownedBy
    return owner !== undefined && sameRef(owner.table, from) ? { ...object, ownedBy: { ...owner, table: to } } : object
  }
  if (object.kind === 'definition') {
    return object.table !== undefined && sameRef(object.table, from) ? renameTableInSetting(object, from, to) : object
  }
  if (object.kind !== 'table') return object
  let table = object
  if (sameRef(table, from)) {
    const { schema: _, ...rest } = table
    table = to.schema === undefined ? { ...rest, name: to.name } : { ...rest, name: to.name, schema: to.schema }
  }
  const constraints = mapSame(table.constraints, (c) =>
    c.kind === 'foreignKey' && sameRef(c.references, from) ? { ...c, references: to } : c,
  )
  if (constraints !== table.constraints) table = { ...table, constraints }
  if (table.inherits?.some((p) => sameRef(p, from)))
    table = { ...table, inherits: table.inherits.map((p) => swap(p, from, to)) }
  if (table.partitionOf !== undefined && sameRef(table.partitionOf.parent, from)) {
    table = { ...table, partitionOf: { ...table.partitionOf, parent: to } }
  }
  return table
}

const renameIn = (names: readonly string[], from: string, to: string): readonly string[] =>
  names.includes(from) ? names.map((n) => (n === from ? to : n)) : names

function renameColumnInConstraint(
  c: Constraint,
  table: boolean,
  references: boolean,
  from: string,
  to: string,
): Constraint {
  let next = c
  if (table && 'columns' in next) {
    const columns = renameIn(next.columns, from, to)
    if (columns !== next.columns) next = { ...next, columns }
  }
  if (table && 'include' in next && next.include !== undefined) {
    const include = renameIn(next.include, from, to)
    if (include !== next.include) next = { ...next, include }
  }
  if (next.kind === 'foreignKey') {
    if (table && next.onDeleteColumns?.includes(from))
      next = { ...next, onDeleteColumns: renameIn(next.onDeleteColumns, from, to) }
    if (references && next.referencedColumns.includes(from))
      next = { ...next, referencedColumns: renameIn(next.referencedColumns, from, to) }
  }
  if (table && next.kind === 'exclude') {
    const elements = mapSame(next.elements, (e) => (e.column === from ? { ...e, column: to } : e))
    if (elements !== next.elements) next = { ...next, elements }
  }
  return next
}

function renameColumnInIndex(index: Index, from: string, to: string): Index {
  const elements = mapSame(index.elements, (e) => (e.column === from ? { ...e, column: to } : e))
  const include = index.include === undefined ? undefined : renameIn(index.include, from, to)
  return elements === index.elements && include === index.include
    ? index
    : { ...index, elements, ...(include === undefined ? {} : { include }) }
}

const columnText = (table: Ref, column: string): string => `${spellRef(table)}.${spellName(column)}`

/** The options of a column (`SET (n_distinct = …)`), which are identified by its name. */
function renameColumnInOptions(object: Definition, table: Ref, from: string, to: string): Definition {
  if (object.objectKind !== 'column options' || object.identity !== columnText(table, from)) return object
  const alters = (text: string): string =>
    text.replace(` ALTER COLUMN ${spellName(from)} `, () => ` ALTER COLUMN ${spellName(to)} `)
  return {
    ...object,
    identity: columnText(table, to),
    create: object.create.map(alters),
    drop: alters(object.drop),
  }
}

/** Renames a column: constraints here and foreign keys elsewhere, indexes, sequences it owns, expressions, edges. */
export function renameColumnEverywhere(draft: Draft, table: Ref, from: string, to: string): void {
  const spelling: Respelling = { kind: 'column', table, from, to }
  rewriteObjects(draft, (object) => {
    let next = object
    if (object.kind === 'table') {
      const here = sameRef(object, table)
      const columns = here
        ? mapSame(object.columns, (c): Column => (c.name === from ? { ...c, name: to } : c))
        : object.columns
      const constraints = mapSame(object.constraints, (c) =>
        renameColumnInConstraint(c, here, c.kind === 'foreignKey' && sameRef(c.references, table), from, to),
      )
      const indexes = here ? mapSame(object.indexes, (i) => renameColumnInIndex(i, from, to)) : object.indexes
      if (columns !== object.columns || constraints !== object.constraints || indexes !== object.indexes) {
        next = { ...object, columns, constraints, indexes }
      }
    } else if (object.kind === 'sequence' && object.ownedBy !== undefined) {
      const owner = object.ownedBy
      if (sameRef(owner.table, table) && owner.column === from) next = { ...object, ownedBy: { table, column: to } }
    } else if (object.kind === 'definition') next = renameColumnInOptions(object, table, from, to)
    return respell(next, spelling)
  })
  const [old, now] = [columnKey(table, from), columnKey(table, to)]
  const [options, optionsNow] = [from, to].map((name) => `definition:column options ${columnText(table, name)}`)
  rewriteDependencies(draft, (key) => (key === old ? now : key === options ? optionsNow! : key))
}

/** What has columns, attributes or a base of a type, or of the row type of a relation, under the type's other name. */
function renameTypeIn(object: SchemaObject, from: Ref, to: Ref): SchemaObject {
  const typed = <T extends { readonly type: ColumnType }>(part: T): T => {
    const type = renameInType(part.type, from, to)
    return type === part.type ? part : { ...part, type }
  }
  switch (object.kind) {
    case 'table': {
      const columns = mapSame(object.columns, typed)
      return columns === object.columns ? object : { ...object, columns }
    }
    case 'composite': {
      const attributes = mapSame(object.attributes, typed)
      return attributes === object.attributes ? object : { ...object, attributes }
    }
    case 'domain':
      return typed(object)
    case 'range': {
      const subtype = renameInType(object.subtype, from, to)
      return subtype === object.subtype ? object : { ...object, subtype }
    }
    default:
      return object
  }
}

/** Renames (or moves) a user's type of any sort: columns, domains, composites, ranges, routines' arguments, texts. */
export function renameTypeEverywhere(
  draft: Draft,
  kind: 'enum' | 'domain' | 'composite' | 'range',
  from: Ref,
  to: Ref,
): void {
  const spelling: Respelling = { kind: 'type', from, to }
  rewriteObjects(draft, (object) => {
    let next = renameTypeIn(object, from, to)
    if (next.kind === kind && sameRef(next, from)) next = moveRef(next, to)
    return respell(next, spelling)
  })
  rewriteDependencies(draft, (key) => {
    const parts = keyParts(key)
    if (key.startsWith(`${kind}:`) && key === `${kind}:${refText(from)}`) return `${kind}:${refText(to)}`
    if (
      kind === 'enum' &&
      key.startsWith('enum-value:') &&
      key.startsWith(`enum-value:${refText(from)}.`) &&
      parts.length === (from.schema === undefined ? 2 : 3)
    ) {
      return columnKey(to, parts.at(-1)!).replace('column', 'enum-value')
    }
    return key
  })
}

/** The object under another name and schema. */
export function moveRef<T extends SchemaObject & Ref>(object: T, to: Ref): T {
  const { schema: _, ...rest } = object
  // The same object with another name and schema.
  return { ...rest, name: to.name, ...(to.schema === undefined ? {} : { schema: to.schema }) } as T
}

/** Renames (or moves) an object whose users name it in texts alone, if at all: sequences, views, routines. */
export function renameObjectEverywhere(draft: Draft, object: SchemaObject & Ref, to: Ref): void {
  const from: Ref = object
  const oldKey = keyOf(object)
  const renamed = moveRef(object, to)
  const spelling: Respelling | undefined =
    object.kind === 'view' || object.kind === 'sequence'
      ? { kind: 'relation', from: { ...refOf(from) }, to }
      : undefined
  rewriteObjects(draft, (o) => {
    const next = o === object ? renamed : object.kind === 'view' ? renameTypeIn(o, from, to) : o
    if (
      object.kind === 'view' &&
      (next.kind === 'trigger' || next.kind === 'definition') &&
      next.table !== undefined &&
      sameRef(next.table, from)
    ) {
      return respell(next.kind === 'trigger' ? { ...next, table: to } : renameTableInSetting(next, from, to), spelling!)
    }
    return spelling === undefined ? next : respell(next, spelling)
  })
  const newKey = keyOf(renamed)
  rewriteDependencies(draft, (key) => {
    if (key === oldKey) return newKey
    if (object.kind === 'view' && keyIsOf(key, from) && /^(column|trigger):/.test(key)) {
      return columnKey(to, keyParts(key).at(-1)!).replace('column', key.slice(0, key.indexOf(':')))
    }
    return key
  })
}

function refOf(ref: Ref): Ref {
  return ref.schema === undefined ? { name: ref.name } : { schema: ref.schema, name: ref.name }
}

/** Tables that are partitioned by a column of the enum, directly or below one that is. */
function partitionedBy(draft: Draft, type: Ref): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const [key, o] of draft.objects) {
    if (o.kind !== 'table' || o.partitionBy === undefined) continue
    const by = o.partitionBy
    if (o.columns.some((c) => usesEnum(c.type, type) && mentions(by, c.name))) keys.add(key)
  }
  return keys
}

/** Renames a label in every text and literal that means it. */
export function renameLabelEverywhere(draft: Draft, type: Ref, from: string, to: string): void {
  const partitioned = partitionedBy(draft, type)
  rewriteObjects(draft, (object) => {
    if (
      object.kind === 'table' &&
      object.partitionOf !== undefined &&
      partitioned.has(tableKey(object.partitionOf.parent))
    ) {
      const bound = tokens(object.partitionOf.bound)
        .map((t) => (stringValue(t) === from ? spellString(to) : t.text))
        .join('')
      if (bound !== object.partitionOf.bound) object = { ...object, partitionOf: { ...object.partitionOf, bound } }
    }
    if (object.kind !== 'table' && object.kind !== 'domain') return respell(object, { kind: 'label', type, from, to })
    let next: SchemaObject = object
    if (object.kind === 'table') {
      const columns = mapSame(object.columns, (c) => {
        if (c.default?.kind !== 'literal' || !usesEnum(c.type, type)) return c
        const value = swapLabel(c.default.value, from, to)
        return value === c.default.value ? c : { ...c, default: { kind: 'literal', value } as const }
      })
      if (columns !== object.columns) next = { ...object, columns }
    } else if (object.default?.kind === 'literal' && usesEnum(object.type, type)) {
      next = { ...object, default: { kind: 'literal', value: swapLabel(object.default.value, from, to) } }
    }
    return respell(next, { kind: 'label', type, from, to })
  })
}

/** Whether values of the type are labels of the enum, singly or in arrays. */
export function usesEnum(type: ColumnType, enumType: Ref): boolean {
  if (type.element !== undefined) return usesEnum(type.element, enumType)
  return type.kind === 'enum' && type.name === enumType.name && type.schema === enumType.schema
}

type Literal = string | number | boolean | null | readonly Literal[]
function swapLabel(value: Literal, from: string, to: string): Literal {
  if (Array.isArray(value)) return mapSame(value as readonly Literal[], (v) => swapLabel(v, from, to))
  return value === from ? to : value
}
