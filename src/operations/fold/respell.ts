/** How a rename changes the texts that the database prints: expressions, view bodies, trigger and policy texts. */
import { sameRef } from '../../schema/keys.ts'
import type { Column, Constraint, Default, Index, Ref, SchemaObject } from '../../schema/model.ts'
import { partsOfDefinition } from '../../schema/routine-parts.ts'
import { nameEnd, renameQueryColumn, renameRelation, spellRef } from './respell-query.ts'
import { beside, spellName, spellString, stringValue, tokens, type Token } from './tokens.ts'

/** One rename, as texts feel it. Function bodies in strings are never touched: the database does not touch them either. */
export type Respelling =
  | { readonly kind: 'relation'; readonly from: Ref; readonly to: Ref }
  | { readonly kind: 'column'; readonly table: Ref; readonly from: string; readonly to: string }
  | { readonly kind: 'type'; readonly from: Ref; readonly to: Ref }
  | { readonly kind: 'schema'; readonly from: string; readonly to: string }
  | { readonly kind: 'label'; readonly type: Ref; readonly from: string; readonly to: string }

/** The kind of a text, which decides how names in it are read. */
type Role = 'expression' | 'query' | 'trigger' | 'routine'

/** The object with its texts respelled; the same object when nothing in it changes. */
export function respell(object: SchemaObject, change: Respelling): SchemaObject {
  const of =
    (relation: Ref): ((text: string, role?: Role) => string) =>
    (text, role = 'expression') =>
      change.kind === 'column' && !sameRef(relation, change.table) ? text : respellText(text, role, change)
  // A table or view has a row type with its own name.
  const type = change.kind === 'relation' ? ({ ...change, kind: 'type' } as const) : change
  switch (object.kind) {
    case 'table': {
      const text = of(object)
      const columns = map(object.columns, (c) => respellColumn(c, text))
      const constraints = map(object.constraints, (c) => respellConstraint(c, text))
      const indexes = map(object.indexes, (i) => respellIndex(i, text))
      const partitionBy = object.partitionBy === undefined ? undefined : text(object.partitionBy)
      if (
        columns === object.columns &&
        constraints === object.constraints &&
        indexes === object.indexes &&
        partitionBy === object.partitionBy
      )
        return object
      return { ...object, columns, constraints, indexes, ...(partitionBy === undefined ? {} : { partitionBy }) }
    }
    case 'view': {
      const text = of(object)
      const definition = respellText(object.definition, 'query', change)
      const columns =
        change.kind === 'column' || change.kind === 'label' || object.columns === undefined
          ? undefined
          : map(object.columns, (c) => changed(c, 'type', respellText(c.type, 'routine', type)))
      const indexes = object.indexes === undefined ? undefined : map(object.indexes, (i) => respellIndex(i, text))
      if (
        definition === object.definition &&
        indexes === object.indexes &&
        (columns === undefined || columns === object.columns)
      )
        return object
      return {
        ...object,
        definition,
        ...(indexes === undefined ? {} : { indexes }),
        ...(columns === undefined ? {} : { columns }),
      }
    }
    case 'domain': {
      if (change.kind === 'column') return object
      const text = of(object)
      const checks = map(object.checks, (c) => changed(c, 'sql', text(c.sql)))
      const value = respellDefault(object.default, text)
      if (checks === object.checks && value === object.default) return object
      return { ...object, checks, ...(value === undefined ? {} : { default: value }) }
    }
    case 'trigger':
      return changed(object, 'definition', of(object.table)(object.definition, 'trigger'))
    case 'policy': {
      const text = of(object.table)
      let next = object
      if (object.using !== undefined) next = changed(next, 'using', text(object.using))
      if (object.check !== undefined) next = changed(next, 'check', text(object.check))
      return next
    }
    case 'routine': {
      if (change.kind === 'column' || change.kind === 'label') return object
      const text = (of: string): string => respellText(of, 'routine', type)
      // In a body, the name of a relation may also mean other things.
      const { head, body } = partsOfDefinition(object.definition)
      let next = changed(object, 'definition', change.kind === 'relation' ? text(head) + body : text(object.definition))
      next = changed(next, 'identityArguments', text(object.identityArguments))
      return object.signature === undefined ? next : changed(next, 'signature', text(object.signature))
    }
    case 'definition': {
      if (change.kind !== 'schema' && !(type.kind === 'type' && ofTypes.has(object.objectKind))) return object
      const text = (of: string): string => respellText(of, 'routine', type)
      let next = changed(object, 'identity', text(object.identity))
      next = changed(next, 'create', map(object.create, text))
      next = changed(next, 'drop', text(object.drop))
      return object.commentOn === undefined ? next : changed(next, 'commentOn', text(object.commentOn))
    }
    default:
      return object
  }
}

/** Kinds of definitions that are identified by the types that they work on. */
const ofTypes: ReadonlySet<string> = new Set(['cast', 'operator', 'operator class', 'operator family', 'transform'])

function changed<T extends object, K extends keyof T>(object: T, key: K, value: T[K]): T {
  return object[key] === value ? object : { ...object, [key]: value }
}

function map<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  let differs = false
  const out = list.map((item) => {
    const next = change(item)
    if (next !== item) differs = true
    return next
  })
  return differs ? out : list
}

type Text = (text: string, role?: Role) => string

function respellDefault(value: Default | undefined, text: Text): Default | undefined {
  return value?.kind === 'sql' ? changed(value, 'sql', text(value.sql)) : value
}

function respellColumn(c: Column, text: Text): Column {
  let next = c
  const value = respellDefault(c.default, text)
  if (value !== c.default) next = { ...next, default: value }
  if (c.generated !== undefined) next = changed(next, 'generated', changed(c.generated, 'sql', text(c.generated.sql)))
  return next
}

function respellConstraint(c: Constraint, text: Text): Constraint {
  if (c.kind === 'check') return changed(c, 'sql', text(c.sql))
  if (c.kind !== 'exclude') return c
  let next = c
  const elements = map(c.elements, (e) =>
    e.expression === undefined ? e : changed(e, 'expression', text(e.expression)),
  )
  next = changed(next, 'elements', elements)
  return c.where === undefined ? next : changed(next, 'where', text(c.where))
}

function respellIndex(i: Index, text: Text): Index {
  const elements = map(i.elements, (e) =>
    e.expression === undefined ? e : changed(e, 'expression', text(e.expression)),
  )
  const next = changed(i, 'elements', elements)
  return i.where === undefined ? next : changed(next, 'where', text(i.where))
}

/** One text with the rename carried through. */
export function respellText(text: string, role: Role, change: Respelling): string {
  const needle = typeof change.from === 'string' ? change.from : change.from.name
  // Most texts do not contain the name at all; labels may be written with doubled quotes or escapes.
  if (!text.includes(needle) && !/['"\\]/.test(needle)) return text
  const list = tokens(text)
  switch (change.kind) {
    case 'type':
      return respellNames(list, change, (at) => isType(list, at, role))
    case 'relation':
      return respellRelations(list, role, change)
    case 'column':
      return role === 'query' ? renameQueryColumn(list, change) : respellColumns(list, role, change)
    case 'schema':
      return respellSchema(list, role, change)
    case 'label':
      return respellLabels(list, change)
  }
}

/** A schema qualifies routines and operators in expressions (relations and types follow by themselves), and all in the head of a statement. */
function respellSchema(list: readonly Token[], role: Role, change: { from: string; to: string }): string {
  return list
    .map((token, at) => {
      const dot = beside(list, at, 1)
      const after = list[beside(list, beside(list, dot, 1), 1)]?.text
      const called = after === '(' || list[beside(list, dot, 1)]?.kind === 'sign'
      const hit =
        token.kind === 'name' &&
        token.name === change.from &&
        list[dot]?.text === '.' &&
        list[beside(list, at, -1)]?.text !== '.' &&
        (role === 'routine' || called)
      return hit ? spellName(change.to) : token.text
    })
    .join('')
}

function respellNames(
  list: readonly Token[],
  change: { from: Ref; to: Ref },
  wanted: (at: number, end: number) => boolean,
): string {
  let out = ''
  for (let at = 0; at < list.length; at++) {
    const end = nameEnd(list, at, change.from)
    if (end !== undefined && wanted(at, end)) {
      out += spellRef(change.to)
      at = end
    } else out += list[at]!.text
  }
  return out
}

/** Types come after `::` and `AS` in a cast; in the head of a routine wherever no other name follows. */
function isType(list: readonly Token[], at: number, role: Role): boolean {
  const before = list[beside(list, at, -1)]
  if (before?.text === '::') return true
  if (role !== 'routine') return false
  const after = list[beside(list, at, 1)]
  return (
    after?.kind !== 'name' ||
    ['default', 'language', 'returns', 'immutable', 'stable', 'volatile', 'strict', 'as', 'begin', 'return'].includes(
      after.name ?? '',
    )
  )
}

/** Relations come in triggers after ON and FROM, and in `'…'::regclass`; queries have a file of their own. */
function respellRelations(list: readonly Token[], role: Role, change: { from: Ref; to: Ref }): string {
  if (role === 'query') list = tokens(renameRelation(list, change))
  let out = ''
  for (let at = 0; at < list.length; at++) {
    const token = list[at]!
    if (
      token.kind === 'string' &&
      list[beside(list, at, 1)]?.text === '::' &&
      list[beside(list, beside(list, at, 1), 1)]?.name === 'regclass'
    ) {
      out += respellRegclass(token.text, change)
      continue
    }
    const end = role === 'trigger' ? nameEnd(list, at, change.from) : undefined
    const before = list[beside(list, at, -1)]?.name
    if (end === undefined || (before !== 'on' && before !== 'from')) out += token.text
    else {
      out += spellRef(change.to)
      at = end
    }
  }
  return out
}

function respellRegclass(literal: string, change: { from: Ref; to: Ref }): string {
  const inner = stringValue({ kind: 'string', text: literal })
  const list = inner === undefined ? [] : tokens(inner)
  if (list.length === 0 || nameEnd(list, 0, change.from) !== list.length - 1) return literal
  return spellString(spellRef(change.to))
}

function respellColumns(list: readonly Token[], role: Role, change: { from: string; to: string }): string {
  let out = ''
  for (const [at, token] of list.entries()) {
    const hit = token.kind === 'name' && token.name === change.from && isColumn(list, at, role)
    out += hit ? spellName(change.to) : token.text
  }
  return out
}

function isColumn(list: readonly Token[], at: number, role: Role): boolean {
  const b = beside(list, at, -1)
  const before = list[b]
  const after = list[beside(list, at, 1)]
  if (before?.text === '::' || after?.text === '(' || after?.text === '.') return false
  if (before?.text === '.') {
    const qualifier = list[beside(list, b, -1)]?.name
    return role !== 'trigger' || qualifier === 'new' || qualifier === 'old'
  }
  if (role !== 'trigger') return true
  // UPDATE OF a, b ON …
  for (let i = b; i >= 0; i = beside(list, i, -1)) {
    if (list[i]?.name === 'of') return true
    if (list[i]?.text !== ',' && list[i]?.kind !== 'name') return false
    if (list[i]?.name === 'on') return false
  }
  return false
}

function respellLabels(list: readonly Token[], change: { type: Ref; from: string; to: string }): string {
  let out = ''
  for (const [at, token] of list.entries()) {
    const cast = beside(list, at, 1)
    const type = beside(list, cast, 1)
    const end = token.kind === 'string' && list[cast]?.text === '::' ? nameEnd(list, type, change.type) : undefined
    const value = end === undefined ? undefined : stringValue(token)
    if (end === undefined || value === undefined) {
      out += token.text
      continue
    }
    const array = list[end + 1]?.text === '[' && value.startsWith('{')
    const next = array ? respellArray(value, change.from, change.to) : value === change.from ? change.to : value
    out += next === value ? token.text : spellString(next)
  }
  return out
}

/** `{a,"b c"}`: PostgreSQL's array text, elements quoted where they must be (manual, 8.15.6). */
function respellArray(text: string, from: string, to: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|[^{},"]+/g, (element) => {
    const value = element.startsWith('"') ? element.slice(1, -1).replaceAll(/\\(.)/g, '$1') : element
    if (value !== from || (element === 'NULL' && from === 'NULL')) return element
    return to === '' || /[{},"\\\s]/.test(to) || to.toUpperCase() === 'NULL'
      ? `"${to.replaceAll(/["\\]/g, '\\$&')}"`
      : to
  })
}
