/** Renames: those in hints and marks, likely ones, which become questions, and the operations both ways. */
import type { Operation } from '../../operations/kinds.ts'
import { columnKey, columnText, keyOf, parseRef, refText, schemaKey, tableKey, typeKey } from '../../schema/keys.ts'
import type { Column, ColumnType, Ref, Schema, SchemaObject, Sequence, Table } from '../../schema/model.ts'
import { isTable, inherits } from '../graph/dependants.ts'
import { equal } from '../compare/equal.ts'
import { objectLikeness } from './object-similarity.ts'
import { likeness } from './similarity.ts'
import { bestPairs, pairUp } from '../compare/pairing.ts'
import { alignSerials } from '../graph/expand-serials.ts'
import { type HintBook, names } from '../model/hints.ts'
import { sameSchema } from '../graph/needs.ts'
import type { Asking } from './row-questions.ts'
import type { Hint, RenamedKind } from '../model/types.ts'
import { renameCheckLabels, renameLabelsOf } from './label-renames.ts'
import { RenameState } from './rename-state.ts'
import { type Kinds, moveStep, type Renamable, renameStep, renameTableSteps } from './rename-steps.ts'

export interface Renamed {
  /** The current schema under its new names. */
  readonly schema: Schema
  /** The target schema, with serial columns expanded where the current one has them so. */
  readonly wished: Schema
  readonly up: readonly Operation[]
  readonly down: readonly Operation[]
  /** Old label to new one of checks that are enums in disguise, by column key. */
  readonly columnLabels: ReadonlyMap<string, Readonly<Record<string, string>>>
}

/** Applies what is declared to `current` and asks for what only looks so. */
export class Renames {
  readonly #state: RenameState
  readonly #schemasBack = new Set<string>()

  readonly #namesWithTable: readonly string[]

  /** `namesWithTable`: what stands after a table's name in the names of its constraints that are renamed with it. */
  constructor(current: Schema, wished: Schema, book: HintBook, asking: Asking, namesWithTable: readonly string[] = []) {
    this.#state = new RenameState(current, wished, book, asking)
    this.#namesWithTable = namesWithTable
  }

  run(): Renamed {
    this.#schemas()
    for (const kind of ['enum', 'domain', 'composite', 'range', 'table', 'view', 'sequence', 'routine'] as const)
      this.#objects(kind)
    this.#columns()
    ;[this.#state.schema, this.#state.wished] = alignSerials(this.#state.schema, this.#state.wished)
    this.#ownedSequences()
    this.#parts()
    for (const [key, wished] of this.#state.wished.objects) {
      const had = this.#state.schema.objects.get(key)
      if (wished.kind === 'enum' && had?.kind === 'enum') renameLabelsOf(this.#state, key, had, wished)
      if (isTable(wished) && isTable(had)) renameCheckLabels(this.#state, had, wished)
    }
    return {
      schema: this.#state.schema,
      up: this.#state.steps.flatMap((s) => s.up ?? []),
      down: this.#state.steps
        .flatMap((s) => s.down ?? [])
        .toReversed()
        .toSorted((a, b) => Number(b.kind === 'createSchema') - Number(a.kind === 'createSchema')),
      wished: this.#state.wished,
      columnLabels: this.#state.columnLabels,
    }
  }

  #schemas(): void {
    const move = (from: string, to: string): void =>
      this.#state.apply({
        up: { kind: 'renameSchema', name: from, to },
        down: { kind: 'renameSchema', name: to, to: from },
      })
    for (const hint of this.#state.book.all()) {
      if (!('rename' in hint) || hint.rename !== 'schema') continue
      const from = schemaIn(this.#state.schema, hint.from)
      const to = schemaIn(this.#state.wished, hint.to)
      if (from === undefined || to === undefined) continue
      this.#state.book.use(hint)
      move(from, to)
    }
    for (const to of this.#state.added()) {
      if (to.kind !== 'schema' || to.renamedFrom === undefined) continue
      const mark = to.renamedFrom
      if (this.#state.gone().some((o) => o.kind === 'schema' && o.name === mark)) move(mark, to.name)
    }
    this.#askObjects('schema', 'schema', (from, to) => move(from.name, to.name))
  }

  // --- whole objects ------------------------------------------------------------------------------------------

  #objects(kind: Kinds): void {
    const word = kind === 'composite' || kind === 'range' ? 'type' : kind
    const isKind = (o: SchemaObject): o is Renamable => o.kind === kind
    for (const hint of this.#state.book.all()) {
      if (!('rename' in hint) || hint.rename !== word || !('from' in hint) || 'table' in hint) continue
      const from = this.#state.gone().find((o): o is Renamable => isKind(o) && names(hint.from, o))
      const to = this.#state.added().find((o): o is Renamable => isKind(o) && names(hint.to, o))
      if (from === undefined || to === undefined) continue
      this.#state.book.use(hint)
      this.#move(from, to)
    }
    for (const to of this.#state.added()) {
      if (!isKind(to) || !('renamedFrom' in to) || to.renamedFrom === undefined) continue
      const mark = to.renamedFrom
      const from = this.#state
        .gone()
        .find(
          (o): o is Renamable =>
            isKind(o) &&
            (names(mark, o) || (parseRef(mark)?.schema === undefined && o.name === mark && o.schema === to.schema)),
        )
      if (from !== undefined) this.#move(from, to)
    }
    if (word !== 'routine') this.#askObjects(kind, word, (from, to) => this.#move(from as Renamable, to as Renamable))
  }

  /** A dropped object next to a similar new one: a question, whether there are rows or not. */
  #askObjects(kind: SchemaObject['kind'], word: RenamedKind, move: (from: Named, to: Named) => void): void {
    const named = (objects: readonly SchemaObject[]): readonly Named[] =>
      objects.filter((o): o is Named => o.kind === kind && 'name' in o)
    // Objects in a schema that may itself be renamed are settled with the schema.
    const gone = named(this.#state.gone()).filter((o) => !this.#state.asking.isOpen(`schema:${inSchema(o)}`))
    const wholly = new Set(
      gone.filter(
        (o) => this.#state.book.take((h) => isDistinct(h, word) && names(h.from, o) && h.to === undefined).length > 0,
      ),
    )
    const found = pairUp(gone, named(this.#state.added()), objectLikeness(this.#state.schema, this.#state.wished))
      .map(({ from, to }) => ({
        from,
        to: wholly.has(from) ? [] : to.filter((other) => !this.#isDistinct(word, from, other)),
      }))
      .filter(({ to }) => to.length > 0)
    // A "no" to a question that would not be asked is not an error.
    this.#state.book.take((h) => isDistinct(h, word) && gone.some((o) => names(h.from, o)))
    if (this.#state.book.forAll === 'distinct') return
    if (this.#state.book.forAll === 'rename') {
      for (const [from, to] of bestPairs(found)) move(from, to)
      return
    }
    for (const { from, to } of found) {
      const text = kind === 'schema' ? from.name : refText(from)
      const textOf = (o: Named): string => (kind === 'schema' ? o.name : refText(o))
      this.#state.asking.open(keyOf(from), ...to.map((o) => keyOf(o)))
      this.#state.asking.decide({
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
      this.#state.book.take((h) => isDistinct(h, word) && names(h.from, from) && h.to !== undefined && names(h.to, to))
        .length > 0
    )
  }

  #move(from: Renamable, to: Renamable): void {
    const old: Ref = sameSchema(from, from.name)
    const now: Ref = sameSchema(to, to.name)
    this.#needSchema(now)
    this.#needSchemaBack(old)
    if (old.name !== now.name)
      this.#state.apply(
        ...(from.kind === 'table'
          ? renameTableSteps(from, now.name, this.#namesWithTable)
          : [renameStep(from, old, now.name)]),
      )
    if (old.schema !== now.schema) this.#state.apply(moveStep(from, sameSchema(old, now.name), now.schema))
    if (from.kind === 'table') this.#state.asking.renamedTable(now, old)
    if (from.kind === 'enum') this.#state.asking.renamedEnum(now, old)
  }

  /** A schema that an object moves to is created before. */
  #needSchema(ref: Ref): void {
    if (ref.schema === undefined) return
    const key = `schema:${refText({ name: ref.schema })}`
    const wished = this.#state.wished.objects.get(key)
    if (this.#state.schema.objects.has(key) || wished?.kind !== 'schema') return
    this.#state.apply({ up: { kind: 'createSchema', schema: wished } })
  }

  /** A dropped schema that an object moved out of is created again before the object is moved back. */
  #needSchemaBack(ref: Ref): void {
    if (ref.schema === undefined || this.#schemasBack.has(ref.schema)) return
    const key = `schema:${refText({ name: ref.schema })}`
    const had = this.#state.schema.objects.get(key)
    if (this.#state.wished.objects.has(key) || had?.kind !== 'schema') return
    this.#schemasBack.add(ref.schema)
    this.#state.steps.push({ down: { kind: 'createSchema', schema: had } })
  }

  // --- columns ------------------------------------------------------------------------------------------------

  #columns(): void {
    for (const [key, wished] of this.#state.wished.objects) {
      if (!isTable(wished)) continue
      const had = this.#state.schema.objects.get(key)
      if (isTable(had) && had !== wished) this.#columnsOf(wished)
    }
  }

  #columnsOf(wished: Table): void {
    const key = tableKey(wished)
    const now = (): Table => this.#state.schema.objects.get(key) as Table
    const gone = (): readonly Column[] =>
      now().columns.filter(
        (c) => !wished.columns.some((w) => w.name === c.name) && !inherits(this.#state.schema, now(), c.name),
      )
    const added = (): readonly Column[] =>
      wished.columns.filter(
        (w) => !now().columns.some((c) => c.name === w.name) && !inherits(this.#state.wished, wished, w.name),
      )
    if (gone().length === 0 || added().length === 0) return
    for (const hint of this.#state.book.all()) {
      if (!('rename' in hint) || hint.rename !== 'column' || !this.#state.namesTable(hint.table, wished)) continue
      const [from, to] = [gone().find((c) => c.name === hint.from), added().find((c) => c.name === hint.to)]
      if (from === undefined || to === undefined) continue
      this.#state.book.use(hint)
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
      this.#state.book.take(
        (h) =>
          'distinct' in h &&
          h.distinct === 'column' &&
          this.#state.namesTable(h.table, wished) &&
          h.from === from.name &&
          h.to === to?.name,
      ).length > 0
    const wholly = new Set(gone.filter((from) => said(from)))
    const under = (column: Column, schema: Schema): Column => ({ ...column, type: baseType(column.type, schema) })
    const found = pairUp(gone, added, (a, b) =>
      Math.max(
        likeness(a, b, before, wished),
        // A domain and its base type have the same values.
        0.95 * likeness(under(a, this.#state.schema), under(b, this.#state.wished), before, wished),
      ),
    )
      .map(({ from, to }) => ({ from, to: wholly.has(from) ? [] : to.filter((other) => !said(from, other)) }))
      .filter(({ to }) => to.length > 0)
    if (this.#state.book.forAll === 'distinct') return
    if (this.#state.book.forAll === 'rename') {
      for (const [from, to] of bestPairs(found)) this.#renameColumn(wished, from.name, to.name)
      return
    }
    for (const { from, to } of found) {
      this.#state.asking.open(...to.map((column) => columnKey(wished, column.name)))
      this.#state.asking.decide({
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

  #renameColumn(table: Ref, from: string, to: string): void {
    const on = sameSchema(table, table.name)
    this.#state.apply({
      up: { kind: 'alterColumn', table: on, column: from, changes: { newColumnName: to } },
      down: { kind: 'alterColumn', table: on, column: to, changes: { newColumnName: from } },
    })
    this.#state.asking.renamedColumn(table, to, from)
  }

  /** The sequence behind a column follows its column's new name, if the target schema has it so. */
  #ownedSequences(): void {
    if (this.#state.steps.length === 0) return
    const added = this.#state.added().filter((o): o is Sequence => o.kind === 'sequence' && o.ownedBy !== undefined)
    for (const to of added) {
      const from = this.#state
        .gone()
        .find((o): o is Sequence => o.kind === 'sequence' && equal(o.ownedBy, to.ownedBy) && o.schema === to.schema)
      if (from !== undefined) this.#move(from, to)
    }
  }

  // --- constraints and indexes --------------------------------------------------------------------------------

  #parts(): void {
    for (const hint of this.#state.book.all()) {
      if (!('rename' in hint) || (hint.rename !== 'constraint' && hint.rename !== 'index')) continue
      for (const [key, wished] of this.#state.wished.objects) {
        const had = this.#state.schema.objects.get(key)
        if (!isTable(wished) || !isTable(had) || !this.#state.namesTable(hint.table, wished)) continue
        const [old, now] =
          hint.rename === 'constraint' ? [had.constraints, wished.constraints] : [had.indexes, wished.indexes]
        if (
          !old.some((p) => p.name === hint.from) ||
          old.some((p) => p.name === hint.to) ||
          !now.some((p) => p.name === hint.to)
        )
          continue
        this.#state.book.use(hint)
        const table = sameSchema(wished, wished.name)
        this.#state.apply(
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
}

type Named = Extract<SchemaObject, { readonly name: string }> & Ref

function isDistinct(hint: Hint, word: RenamedKind): hint is Extract<Hint, { readonly distinct: RenamedKind }> {
  return 'distinct' in hint && hint.distinct === word
}

/** The name of a schema that is there, said as it is or in quotes. */
const schemaIn = (schema: Schema, said: string): string | undefined =>
  [said, parseRef(said)?.name].find((name) => name !== undefined && schema.objects.has(schemaKey(name)))

const inSchema = (ref: Ref): string => (ref.schema === undefined ? '' : refText({ name: ref.schema }))

/** The type under a domain. */
function baseType(type: ColumnType, schema: Schema): ColumnType {
  const domain = type.kind === 'domain' ? schema.objects.get(typeKey(type) ?? '') : undefined
  return domain?.kind === 'domain' ? baseType(domain.type, schema) : type
}
