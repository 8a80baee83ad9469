/** Renames: what hints and marks declare, what looks like one and must be asked, and the operations both ways. */
import { AmbixError } from '../../errors.ts'
import { fold } from '../../operations/operation.ts'
import type { Operation } from '../../operations/kinds.ts'
import { columnKey, enumKey, keyOf, parseRef, refText, tableKey } from '../../schema/keys.ts'
import type { Column, Domain, EnumType, Ref, Schema, SchemaObject, Sequence, Table } from '../../schema/model.ts'
import { disguised } from '../enums/check-enums.ts'
import { isTable, inherits } from '../graph/dependants.ts'
import { equal } from '../compare/equal.ts'
import { mayBeRenamed, resembles, resemblesRetyped } from './similarity.ts'
import { alignSerials } from '../graph/expand-serials.ts'
import { meansEnum } from './hinted-enum.ts'
import { columnText, type HintBook, names, namesColumn } from '../model/hints.ts'
import { plausibleRenames } from '../compare/labels.ts'
import { sameSchema, typeKey } from '../graph/needs.ts'
import type { Asking } from './row-questions.ts'
import type { Hint } from '../model/types.ts'
import { targetOf } from '../steps/targets.ts'

/** An operation with the one that undoes it. */
interface Step {
  /** Absent where only the way back must say something. */
  readonly up?: Operation
  /** Absent where the plan of the way back does it by itself. */
  readonly down?: Operation
}

export interface Renamed {
  /** The current schema under its new names. */
  readonly schema: Schema
  /** The wished schema, spelled at length where the current one is. */
  readonly wished: Schema
  readonly up: readonly Operation[]
  readonly down: readonly Operation[]
  /** Old label to new one of checks that are enums in disguise, by column key. */
  readonly columnLabels: ReadonlyMap<string, Readonly<Record<string, string>>>
}

type Kinds = 'enum' | 'domain' | 'composite' | 'range' | 'table' | 'view' | 'sequence' | 'routine'
type Renamable = Extract<SchemaObject, { readonly kind: Kinds }>

/** Applies what is declared to `current` and asks for what only looks so. */
export class Renames {
  schema: Schema
  #wished: Schema
  readonly #book: HintBook
  readonly #asking: Asking
  readonly #steps: Step[] = []
  readonly #columnLabels = new Map<string, Record<string, string>>()

  constructor(current: Schema, wished: Schema, book: HintBook, asking: Asking) {
    this.schema = current
    this.#wished = wished
    this.#book = book
    this.#asking = asking
  }

  run(): Renamed {
    this.#schemas()
    for (const kind of ['enum', 'domain', 'composite', 'range', 'table', 'view', 'sequence', 'routine'] as const)
      this.#objects(kind)
    this.#columns()
    ;[this.schema, this.#wished] = alignSerials(this.schema, this.#wished)
    this.#ownedSequences()
    this.#parts()
    for (const [key, wished] of this.#wished.objects) {
      const had = this.schema.objects.get(key)
      if (wished.kind === 'enum' && had?.kind === 'enum') this.#labels(key, had, wished)
      if (isTable(wished) && isTable(had)) this.#checkLabels(had, wished)
    }
    return {
      schema: this.schema,
      up: this.#steps.flatMap((s) => s.up ?? []),
      down: this.#steps.flatMap((s) => s.down ?? []).toReversed(),
      wished: this.#wished,
      columnLabels: this.#columnLabels,
    }
  }

  #apply(...steps: readonly Step[]): void {
    this.#steps.push(...steps)
    this.schema = fold(
      this.schema,
      steps.flatMap((s) => s.up ?? []),
    ).schema
  }

  #gone(): readonly SchemaObject[] {
    return [...this.schema.objects].filter(([key]) => !this.#wished.objects.has(key)).map(([, object]) => object)
  }

  #added(): readonly SchemaObject[] {
    return [...this.#wished.objects].filter(([key]) => !this.schema.objects.has(key)).map(([, object]) => object)
  }

  #schemas(): void {
    for (const hint of this.#book.all()) {
      if (!('rename' in hint) || hint.rename !== 'schema') continue
      if (!this.schema.objects.has(`schema:${hint.from}`) || !this.#wished.objects.has(`schema:${hint.to}`)) continue
      this.#book.use(hint)
      this.#apply({
        up: { kind: 'renameSchema', name: hint.from, to: hint.to },
        down: { kind: 'renameSchema', name: hint.to, to: hint.from },
      })
    }
  }

  // --- whole objects ------------------------------------------------------------------------------------------

  #objects(kind: Kinds): void {
    const word = kind === 'composite' || kind === 'range' ? 'type' : kind
    const isKind = (o: SchemaObject): o is Renamable => o.kind === kind
    for (const hint of this.#book.all()) {
      if (!('rename' in hint) || hint.rename !== word || !('from' in hint) || 'table' in hint) continue
      const from = this.#gone().find((o): o is Renamable => isKind(o) && names(hint.from, o))
      const to = this.#added().find((o): o is Renamable => isKind(o) && names(hint.to, o))
      if (from === undefined || to === undefined) continue
      this.#book.use(hint)
      this.#move(from, to)
    }
    for (const to of this.#added()) {
      if (!isKind(to) || !('renamedFrom' in to) || to.renamedFrom === undefined) continue
      const mark = to.renamedFrom
      const from = this.#gone().find(
        (o): o is Renamable =>
          isKind(o) &&
          (names(mark, o) || (parseRef(mark)?.schema === undefined && o.name === mark && o.schema === to.schema)),
      )
      if (from !== undefined) this.#move(from, to)
    }
    if (kind !== 'table' && kind !== 'enum') {
      this.#book.take(
        (h) => 'distinct' in h && h.distinct === word && this.#gone().some((o) => isKind(o) && names(h.from, o)),
      )
      return
    }
    const added = this.#added().filter(isKind)
    for (const from of this.#gone().filter(isKind)) {
      const twins = added.filter((to) => looksRenamed(from, to) && !this.#distinct(kind, from, to))
      if (twins.length === 0 || !this.#asking.hasRows(this.#holders(from))) continue
      this.#asking.decide({
        kind: 'rename',
        object: `${kind} ${refText(from)}`,
        question: `Is the ${kind} ${refText(from)} renamed, or is it dropped and another one made?`,
        options: [
          ...twins.map((to): Hint => ({ rename: kind, from: refText(from), to: refText(to) })),
          ...twins.map((to): Hint => ({ distinct: kind, from: refText(from), to: refText(to) })),
        ],
      })
    }
  }

  #distinct(kind: 'table' | 'enum', from: Ref, to: Ref): boolean {
    return (
      this.#book.take((h) => 'distinct' in h && h.distinct === kind && names(h.from, from) && names(h.to, to)).length >
      0
    )
  }

  /** The tables whose rows would be concerned. */
  #holders(object: SchemaObject): readonly Table[] {
    if (object.kind === 'table') return [object]
    if (object.kind !== 'enum') return []
    const key = enumKey(object)
    return [...this.schema.objects.values()]
      .filter(isTable)
      .filter((t) => t.columns.some((c) => typeKey(c.type) === key))
  }

  #move(from: Renamable, to: Renamable): void {
    const old: Ref = sameSchema(from, from.name)
    const now: Ref = sameSchema(to, to.name)
    this.#needSchema(now)
    if (old.name !== now.name) this.#apply(renameStep(from, old, now.name))
    if (old.schema !== now.schema) this.#apply(moveStep(from, sameSchema(old, now.name), now.schema))
    if (from.kind === 'table') this.#asking.renamedTable(now, old)
    if (from.kind === 'enum') this.#asking.renamedEnum(now, old)
  }

  /** A schema that something moves to stands before it comes. */
  #needSchema(ref: Ref): void {
    if (ref.schema === undefined) return
    const key = `schema:${refText({ name: ref.schema })}`
    const wished = this.#wished.objects.get(key)
    if (this.schema.objects.has(key) || wished?.kind !== 'schema') return
    this.#apply({ up: { kind: 'createSchema', schema: wished } })
  }

  // --- columns ------------------------------------------------------------------------------------------------

  #columns(): void {
    for (const [key, wished] of this.#wished.objects) {
      if (!isTable(wished)) continue
      const had = this.schema.objects.get(key)
      if (isTable(had) && had !== wished) this.#columnsOf(had, wished)
    }
  }

  #columnsOf(before: Table, wished: Table): void {
    const key = tableKey(wished)
    const now = (): Table => this.schema.objects.get(key) as Table
    const gone = (): readonly Column[] =>
      now().columns.filter(
        (c) => !wished.columns.some((w) => w.name === c.name) && !inherits(this.schema, now(), c.name),
      )
    const added = (): readonly Column[] =>
      wished.columns.filter(
        (w) => !now().columns.some((c) => c.name === w.name) && !inherits(this.#wished, wished, w.name),
      )
    if (gone().length === 0 || added().length === 0) return
    for (const hint of this.#book.all()) {
      if (!('rename' in hint) || hint.rename !== 'column' || !this.#namesTable(hint.table, wished)) continue
      const [from, to] = [gone().find((c) => c.name === hint.from), added().find((c) => c.name === hint.to)]
      if (from === undefined || to === undefined) continue
      this.#book.use(hint)
      this.#renameColumn(wished, from.name, to.name)
    }
    for (const to of added()) {
      const from = to.renamedFrom === undefined ? undefined : gone().find((c) => c.name === to.renamedFrom)
      if (from !== undefined) this.#renameColumn(wished, from.name, to.name)
    }
    const table = refText(wished)
    const asked = new Set<Column>()
    for (const from of gone()) {
      const twins = this.#twins(from, gone(), added(), now(), wished)
      for (const column of twins.length === 0 ? [] : [from, ...twins]) asked.add(column)
      const open = twins.filter((to) => !this.#distinctColumn(wished, from, to))
      if (open.length === 0 || !this.#asking.hasRows([before])) continue
      this.#asking.decide({
        kind: 'rename',
        object: `column ${columnText(wished, from.name)}`,
        question: `Is the column ${columnText(wished, from.name)} renamed, or is it dropped and another one added?`,
        options: [
          ...open.map((to): Hint => ({ rename: 'column', table, from: from.name, to: to.name })),
          ...open.map((to): Hint => ({ distinct: 'column', table, from: from.name, to: to.name })),
        ],
      })
    }
    this.#sayPair(
      wished,
      before,
      gone().filter((c) => !asked.has(c)),
      added().filter((c) => !asked.has(c)),
    )
  }

  /** What a column may be called now: of the same type if there is any, else of one near it. */
  #twins(
    from: Column,
    gone: readonly Column[],
    added: readonly Column[],
    now: Table,
    wished: Table,
  ): readonly Column[] {
    const same = added.filter((to) => resembles(from, to, now, wished))
    if (same.length > 0) return same
    return added.filter(
      (to) => resemblesRetyped(from, to, now, wished) && !gone.some((other) => resembles(other, to, now, wished)),
    )
  }

  #distinctColumn(table: Table, from: Column, to: Column): boolean {
    const fits = (h: Hint): boolean =>
      'distinct' in h &&
      h.distinct === 'column' &&
      this.#namesTable(h.table, table) &&
      h.from === from.name &&
      h.to === to.name
    return this.#book.take(fits).length > 0
  }

  /** A single column goes and a single one of a near type comes, with no other sign: not asked, but said with its hint. */
  #sayPair(wished: Table, before: Table, gone: readonly Column[], added: readonly Column[]): void {
    const pairs = gone.flatMap((from) => added.filter((to) => mayBeRenamed(from, to)).map((to) => [from, to] as const))
    const [pair] = pairs
    if (pair === undefined || pairs.length > 1 || this.#asking.offline) return
    const [from, to] = pair
    if (this.#distinctColumn(wished, from, to) || !this.#asking.hasRows([before])) return
    const hint = { rename: 'column' as const, table: refText(wished), from: from.name, to: to.name }
    this.#asking.possibleRename(wished, to.name, hint)
  }

  /** A table in a hint may bear its old name or its new one. */
  #namesTable(text: string, table: Ref): boolean {
    return names(text, table) || names(text, this.#asking.tableBefore(table))
  }

  #renameColumn(table: Ref, from: string, to: string): void {
    const on = sameSchema(table, table.name)
    this.#apply({
      up: { kind: 'alterColumn', table: on, column: from, changes: { newColumnName: to } },
      down: { kind: 'alterColumn', table: on, column: to, changes: { newColumnName: from } },
    })
    this.#asking.renamedColumn(table, to, from)
  }

  /** The sequence behind a column follows its column's new name, if the wished schema has it so. */
  #ownedSequences(): void {
    if (this.#steps.length === 0) return
    const added = this.#added().filter((o): o is Sequence => o.kind === 'sequence' && o.ownedBy !== undefined)
    for (const to of added) {
      const from = this.#gone().find(
        (o): o is Sequence => o.kind === 'sequence' && equal(o.ownedBy, to.ownedBy) && o.schema === to.schema,
      )
      if (from !== undefined) this.#move(from, to)
    }
  }

  // --- constraints and indexes --------------------------------------------------------------------------------

  #parts(): void {
    for (const hint of this.#book.all()) {
      if (!('rename' in hint) || (hint.rename !== 'constraint' && hint.rename !== 'index')) continue
      for (const [key, wished] of this.#wished.objects) {
        const had = this.schema.objects.get(key)
        if (!isTable(wished) || !isTable(had) || !this.#namesTable(hint.table, wished)) continue
        const [old, now] =
          hint.rename === 'constraint' ? [had.constraints, wished.constraints] : [had.indexes, wished.indexes]
        if (
          !old.some((p) => p.name === hint.from) ||
          old.some((p) => p.name === hint.to) ||
          !now.some((p) => p.name === hint.to)
        )
          continue
        this.#book.use(hint)
        const table = sameSchema(wished, wished.name)
        this.#apply(
          hint.rename === 'constraint'
            ? {
                up: { kind: 'renameConstraint', table, name: hint.from, to: hint.to },
                down: { kind: 'renameConstraint', table, name: hint.to, to: hint.from },
              }
            : {
                up: { kind: 'renameIndex', index: sameSchema(wished, hint.from), to: hint.to },
                down: { kind: 'renameIndex', index: sameSchema(wished, hint.to), to: hint.from },
              },
        )
      }
    }
  }

  // --- labels -------------------------------------------------------------------------------------------------

  #labels(key: string, had: EnumType, wished: EnumType): void {
    const declared = new Map<string, string>()
    const fits = (h: Hint): boolean =>
      'rename' in h &&
      h.rename === 'value' &&
      had.values.includes(h.from) &&
      wished.values.includes(h.to) &&
      meansEnum(h, wished, this.#wished, this.#asking)
    for (const hint of this.#book.take(fits))
      if ('rename' in hint && hint.rename === 'value') declared.set(hint.from, hint.to)
    for (const [a, b] of Object.entries(wished.renamedValues ?? {})) {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        if (
          had.values.includes(from) &&
          !had.values.includes(to) &&
          wished.values.includes(to) &&
          !wished.values.includes(from)
        )
          declared.set(from, to)
      }
    }
    const domains = this.#domainsThatSay(key, declared)
    // On the way back the labels have their old names before.
    for (const [before, now] of domains) this.#steps.push({ down: sayDefault({ ...now, default: before.default }) })
    this.#renameLabels(wished, had.values, declared)
    for (const [, now] of domains)
      this.#apply({ up: sayDefault({ ...(this.schema.objects.get(keyOf(now)) as Domain), default: now.default }) })
    const now = this.schema.objects.get(key) as EnumType
    const removed = new Set(wished.removedValues === undefined ? [] : Object.keys(wished.removedValues))
    const pairs = plausibleRenames(now.values, wished.values).filter(([from]) => !removed.has(from))
    if (pairs.length === 0) return
    const named = (h: Hint, from: string): boolean =>
      'from' in h && h.from === from && meansEnum(h, wished, this.#wished, this.#asking)
    // What goes, or becomes something else, holds nothing that a rename would save.
    const holders = this.#holders(now).filter((t) => {
      const later = this.#wished.objects.get(tableKey(t))
      return (
        isTable(later) &&
        t.columns.some(
          (c) => typeKey(c.type) === key && later.columns.some((l) => l.name === c.name && typeKey(l.type) === key),
        )
      )
    })
    for (const [from, to] of pairs) {
      const settled = this.#book.take((h) => 'distinct' in h && h.distinct === 'value' && named(h, from) && h.to === to)
      const remapped = this.#book.all().some((h) => 'remap' in h && h.direction !== 'down' && named(h, from))
      if (settled.length > 0 || remapped || !this.#asking.hasRows(holders)) continue
      const type = refText(wished)
      this.#asking.decide({
        kind: 'rename',
        object: `enum ${type}`,
        question: `Is the label ${JSON.stringify(from)} of the enum ${type} renamed to ${JSON.stringify(to)}, or is it removed and another one added?`,
        options: [
          { rename: 'value', enum: type, from, to },
          { distinct: 'value', enum: type, from, to },
        ],
      })
    }
  }

  /**
   * Domains whose default is a label that is renamed, as they are and as they are to be. PostgreSQL follows in what it
   * does, but not in the text that it shows: the default is said again.
   */
  #domainsThatSay(key: string, declared: ReadonlyMap<string, string>): readonly (readonly [Domain, Domain])[] {
    return [...this.schema.objects].flatMap(([domainKey, before]) => {
      const now = this.#wished.objects.get(domainKey)
      if (before.kind !== 'domain' || now?.kind !== 'domain' || typeKey(before.type) !== key) return []
      const value = before.default
      if (value?.kind !== 'literal') return []
      const renamed = (label: unknown): unknown =>
        Array.isArray(label) ? label.map(renamed) : typeof label === 'string' ? (declared.get(label) ?? label) : label
      const after = renamed(value.value)
      const same = now.default?.kind === 'literal' && equal(now.default.value, after)
      return same && !equal(after, value.value) ? [[before, now] as const] : []
    })
  }

  /** Renames in an order in which no name is taken twice; a circle goes through a label of its own. */
  #renameLabels(type: Ref, values: readonly string[], declared: ReadonlyMap<string, string>): void {
    const at = sameSchema(type, type.name)
    const step = (from: string, to: string): Step => ({
      up: { kind: 'renameEnumValue', enum: at, from, to },
      down: { kind: 'renameEnumValue', enum: at, from: to, to: from },
    })
    const open = new Map([...declared].filter(([from, to]) => from !== to))
    const taken = new Set(values)
    while (open.size > 0) {
      const free = [...open].find(([, to]) => !taken.has(to))
      if (free !== undefined) {
        const [from, to] = free
        this.#apply(step(from, to))
        taken.delete(from)
        taken.add(to)
        open.delete(from)
        continue
      }
      const [from, to] = [...open][0]!
      if (!open.has(to)) {
        throw new AmbixError(
          'HINTS.INVALID',
          `The label ${JSON.stringify(from)} of ${refText(type)} cannot be renamed to ${JSON.stringify(to)}.`,
          {
            why: 'The enum has that label already, and it is not renamed itself.',
            next: ['To merge two labels, remap the one to the other.'],
          },
        )
      }
      let aside = `${from}~`
      while (taken.has(aside)) aside += '~'
      this.#apply(step(from, aside))
      taken.delete(from)
      taken.add(aside)
      open.delete(from)
      open.set(aside, to)
    }
  }

  /** Checks that list labels: a rename there is an update of rows, with the same question before. */
  #checkLabels(had: Table, wished: Table): void {
    if (had === wished) return
    const before = disguised(had)
    if (before.size === 0) return
    for (const [column, { labels }] of disguised(wished)) {
      const old = before.get(column)
      if (old === undefined || equal(old.labels, labels)) continue
      const key = columnKey(wished, column)
      const named = (h: Hint): boolean =>
        'column' in h && h.column !== undefined && this.#namesColumn(h.column, wished, column)
      const renamed: Record<string, string> = {}
      for (const hint of this.#book.take(
        (h) =>
          'rename' in h && h.rename === 'value' && named(h) && old.labels.includes(h.from) && labels.includes(h.to),
      )) {
        if ('rename' in hint && hint.rename === 'value') renamed[hint.from] = hint.to
      }
      const marked = wished.columns.find((c) => c.name === column)?.renamedValues ?? {}
      for (const [a, b] of Object.entries(marked)) {
        for (const [from, to] of [
          [a, b],
          [b, a],
        ] as const)
          if (old.labels.includes(from) && !labels.includes(from) && labels.includes(to)) renamed[from] = to
      }
      this.#columnLabels.set(key, renamed)
      const now = old.labels.map((l) => renamed[l] ?? l)
      for (const [from, to] of plausibleRenames(now, labels)) {
        const settled =
          this.#book.take(
            (h) => 'distinct' in h && h.distinct === 'value' && named(h) && h.from === from && h.to === to,
          ).length > 0
        const remapped = this.#book
          .all()
          .some((h) => 'remap' in h && h.direction !== 'down' && named(h) && h.from === from)
        if (settled || remapped || !this.#asking.hasRows([had])) continue
        const text = columnText(wished, column)
        this.#asking.decide({
          kind: 'rename',
          object: `column ${text}`,
          question: `Is the label ${JSON.stringify(from)} of ${text} renamed to ${JSON.stringify(to)}, or is it removed and another one added?`,
          options: [
            { rename: 'value', column: text, from, to },
            { distinct: 'value', column: text, from, to },
          ],
        })
      }
    }
  }

  #namesColumn(text: string, table: Ref, column: string): boolean {
    return this.#asking.namesColumn(text, table, column) || namesColumn(text, table, column)
  }
}

/** The default of a domain, as if it had none before. */
function sayDefault(domain: Domain): Operation {
  const { default: _, ...before } = domain
  return { kind: 'alterDomain', domain, before }
}

/** Equal but for the name: the same columns, the same labels. */
function looksRenamed(from: SchemaObject, to: SchemaObject): boolean {
  if (from.kind === 'enum' && to.kind === 'enum') return equal(from.values, to.values)
  if (from.kind !== 'table' || to.kind !== 'table' || from.columns.length === 0 || from.partitionOf !== undefined)
    return false
  if (from.columns.length !== to.columns.length) return false
  return from.columns.every((c) => to.columns.some((d) => d.name === c.name && equal(c.type, d.type)))
}

function renameStep(object: Renamable, at: Ref, to: string): Step {
  const back = { ...at, name: to }
  switch (object.kind) {
    case 'table':
      return { up: { kind: 'renameTable', table: at, to }, down: { kind: 'renameTable', table: back, to: at.name } }
    case 'enum':
      return { up: { kind: 'renameEnum', enum: at, to }, down: { kind: 'renameEnum', enum: back, to: at.name } }
    case 'sequence':
      return {
        up: { kind: 'renameSequence', sequence: at, to },
        down: { kind: 'renameSequence', sequence: back, to: at.name },
      }
    default: {
      const on = { ...targetOf(object)!, ...at }
      return {
        up: { kind: 'renameObject', object: on, to },
        down: { kind: 'renameObject', object: { ...on, name: to }, to: at.name },
      }
    }
  }
}

function moveStep(object: Renamable, at: Ref, toSchema: string | undefined): Step {
  const there = toSchema === undefined ? {} : { toSchema }
  const here = at.schema === undefined ? {} : { toSchema: at.schema }
  const moved: Ref = toSchema === undefined ? { name: at.name } : { schema: toSchema, name: at.name }
  switch (object.kind) {
    case 'table':
      return { up: { kind: 'moveTable', table: at, ...there }, down: { kind: 'moveTable', table: moved, ...here } }
    case 'enum':
      return { up: { kind: 'moveEnum', enum: at, ...there }, down: { kind: 'moveEnum', enum: moved, ...here } }
    default: {
      const { schema: _, ...on } = targetOf(object)!
      return {
        up: { kind: 'moveObject', object: { ...on, ...at }, ...there },
        down: { kind: 'moveObject', object: { ...on, ...moved }, ...here },
      }
    }
  }
}
