/** Writes a schema as a module of models, as one would declare it by hand with `ambix/schema`. */
import { ColumnBuilder } from '../../schema/declare/column.ts'
import { keyOf, refText, tableKey } from '../../schema/keys.ts'
import type { Constraint, ColumnType, Index, Ref, Schema, SchemaObject, Sequence, Table } from '../../schema/model.ts'
import { withObjects } from '../../schema/lazy.ts'
import { withUsualKeyName } from '../../schema/resolve/naming.ts'
import { usualGrants } from '../../schema/usual-privileges.ts'
import type { Extra } from '../../schema/declare/table-extras.ts'
import { compact } from '../../operations/plain.ts'
import { tableInput } from '../../operations/definitions/table-input.ts'
import { type Layout, list, print } from './layout.ts'
import { type Printer, printer, Verbatim } from './literal.ts'
import { ModelColumns } from './model-columns.ts'
import { member, namesColumns, overColumns } from './model-extras.ts'
import { moduleNames, typeKeyOf } from './model-names.ts'
import { tablesInOrder, typesInOrder } from './model-order.ts'
import { propertyOf, text, refInput, builder, defaultInput, some } from './model-inputs.ts'

export interface ModelsText {
  readonly text: string
  /** What models cannot express, one sentence each; the module's head comment lists them too. */
  readonly notes: readonly string[]
}

export interface ModelsOptions {
  /** Lines of the comment at the top. */
  readonly heading?: readonly string[]
  /** Every constraint and index with its name, also where PostgreSQL would choose the same: for projects with a naming convention. */
  readonly everyName?: boolean
  /** The name of every primary key, where the server takes no other: models leave it out. */
  readonly primaryKeyName?: string
}

/** The module's text, formatted as prettier would; importing it declares the same schema. */
export function renderModels(schema: Schema, options: ModelsOptions = {}): ModelsText {
  const { primaryKeyName } = options
  if (primaryKeyName === undefined) return new Module(schema, options).write()
  const objects = [...schema.objects].map(
    ([key, o]) => [key, o.kind === 'table' ? withUsualKeyName(o, primaryKeyName) : o] as const,
  )
  return new Module(withObjects(schema, new Map(objects)), options).write()
}

type Of<K extends SchemaObject['kind']> = Extract<SchemaObject, { readonly kind: K }>

class Module {
  readonly #schema: Schema
  readonly #columns: ModelColumns
  readonly #heading: readonly string[]
  readonly #names: ReturnType<typeof moduleNames>
  readonly #used = new Set<string>()
  readonly #code: Printer
  /** Keys of the objects above: only these may be referred to by their constants. */
  readonly #done = new Set<string>()
  /** Properties by column name, of the tables above. */
  readonly #properties = new Map<string, ReadonlyMap<string, string>>()
  readonly #notes: string[] = []
  readonly #parts: string[] = []

  constructor(schema: Schema, options: ModelsOptions) {
    this.#schema = schema
    this.#columns = new ModelColumns(this.#of('table'), options.everyName ?? false)
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
    for (const type of typesInOrder(this.#schema)) this.#type(type)
    for (const table of tablesInOrder(this.#of('table'))) this.#table(table)
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
    // Without this, modules that export no table are refused: a forgotten export would drop them all.
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

  /** `table`, or `app.table` for an object in a declared schema. */
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
            ...(a.comment === undefined ? {} : { comment: a.comment }),
          }
          return [property, new ColumnBuilder(data)]
        })
        return this.#export(type, 'composite', [type.name, Object.fromEntries(attributes), ...some({ comment })])
      }
      case 'domain': {
        const checks = type.checks.map(({ name, sql, notValid, comment: said }): [string, unknown] => [
          name,
          notValid === true || said !== undefined ? compact({ sql: text(sql), notValid, comment: said }) : text(sql),
        ])
        const check = checks.length === 0 ? undefined : Object.fromEntries(checks)
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

  /** References without columns reference the primary key of the other table. */
  #pointed(c: Constraint): Constraint {
    if (c.kind !== 'foreignKey' || c.referencedColumns.length > 0) return c
    const target = this.#of('table').find((t) => tableKey(t) === tableKey(c.references))
    const key = target?.constraints.find((k) => k.kind === 'primaryKey')
    return key?.kind === 'primaryKey' ? { ...c, referencedColumns: key.columns } : c
  }

  #table(table: Table): void {
    const own: Table = {
      ...table,
      columns: this.#columns.declared(table),
      constraints: table.constraints.map((c) => this.#pointed(c)),
    }
    const { columns, extras, settings } = tableInput(own)
    const properties = new Map(own.columns.map((c) => [c.name, propertyOf(c.name)]))
    const declared = Object.fromEntries(
      own.columns.map((c) => {
        const property = properties.get(c.name)!
        return [property, this.#columns.builder(own, c.name, columns, property === c.name ? undefined : c.name)]
      }),
    )
    for (const i of table.indexes)
      if (i.invalid === true) this.#notes.push(`the index ${i.name} of ${refText(table)} is not valid`)
    const items = extras.map((e) => this.#code.valueLayout(overColumns(e, properties)))
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

  /** A table by its constant where it is declared above, else by name. */
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
      // Default privileges of a function or type that this object does not have: they are revoked.
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

function indexExtras(indexes: readonly Index[]): readonly Extra[] {
  return tableInput({ kind: 'table', name: 'view', columns: [], constraints: [], indexes }).extras
}
