/** Columns as the parts of keys, indexes and constraints name them. */
import { ambix, type Declared } from '../declared.ts'
import type { Ref } from '../model.ts'
import { type Sql } from '../sql.ts'

/** How an index treats one column or expression, as plain data. */
export interface IndexElementInput {
  /** By its name in the database, or by its property's. */
  readonly column?: string
  readonly expression?: Sql | string
  readonly order?: 'asc' | 'desc'
  readonly nulls?: 'first' | 'last'
  /** The operator class, with its parameters. */
  readonly opclass?: string
  /** MySQL: the prefix length, in characters of the column. */
  readonly length?: number
  readonly collation?: string | Ref
}

/** A column by name or by reference. */
export type ColumnLike = string | Declared<{ readonly kind: 'columnRef' }>

/** A column, an expression, or either with an order, an operator class, a collation. */
export type IndexPart = ColumnLike | Sql | IndexElementInput | Declared<{ readonly kind: 'indexPart' }>

/** A column of a declared table: what foreign keys, indexes and sql`…` refer to. */
export class ColumnRef<out V = unknown> {
  readonly [ambix]: ColumnRefData
  declare readonly $value: V
  /** Not frozen, as there is one for each column of the models. */
  constructor(data: ColumnRefData) {
    this[ambix] = data
  }
  desc(): IndexPartBuilder {
    return part(this[ambix].name, { order: 'desc' })
  }
  asc(): IndexPartBuilder {
    return part(this[ambix].name, {})
  }
  nullsFirst(): IndexPartBuilder {
    return part(this[ambix].name, { nulls: 'first' })
  }
  nullsLast(): IndexPartBuilder {
    return part(this[ambix].name, { nulls: 'last' })
  }
  opclass(name: string): IndexPartBuilder {
    return part(this[ambix].name, { opclass: name })
  }
  /** MySQL: the first characters of the column alone. */
  prefix(length: number): IndexPartBuilder {
    return part(this[ambix].name, { length })
  }
  collate(collation: string | Ref): IndexPartBuilder {
    return part(this[ambix].name, { collation })
  }
}

export interface ColumnRefData {
  readonly kind: 'columnRef'
  readonly table: Ref
  /** The name in the database. */
  readonly name: string
  readonly property: string
}

const part = (column: string, said: IndexElementInput): IndexPartBuilder => new IndexPartBuilder({ column, ...said })

/** A column of an index with its order and class; `t.createdAt.desc().nullsLast()`. */
export class IndexPartBuilder {
  readonly [ambix]: { readonly kind: 'indexPart'; readonly element: IndexElementInput }
  constructor(element: IndexElementInput) {
    this[ambix] = Object.freeze({ kind: 'indexPart', element: Object.freeze(element) })
  }
  desc(): IndexPartBuilder {
    return new IndexPartBuilder({ ...this[ambix].element, order: 'desc' })
  }
  asc(): IndexPartBuilder {
    return new IndexPartBuilder({ ...this[ambix].element, order: 'asc' })
  }
  nullsFirst(): IndexPartBuilder {
    return new IndexPartBuilder({ ...this[ambix].element, nulls: 'first' })
  }
  nullsLast(): IndexPartBuilder {
    return new IndexPartBuilder({ ...this[ambix].element, nulls: 'last' })
  }
  opclass(name: string): IndexPartBuilder {
    return new IndexPartBuilder({ ...this[ambix].element, opclass: name })
  }
  prefix(length: number): IndexPartBuilder {
    return new IndexPartBuilder({ ...this[ambix].element, length })
  }
  collate(collation: string | Ref): IndexPartBuilder {
    return new IndexPartBuilder({ ...this[ambix].element, collation })
  }
}
