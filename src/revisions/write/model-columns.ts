/** Columns as a module of models declares them, with explicit names where the default name differs. */
import { isDeepStrictEqual } from 'node:util'
import { ColumnBuilder, columnData, type ColumnMap } from '../../schema/declare/column.ts'
import { inheritedColumn, parentsOf } from '../../schema/inherited.ts'
import { tableKey } from '../../schema/keys.ts'
import type { Column, Table } from '../../schema/model.ts'

export class ModelColumns {
  readonly #tables: readonly Table[]
  readonly #everyName: boolean
  readonly #byKey: ReadonlyMap<string, Table>

  constructor(tables: readonly Table[], everyName: boolean) {
    this.#tables = tables
    this.#everyName = everyName
    this.#byKey = new Map(tables.map((t) => [tableKey(t), t]))
  }

  /** The column's builder for another property, with explicit names where the default ones differ. */
  builder(table: Table, column: string, columns: ColumnMap, sqlName: string | undefined): unknown {
    const data = columnData(columns[column]!)
    const nameOf = (kind: 'primaryKey' | 'unique' | 'foreignKey'): string | undefined => {
      const found = table.constraints.find(
        (c) => c.kind === kind && 'columns' in c && c.columns.length === 1 && c.columns[0] === column,
      )
      return found !== undefined && (this.#everyName || this.#shared(table, found.name)) ? found.name : undefined
    }
    const [key, unique, foreign] = [nameOf('primaryKey'), nameOf('unique'), nameOf('foreignKey')]
    const primary = table.constraints.find((c) => c.kind === 'primaryKey')
    // SQLite's keys may be null; a model declares such a column as a key, and not as nullable.
    const keyed = data.nullable === true && primary?.kind === 'primaryKey' && primary.columns.includes(column)
    return new ColumnBuilder({
      ...data,
      ...(keyed ? { nullable: undefined } : {}),
      ...(sqlName === undefined ? {} : { sqlName }),
      ...(table.columns.find((c) => c.name === column)?.inherited === true ? { inherited: true as const } : {}),
      ...(data.primaryKey === undefined || key === undefined ? {} : { primaryKey: { name: key } }),
      ...(data.unique === undefined || unique === undefined ? {} : { unique: { ...data.unique, name: unique } }),
      ...(data.references === undefined || foreign === undefined
        ? {}
        : { references: { ...data.references, options: { name: foreign, ...data.references.options } } }),
    })
  }

  /** The columns that a model says: its own, and inherited ones that have something that their parents' have not. */
  declared(table: Table): readonly Column[] {
    return table.columns.filter((c) => c.inherited !== true || this.#differs(table, c))
  }

  #differs(table: Table, column: Column): boolean {
    if (column.grants !== undefined) return true
    const parents = parentsOf(table).flatMap((ref) => {
      const parent = this.#byKey.get(tableKey(ref))
      return parent === undefined ? [] : parent.columns.filter((c) => c.name === column.name)
    })
    return parents.length > 0 && parents.every((c) => !isDeepStrictEqual(inheritedColumn(c), column))
  }

  #sharedNames: ReadonlyMap<string, number> | undefined

  /** Whether several constraints of the schema have the name, so that none of them would get it by default. */
  #shared(table: Table, name: string): boolean {
    if (this.#sharedNames === undefined) {
      const counts = new Map<string, number>()
      for (const t of this.#tables)
        for (const p of [...t.constraints, ...t.indexes])
          counts.set(`${t.schema ?? ''}\n${p.name}`, (counts.get(`${t.schema ?? ''}\n${p.name}`) ?? 0) + 1)
      this.#sharedNames = counts
    }
    return (this.#sharedNames.get(`${table.schema ?? ''}\n${name}`) ?? 0) > 1
  }
}
