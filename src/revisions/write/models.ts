/** Writes a schema as a module of models, as a person would have declared it with `ambix/schema`. */
import { ColumnBuilder, columnData, type ColumnMap } from '../../schema/declare/column.ts'
import { ambix } from '../../schema/declared.ts'
import { keyOf, refText, tableKey } from '../../schema/keys.ts'
import type {
  Constraint,
  ColumnType,
  Default,
  Index,
  Ref,
  Schema,
  SchemaObject,
  Sequence,
  Table,
} from '../../schema/model.ts'
import { usualGrants } from '../../schema/usual-privileges.ts'
import { sql, type Sql } from '../../schema/sql.ts'
import type { Extra, ExtraData, IndexPart } from '../../schema/declare/table-extras.ts'
import { tableInput } from '../../operations/definitions/table-input.ts'
import { compact } from '../../operations/plain.ts'
import { type Layout, list, print } from './layout.ts'
import { type Printer, printer, propertyName, stringLiteral, Verbatim } from './literal.ts'
import { moduleNames, typeKeyOf } from './model-names.ts'

export interface ModelsText {
  readonly text: string
  /** What models cannot say, each in a sentence; they stand in the module's head too. */
  readonly notes: readonly string[]
}

export interface ModelsOptions {
  /** Lines of the comment at the top. */
  readonly heading?: readonly string[]
  /** Every constraint and index by its name, also where PostgreSQL would choose the same: for projects with a naming convention. */
  readonly everyName?: boolean
}

/** The module's text, formatted as prettier would; importing it declares the same schema. */
export function renderModels(schema: Schema, options: ModelsOptions = {}): ModelsText {
  return new Module(schema, options).write()
}

type Of<K extends SchemaObject['kind']> = Extract<SchemaObject, { readonly kind: K }>

class Module {
  readonly #schema: Schema
  readonly #everyName: boolean
  readonly #heading: readonly string[]
  readonly #names: ReturnType<typeof moduleNames>
  readonly #used = new Set<string>()
  readonly #code: Printer
  /** Keys of what stands above: only that may be named by its constant. */
  readonly #done = new Set<string>()
  /** Properties by column name, of the tables above. */
  readonly #properties = new Map<string, ReadonlyMap<string, string>>()
  readonly #notes: string[] = []
  readonly #parts: string[] = []

  constructor(schema: Schema, options: ModelsOptions) {
    this.#schema = schema
    this.#everyName = options.everyName ?? false
    this.#heading = options.heading ?? []
    this.#names = moduleNames(schema.objects)
    this.#code = printer({
      type: (type: ColumnType) => (type.name === undefined ? undefined : this.#const(typeKeyOf(type))),
      reference: (table: Ref, column: string) => {
        const property = this.#properties.get(tableKey(table))?.get(column)
        const name = this.#const(tableKey(table))
        return property === undefined || name === undefined ? undefined : member(name, property)
      },
    })
  }

  write(): ModelsText {
    for (const [name, id] of this.#names.schemas) {
      const declared = this.#schema.objects.get(keyOf({ kind: 'schema', name }))
      this.#declare(id, this.#use('schema'), [name, ...some({ comment: declared?.comment })])
    }
    this.#list(
      'extensions',
      this.#of('extension').map((e) =>
        this.#call('extension', [e.name, ...some({ schema: e.schema, comment: e.comment })]),
      ),
    )
    for (const type of this.#types()) this.#type(type)
    for (const table of this.#tables()) this.#table(table)
    for (const sequence of this.#of('sequence')) this.#sequence(sequence)
    for (const routine of this.#of('routine')) {
      const callee = { function: 'fn', procedure: 'procedure', aggregate: 'aggregate' }[routine.routineKind]
      this.#export(routine, callee, [routine.name, text(routine.definition), ...some({ comment: routine.comment })])
    }
    for (const view of this.#of('view')) {
      const settings = {
        comment: view.comment,
        with: view.with,
        columnComments: view.columnComments,
        tablespace: view.tablespace,
        noData: view.noData,
        indexes: view.indexes === undefined ? undefined : indexExtras(view.indexes),
      }
      this.#export(view, view.materialized === true ? 'materializedView' : 'view', [
        view.name,
        text(view.definition),
        ...some(settings),
      ])
    }
    this.#beside()
    this.#grants()
    for (const name of this.#schema.uncovered) this.#notes.push(`${name}: ambix does not read such objects`)
    return { text: this.#module(), notes: this.#notes }
  }

  #module(): string {
    const imports = [...new Set([...this.#used, ...this.#code.imports])].toSorted((a, b) => (a < b ? -1 : 1))
    const notes =
      this.#notes.length === 0
        ? []
        : ['What models cannot say, and is left as it is in the database:', ...this.#notes.map((n) => `- ${n}`)]
    const head = [...this.#heading, ...notes].map((l) =>
      `// ${l.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')}`.trimEnd(),
    )
    // Without a word modules that export no table are refused: a forgotten export would drop them all.
    if (![...this.#schema.objects.values()].some((o) => o.kind !== 'enum' && o.kind !== 'schema'))
      this.#parts.push('export const tables: readonly never[] = []')
    const lines =
      imports.length === 0 ? [] : [print([list('import {', imports, '}', { padded: true }), " from 'ambix/schema'"])]
    return `${[...head, ...lines].join('\n')}\n${this.#parts.map((p) => `\n${p}\n`).join('')}`
  }

  #of<K extends SchemaObject['kind']>(kind: K): readonly Of<K>[] {
    return [...this.#schema.objects.values()].filter((o): o is Of<K> => o.kind === kind)
  }

  #const(key: string): string | undefined {
    return this.#done.has(key) ? this.#names.objects.get(key) : undefined
  }

  #use(name: string): string {
    this.#used.add(name)
    return name
  }

  /** `table`, or `app.table` for what stands in a schema of its own. */
  #callee(word: string, schema: string | undefined): string {
    return schema === undefined ? this.#use(word) : `${this.#names.schemas.get(schema)!}.${word}`
  }

  #declare(id: string, callee: string, args: readonly unknown[]): void {
    this.#parts.push(print([`export const ${id} = `, this.#code.layout(callee, args)]))
  }

  #call(callee: string, args: readonly unknown[]): Layout {
    return this.#code.layout(this.#use(callee), args)
  }

  #export(
    object: Of<'enum' | 'domain' | 'composite' | 'range' | 'sequence' | 'routine' | 'view' | 'table'>,
    word: string,
    args: readonly unknown[],
  ): void {
    const key = keyOf(object)
    this.#declare(this.#names.objects.get(key)!, this.#callee(word, object.schema), args)
    this.#done.add(key)
  }

  #list(name: string, calls: readonly Layout[]): void {
    if (calls.length === 0) return
    this.#parts.push(print([`export const ${this.#names.objects.get(`list:${name}`)!} = `, list('[', calls, ']')]))
  }

  /** Types before what is made of them. */
  #types(): readonly Of<'enum' | 'domain' | 'composite' | 'range'>[] {
    const all = new Map(
      [...this.#schema.objects].filter(([, o]) => ['enum', 'domain', 'composite', 'range'].includes(o.kind)),
    )
    const order: Of<'enum' | 'domain' | 'composite' | 'range'>[] = []
    const seen = new Set<string>()
    const visit = (key: string): void => {
      const o = all.get(key)
      if (o === undefined || seen.has(key)) return
      seen.add(key)
      const over = (type: ColumnType): void =>
        type.element === undefined ? visit(typeKeyOf(type)) : over(type.element)
      if (o.kind === 'domain') over(o.type)
      if (o.kind === 'range') over(o.subtype)
      if (o.kind === 'composite') for (const a of o.attributes) over(a.type)
      if (o.kind === 'enum' || o.kind === 'domain' || o.kind === 'composite' || o.kind === 'range') order.push(o)
    }
    for (const key of all.keys()) if (key.startsWith('enum:')) visit(key)
    for (const key of all.keys()) visit(key)
    return order
  }

  #type(type: Of<'enum' | 'domain' | 'composite' | 'range'>): void {
    const { comment } = type
    switch (type.kind) {
      case 'enum':
        return this.#export(type, 'enumType', [type.name, type.values, ...some({ comment })])
      case 'range': {
        const { opclass, collation, subtypeDiff, canonical, multirangeName } = type
        const settings = {
          opclass,
          collation: collation && refInput(collation),
          subtypeDiff,
          canonical,
          multirangeName,
          comment,
        }
        return this.#export(type, 'range', [type.name, builder(type.subtype), ...some(settings)])
      }
      case 'composite': {
        const attributes = type.attributes.map((a): [string, unknown] => {
          const property = propertyOf(a.name)
          const data = {
            kind: 'columnBuilder' as const,
            type: a.type,
            ...(a.collation && { collation: a.collation }),
            ...(property === a.name ? {} : { sqlName: a.name }),
          }
          return [property, new ColumnBuilder(data)]
        })
        return this.#export(type, 'composite', [type.name, Object.fromEntries(attributes), ...some({ comment })])
      }
      case 'domain': {
        for (const c of type.checks)
          if (c.notValid === true)
            this.#notes.push(`the check ${c.name} of the domain ${refText(type)} is not validated`)
        const check =
          type.checks.length === 0 ? undefined : Object.fromEntries(type.checks.map((c) => [c.name, text(c.sql)]))
        const { notNull, collation } = type
        const settings = {
          notNull,
          default: type.default && defaultInput(type.default),
          collation: collation && refInput(collation),
          check,
          comment,
        }
        return this.#export(type, 'domain', [type.name, builder(type.type), ...some(settings)])
      }
    }
  }

  /** Tables before those that point to them, as far as they do not point to each other. */
  #tables(): readonly Table[] {
    const all = new Map(this.#of('table').map((t) => [tableKey(t), t]))
    const order: Table[] = []
    const seen = new Set<string>()
    for (const root of all.keys()) {
      const stack: { readonly key: string; readonly needs: string[] }[] = []
      const enter = (key: string): void => {
        const table = all.get(key)
        if (table === undefined || seen.has(key)) return
        seen.add(key)
        const foreign = table.constraints.flatMap((c) => (c.kind === 'foreignKey' ? [tableKey(c.references)] : []))
        // Taken from the end: parents first.
        stack.push({
          key,
          needs: [
            ...foreign.toReversed(),
            ...parentsOf(table)
              .map((p) => tableKey(p))
              .toReversed(),
          ],
        })
      }
      enter(root)
      for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
        const need = top.needs.pop()
        if (need !== undefined) enter(need)
        else {
          stack.pop()
          order.push(all.get(top.key)!)
        }
      }
    }
    return order
  }

  /** References that name no columns point to the primary key of the other table. */
  #pointed(c: Constraint): Constraint {
    if (c.kind !== 'foreignKey' || c.referencedColumns.length > 0) return c
    const target = this.#of('table').find((t) => tableKey(t) === tableKey(c.references))
    const key = target?.constraints.find((k) => k.kind === 'primaryKey')
    return key?.kind === 'primaryKey' ? { ...c, referencedColumns: key.columns } : c
  }

  #table(table: Table): void {
    const own: Table = {
      ...table,
      columns: table.columns.filter((c) => c.inherited !== true),
      constraints: table.constraints.map((c) => this.#pointed(c)),
    }
    const { columns, extras, settings } = tableInput(own)
    const properties = new Map(own.columns.map((c) => [c.name, propertyOf(c.name)]))
    const declared = Object.fromEntries(
      own.columns.map((c) => {
        const property = properties.get(c.name)!
        return [property, this.#named(own, c.name, columns, property === c.name ? undefined : c.name)]
      }),
    )
    for (const i of table.indexes)
      if (i.invalid === true) this.#notes.push(`the index ${i.name} of ${refText(table)} is not valid`)
    const items = extras.map((e) => this.#code.valueLayout(this.#extra(e, properties)))
    const callback = new Verbatim([
      extras.some((e) => namesColumns(e, properties)) ? '(t) => ' : '() => ',
      list('[', items, ']'),
    ])
    const {
      comment,
      unlogged,
      with: parameters,
      tablespace,
      partitionBy,
      partitionOf,
      rowSecurity,
      forceRowSecurity,
      replicaIdentity,
      strict,
      withoutRowid,
    } = settings
    const more = some({
      comment,
      unlogged,
      with: parameters,
      tablespace,
      inherits: table.inherits?.map((p) => this.#tableName(p)),
      partitionBy,
      partitionOf:
        partitionOf === undefined
          ? undefined
          : { parent: this.#tableName(table.partitionOf!.parent), bound: partitionOf.bound },
      rowSecurity,
      forceRowSecurity,
      replicaIdentity,
      strict,
      withoutRowid,
    })
    this.#export(table, 'table', [table.name, declared, ...(items.length === 0 ? [] : [callback]), ...more])
    this.#properties.set(tableKey(table), properties)
  }

  /** The column's builder under another property, with names where the default ones will not do. */
  #named(table: Table, column: string, columns: ColumnMap, sqlName: string | undefined): unknown {
    const data = columnData(columns[column]!)
    const nameOf = (kind: 'primaryKey' | 'unique' | 'foreignKey'): string | undefined => {
      const found = table.constraints.find(
        (c) => c.kind === kind && 'columns' in c && c.columns.length === 1 && c.columns[0] === column,
      )
      return found !== undefined && (this.#everyName || this.#shared(table, found.name)) ? found.name : undefined
    }
    const [key, unique, foreign] = [nameOf('primaryKey'), nameOf('unique'), nameOf('foreignKey')]
    const primary = table.constraints.find((c) => c.kind === 'primaryKey')
    // SQLite's keys may be null; a model says of a key that it is one.
    const keyed = data.nullable === true && primary?.kind === 'primaryKey' && primary.columns.includes(column)
    return new ColumnBuilder({
      ...data,
      ...(keyed ? { nullable: undefined } : {}),
      ...(sqlName === undefined ? {} : { sqlName }),
      ...(data.primaryKey === undefined || key === undefined ? {} : { primaryKey: { name: key } }),
      ...(data.unique === undefined || unique === undefined ? {} : { unique: { ...data.unique, name: unique } }),
      ...(data.references === undefined || foreign === undefined
        ? {}
        : { references: { ...data.references, options: { name: foreign, ...data.references.options } } }),
    })
  }

  #sharedNames: ReadonlyMap<string, number> | undefined

  /** Whether several constraints of the schema have the name, so that none of them would get it by itself. */
  #shared(table: Table, name: string): boolean {
    if (this.#sharedNames === undefined) {
      const counts = new Map<string, number>()
      for (const t of this.#of('table'))
        for (const p of [...t.constraints, ...t.indexes])
          counts.set(`${t.schema ?? ''}\n${p.name}`, (counts.get(`${t.schema ?? ''}\n${p.name}`) ?? 0) + 1)
      this.#sharedNames = counts
    }
    return (this.#sharedNames.get(`${table.schema ?? ''}\n${name}`) ?? 0) > 1
  }

  /** What stands beside the columns, over `t.email` instead of 'email' where the table declares it. */
  #extra(extra: Extra, properties: ReadonlyMap<string, string>): Extra {
    const column = (name: unknown): unknown =>
      typeof name === 'string' && properties.has(name) ? new Verbatim(member('t', properties.get(name)!)) : name
    const data = extra[ambix]
    const change =
      data.kind === 'index'
        ? { parts: data.parts.map((p) => part(p, column)), include: data.include?.map(column) }
        : data.kind === 'exclude'
          ? {
              elements: data.elements.map(([p, operator]) => [part(p, column), operator]),
              include: data.include?.map(column),
            }
          : data.kind === 'check'
            ? {}
            : data.kind === 'foreignKey'
              ? { columns: data.columns.map(column) }
              : { columns: data.columns.map(column), include: data.include?.map(column) }
    // Code stands where columns stood: the printer takes it for what it is.
    return { [ambix]: { ...data, ...change } as unknown as ExtraData }
  }

  /** A table by its constant where that is declared above, else by name. */
  #tableName(ref: Ref): unknown {
    const name = this.#const(tableKey(ref))
    return name === undefined ? refInput(ref) : new Verbatim(name)
  }

  #sequence(sequence: Sequence): void {
    const { kind: _, name, schema: __, ownedBy, owner: ___, grants: ____, ...settings } = sequence
    const owned = ownedBy === undefined ? undefined : { table: this.#tableName(ownedBy.table), column: ownedBy.column }
    this.#export(sequence, 'sequence', [name, ...some({ ...settings, ownedBy: owned })])
  }

  #beside(): void {
    this.#list(
      'triggers',
      this.#of('trigger').map((t) =>
        this.#call('trigger', [
          t.name,
          this.#tableName(t.table),
          text(t.definition),
          ...some({ enabled: t.enabled, comment: t.comment }),
        ]),
      ),
    )
    this.#list(
      'policies',
      this.#of('policy').map((p) => {
        const to = p.roles.length === 1 ? (p.roles[0] === 'public' ? undefined : p.roles[0]) : p.roles
        const settings = {
          for: p.command === 'all' ? undefined : p.command,
          restrictive: p.restrictive,
          to,
          using: p.using && text(p.using),
          check: p.check && text(p.check),
          comment: p.comment,
        }
        return this.#call('policy', [p.name, this.#tableName(p.table), ...some(settings)])
      }),
    )
    this.#list(
      'definitions',
      this.#of('definition').map((d) => {
        const create = d.create.map((c) => text(c))
        const settings = {
          create: create.length === 1 ? create[0] : create,
          drop: text(d.drop),
          commentOn: d.commentOn,
          table: d.table && this.#tableName(d.table),
          comment: d.comment,
        }
        return this.#call('definition', [d.objectKind, d.identity, ...some(settings)])
      }),
    )
  }

  #grants(): void {
    const calls: Layout[] = []
    for (const [key, object] of this.#schema.objects) {
      const columns = object.kind === 'table' ? object.columns.filter((c) => c.grants !== undefined) : []
      const named = object.kind === 'schema' ? this.#names.schemas.get(object.name) : this.#const(key)
      // What everybody may do with a function or type unless it is revoked, and may not do with this one.
      for (const { grantee, privileges } of object.grants === undefined ? [] : usualGrants(object)) {
        if (object.grants!.some((g) => g.grantee === grantee)) continue
        if (named === undefined)
          this.#notes.push(`${privileges.join(', ')} on ${key.replace(':', ' ')} is revoked from ${grantee}`)
        else calls.push(this.#call('revoke', [privileges, new Verbatim(named), { from: grantee }]))
      }
      for (const grant of object.grants ?? []) {
        if (named === undefined)
          this.#notes.push(`${grant.grantee} has ${grant.privileges.join(', ')} on ${key.replace(':', ' ')}`)
        else
          calls.push(
            this.#call('grant', [
              grant.privileges,
              new Verbatim(named),
              { to: grant.grantee, ...(grant.grantable === true ? { grantable: true } : {}) },
            ]),
          )
      }
      for (const column of columns) {
        for (const grant of column.grants ?? []) {
          const settings = {
            to: grant.grantee,
            columns: [column.name],
            ...(grant.grantable === true ? { grantable: true } : {}),
          }
          calls.push(this.#call('grant', [grant.privileges, new Verbatim(named!), settings]))
        }
      }
    }
    this.#list('grants', calls)
  }
}

const parentsOf = (table: Table): readonly Ref[] => [
  ...(table.inherits ?? []),
  ...(table.partitionOf === undefined ? [] : [table.partitionOf.parent]),
]

/** Properties that are numbers would come first, whatever the order of the columns. */
const propertyOf = (column: string): string => (/^\d+$/.test(column) ? `column${column}` : column)

function member(object: string, property: string): string {
  return propertyName(property) === property ? `${object}.${property}` : `${object}[${stringLiteral(property)}]`
}

const text = (definition: string): Sql => sql.raw(definition)

const refInput = (ref: Ref): string | Ref =>
  ref.schema === undefined ? ref.name : { schema: ref.schema, name: ref.name }

const builder = (type: ColumnType): unknown => new ColumnBuilder({ kind: 'columnBuilder', type })

const defaultInput = (value: Default): unknown => (value.kind === 'sql' ? text(value.sql) : value.value)

/** An argument only where there is something to say. */
function some(settings: object): readonly unknown[] {
  const given = compact(settings)
  return Object.keys(given).length === 0 ? [] : [given]
}

/** Whether what stands beside the columns names one of those that the table declares. */
function namesColumns(extra: Extra, properties: ReadonlyMap<string, string>): boolean {
  const data = extra[ambix]
  if (data.kind === 'check') return false
  const parts =
    data.kind === 'index' ? data.parts : data.kind === 'exclude' ? data.elements.map(([p]) => p) : data.columns
  const include = data.kind === 'foreignKey' ? [] : (data.include ?? [])
  return [...parts, ...include].some((p) => {
    const name = typeof p === 'object' && 'column' in p ? p.column : p
    return typeof name === 'string' && properties.has(name)
  })
}

/** `t.created_at.desc().nullsLast()`. */
function part(p: IndexPart, column: (name: unknown) => unknown): unknown {
  if (typeof p === 'string') return column(p)
  if (typeof p !== 'object' || ambix in p || !('column' in p)) return p
  const named = column(p.column)
  if (!(named instanceof Verbatim)) return p
  const calls = [
    ...(p.order === 'desc' ? ['.desc()'] : []),
    ...(p.nulls === undefined ? [] : [p.nulls === 'first' ? '.nullsFirst()' : '.nullsLast()']),
    ...(p.opclass === undefined ? [] : [`.opclass(${stringLiteral(p.opclass)})`]),
    ...(p.length === undefined ? [] : [`.prefix(${p.length})`]),
    ...(p.collation === undefined ? [] : [`.collate(${printer().value(p.collation)})`]),
  ]
  return new Verbatim([named.layout, ...calls])
}

function indexExtras(indexes: readonly Index[]): readonly Extra[] {
  return tableInput({ kind: 'table', name: 'view', columns: [], constraints: [], indexes }).extras
}
