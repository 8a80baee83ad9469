/** Renames: what hints and marks declare, what looks like one and must be asked, and the operations both ways. */
import { AmbixError } from '../../errors.ts'
import type { Operation } from '../../operations/kinds.ts'
import { columnKey, keyOf, parseRef, refText, tableKey } from '../../schema/keys.ts'
import type {
  Column,
  ColumnType,
  Domain,
  EnumType,
  Ref,
  Schema,
  SchemaObject,
  Sequence,
  Table,
} from '../../schema/model.ts'
import { disguised } from '../enums/check-enums.ts'
import { isTable, inherits } from '../graph/dependants.ts'
import { equal } from '../compare/equal.ts'
import { objectLikeness } from './object-similarity.ts'
import { likeness } from './similarity.ts'
import { bestPairs, pairUp } from '../compare/pairing.ts'
import { alignSerials } from '../graph/expand-serials.ts'
import { foldRenames } from '../graph/rename-fold.ts'
import { meansEnum } from './hinted-enum.ts'
import { columnText, type HintBook, names, namesColumn } from '../model/hints.ts'
import { plausibleRenames } from '../compare/labels.ts'
import { sameSchema, typeKey } from '../graph/needs.ts'
import type { Asking } from './row-questions.ts'
import type { Hint, RenamedKind } from '../model/types.ts'
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
  readonly #schemasBack = new Set<string>()
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
      down: this.#steps
        .flatMap((s) => s.down ?? [])
        .toReversed()
        .toSorted((a, b) => Number(b.kind === 'createSchema') - Number(a.kind === 'createSchema')),
      wished: this.#wished,
      columnLabels: this.#columnLabels,
    }
  }

  #apply(...steps: readonly Step[]): void {
    this.#steps.push(...steps)
    this.schema = foldRenames(
      this.schema,
      steps.flatMap((s) => s.up ?? []),
    )
  }

  #gone(): readonly SchemaObject[] {
    return [...this.schema.objects].filter(([key]) => !this.#wished.objects.has(key)).map(([, object]) => object)
  }

  #added(): readonly SchemaObject[] {
    return [...this.#wished.objects].filter(([key]) => !this.schema.objects.has(key)).map(([, object]) => object)
  }

  #schemas(): void {
    const move = (from: string, to: string): void =>
      this.#apply({
        up: { kind: 'renameSchema', name: from, to },
        down: { kind: 'renameSchema', name: to, to: from },
      })
    for (const hint of this.#book.all()) {
      if (!('rename' in hint) || hint.rename !== 'schema') continue
      const [from, to] = [{ name: hint.from }, { name: hint.to }]
      if (!this.schema.objects.has(`schema:${refText(from)}`) || !this.#wished.objects.has(`schema:${refText(to)}`))
        continue
      this.#book.use(hint)
      move(hint.from, hint.to)
    }
    for (const to of this.#added()) {
      if (to.kind !== 'schema' || to.renamedFrom === undefined) continue
      const mark = to.renamedFrom
      if (this.#gone().some((o) => o.kind === 'schema' && o.name === mark)) move(mark, to.name)
    }
    this.#askObjects('schema', 'schema', (from, to) => move(from.name, to.name))
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
    if (word !== 'routine') this.#askObjects(kind, word, (from, to) => this.#move(from as Renamable, to as Renamable))
  }

  /** What went beside something alike that came: a question, whether there are rows or not. */
  #askObjects(kind: SchemaObject['kind'], word: RenamedKind, move: (from: Named, to: Named) => void): void {
    const named = (objects: readonly SchemaObject[]): readonly Named[] =>
      objects.filter((o): o is Named => o.kind === kind && 'name' in o)
    // What is in a schema that may be renamed as a whole is settled with it.
    const gone = named(this.#gone()).filter((o) => !this.#asking.isOpen(`schema:${inSchema(o)}`))
    const wholly = new Set(
      gone.filter(
        (o) => this.#book.take((h) => isDistinct(h, word) && names(h.from, o) && h.to === undefined).length > 0,
      ),
    )
    const found = pairUp(gone, named(this.#added()), objectLikeness(this.schema, this.#wished))
      .map(({ from, to }) => ({
        from,
        to: wholly.has(from) ? [] : to.filter((other) => !this.#isDistinct(word, from, other)),
      }))
      .filter(({ to }) => to.length > 0)
    // A "no" to what nobody would have asked is no mistake.
    this.#book.take((h) => isDistinct(h, word) && gone.some((o) => names(h.from, o)))
    if (this.#book.forAll === 'distinct') return
    if (this.#book.forAll === 'rename') {
      for (const [from, to] of bestPairs(found)) move(from, to)
      return
    }
    for (const { from, to } of found) {
      const text = kind === 'schema' ? from.name : refText(from)
      const textOf = (o: Named): string => (kind === 'schema' ? o.name : refText(o))
      this.#asking.open(keyOf(from), ...to.map((o) => keyOf(o)))
      this.#asking.decide({
        kind: 'rename',
        object: `${word} ${text}`,
        question: `Is the ${word} ${text} renamed, or is it dropped and another one created?`,
        options: [
          ...to.map((o): Hint => ({ rename: word, from: text, to: textOf(o) })),
          to.length === 1 ? { distinct: word, from: text, to: textOf(to[0]!) } : { distinct: word, from: text },
        ],
      })
    }
  }

  #isDistinct(word: RenamedKind, from: Ref, to: Ref): boolean {
    return (
      this.#book.take((h) => isDistinct(h, word) && names(h.from, from) && h.to !== undefined && names(h.to, to))
        .length > 0
    )
  }

  #move(from: Renamable, to: Renamable): void {
    const old: Ref = sameSchema(from, from.name)
    const now: Ref = sameSchema(to, to.name)
    this.#needSchema(now)
    this.#needSchemaBack(old)
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

  /** One that goes, and that something left, stands again before that comes back. */
  #needSchemaBack(ref: Ref): void {
    if (ref.schema === undefined || this.#schemasBack.has(ref.schema)) return
    const key = `schema:${refText({ name: ref.schema })}`
    const had = this.schema.objects.get(key)
    if (this.#wished.objects.has(key) || had?.kind !== 'schema') return
    this.#schemasBack.add(ref.schema)
    this.#steps.push({ down: { kind: 'createSchema', schema: had } })
  }

  // --- columns ------------------------------------------------------------------------------------------------

  #columns(): void {
    for (const [key, wished] of this.#wished.objects) {
      if (!isTable(wished)) continue
      const had = this.schema.objects.get(key)
      if (isTable(had) && had !== wished) this.#columnsOf(wished)
    }
  }

  #columnsOf(wished: Table): void {
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
    this.#askColumns(now(), wished, gone(), added())
  }

  #askColumns(before: Table, wished: Table, gone: readonly Column[], added: readonly Column[]): void {
    const table = refText(wished)
    const said = (from: Column, to?: Column): boolean =>
      this.#book.take(
        (h) =>
          'distinct' in h &&
          h.distinct === 'column' &&
          this.#namesTable(h.table, wished) &&
          h.from === from.name &&
          h.to === to?.name,
      ).length > 0
    const wholly = new Set(gone.filter((from) => said(from)))
    const under = (column: Column, schema: Schema): Column => ({ ...column, type: baseType(column.type, schema) })
    const found = pairUp(gone, added, (a, b) =>
      Math.max(
        likeness(a, b, before, wished),
        // A domain and the type under it hold the same values.
        0.95 * likeness(under(a, this.schema), under(b, this.#wished), before, wished),
      ),
    )
      .map(({ from, to }) => ({ from, to: wholly.has(from) ? [] : to.filter((other) => !said(from, other)) }))
      .filter(({ to }) => to.length > 0)
    if (this.#book.forAll === 'distinct') return
    if (this.#book.forAll === 'rename') {
      for (const [from, to] of bestPairs(found)) this.#renameColumn(wished, from.name, to.name)
      return
    }
    for (const { from, to } of found) {
      this.#asking.open(...to.map((column) => columnKey(wished, column.name)))
      this.#asking.decide({
        kind: 'rename',
        object: `column ${columnText(wished, from.name)}`,
        question: `Is the column ${columnText(wished, from.name)} renamed, or is it dropped and another one added?`,
        options: [
          ...to.map((column): Hint => ({ rename: 'column', table, from: from.name, to: column.name })),
          to.length === 1
            ? { distinct: 'column', table, from: from.name, to: to[0]!.name }
            : { distinct: 'column', table, from: from.name },
        ],
      })
    }
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
    const type = refText(wished)
    const open = pairs.filter(([from, to]) => {
      const settled = this.#book.take(
        (h) => 'distinct' in h && h.distinct === 'value' && named(h, from) && (h.to === undefined || h.to === to),
      )
      return (
        settled.length === 0 && !this.#book.all().some((h) => 'remap' in h && h.direction !== 'down' && named(h, from))
      )
    })
    if (this.#book.forAll === 'distinct' || !this.#isHeld(key)) return
    if (this.#book.forAll === 'rename') {
      this.#renameLabels(wished, now.values, new Map(open))
      return
    }
    for (const [from, to] of open) {
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

  /** Whether anything that stays can hold labels of the enum: what goes, or becomes something else, would keep none. */
  #isHeld(key: string): boolean {
    return [...this.schema.objects].some(([at, object]) => {
      const later = this.#wished.objects.get(at)
      if (isTable(object) && isTable(later))
        return object.columns.some(
          (c) => typeKey(c.type) === key && later.columns.some((l) => l.name === c.name && typeKey(l.type) === key),
        )
      if (object.kind === 'domain' && later?.kind === 'domain') return typeKey(object.type) === key
      return (
        object.kind === 'composite' &&
        later?.kind === 'composite' &&
        object.attributes.some((a) => typeKey(a.type) === key)
      )
    })
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
      const removed = wished.columns.find((c) => c.name === column)?.removedValues ?? {}
      const now = old.labels.map((l) => renamed[l] ?? l)
      for (const [from, to] of plausibleRenames(now, labels)) {
        const settled =
          Object.hasOwn(removed, from) ||
          this.#book.take(
            (h) =>
              'distinct' in h &&
              h.distinct === 'value' &&
              named(h) &&
              h.from === from &&
              (h.to === undefined || h.to === to),
          ).length > 0
        const remapped = this.#book
          .all()
          .some((h) => 'remap' in h && h.direction !== 'down' && named(h) && h.from === from)
        if (settled || remapped || this.#book.forAll === 'distinct') continue
        if (this.#book.forAll === 'rename') {
          renamed[from] = to
          continue
        }
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

type Named = Extract<SchemaObject, { readonly name: string }> & Ref

function isDistinct(hint: Hint, word: RenamedKind): hint is Extract<Hint, { readonly distinct: RenamedKind }> {
  return 'distinct' in hint && hint.distinct === word
}

const inSchema = (ref: Ref): string => (ref.schema === undefined ? '' : refText({ name: ref.schema }))

/** The type under a domain. */
function baseType(type: ColumnType, schema: Schema): ColumnType {
  const domain = type.kind === 'domain' ? schema.objects.get(typeKey(type) ?? '') : undefined
  return domain?.kind === 'domain' ? baseType(domain.type, schema) : type
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
