/** Writes a schema as the interface that Kysely wants: an interface per table and view, a union per enum, and what they need. */
import type { Dialect, ValueType } from '../dialects/dialect.ts'
import { identifierOf } from '../revisions/write/model-names.ts'
import { propertyName, stringLiteral } from '../revisions/write/literal.ts'
import { enumKey, keyOf, refText } from '../schema/keys.ts'
import type { Column, ColumnType, Domain, EnumType, Ref, Schema, SchemaObject, Table, View } from '../schema/model.ts'
import { serialKinds } from '../schema/types.ts'
import type { OwnEnum } from './own-enums.ts'

export interface InterfaceOptions {
  readonly dialect: Pick<Dialect, 'valueType' | 'writeType' | 'parseType' | 'fillsIn'>
  /** Lines of the comment at the top. */
  readonly heading: readonly string[]
  /** Names of tables and columns as Kysely's CamelCasePlugin has them. */
  readonly camelCase?: boolean
  /** Enums that the project has in TypeScript, by key; the others are unions of their labels. */
  readonly ownEnums?: ReadonlyMap<string, OwnEnum>
  /** TypeScript types by type of the database, as the database prints its name: for parsers that the program sets. */
  readonly types?: ReadonlyMap<string, string>
}

export interface InterfaceText {
  readonly text: string
  /** What could not be expressed, one sentence each. */
  readonly notes: readonly string[]
}

/** `Database`, with tables and views by the name that a query uses: `posts`, `app.posts`. */
export function renderInterface(schema: Schema, options: InterfaceOptions): InterfaceText {
  return new Writer(schema, options).write()
}

/** As Kysely's CamelCasePlugin with its defaults: an underscore is removed and the character after it becomes upper case. */
export function camelCase(name: string): string {
  return name.replaceAll(/(?<=[\s\S])_(?=_*$)|(?<=[\s\S])_+([^_])|(?<=^_)([^_])/gu, (_, a?: string, b?: string) =>
    (a ?? b ?? '').toUpperCase(),
  )
}

const relation = (o: SchemaObject): o is Table | View => o.kind === 'table' || o.kind === 'view'

/** Names that the file uses otherwise: globals, what is imported, what is declared below. */
const taken: readonly string[] =
  'Buffer Date Uint8Array Record Array Database ColumnType SelectType InsertType UpdateType Generated GeneratedAlways ReadOnly JsonValue JsonInput IntervalValue PointValue CircleValue Int8 Numeric Timestamp Json Bytes Interval Point Circle Bool Int'.split(
    ' ',
  )

const helpers: Readonly<Record<string, string>> = {
  Generated: `/** A default, an identity or a serial: an insert may leave it out. */
export type Generated<T> =
  T extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : ColumnType<T, T | undefined, T>
`,
  GeneratedAlways: `/** The database makes it, and takes none. */
export type GeneratedAlways<T> = ColumnType<SelectType<T>, never, never>
`,
  ReadOnly: `/** A column of a view. */
export type ReadOnly<T> = ColumnType<SelectType<T>, never, never>
`,
  JsonValue: `export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }
`,
  JsonInput: `/** What the driver sends as JSON by itself. Lists and texts go as JSON text: \`JSON.stringify(value)\`. */
export type JsonInput = string | number | boolean | { [key: string]: unknown }
`,
  IntervalValue: `export interface IntervalValue {
  years?: number
  months?: number
  days?: number
  hours?: number
  minutes?: number
  seconds?: number
  milliseconds?: number
  toPostgres(): string
}
`,
  PointValue: `export interface PointValue {
  x: number
  y: number
}
`,
  CircleValue: `export interface CircleValue {
  x: number
  y: number
  radius: number
}
`,
}

class Writer {
  readonly #schema: Schema
  readonly #options: InterfaceOptions
  readonly #names = new Map<string, string>()
  readonly #taken = new Set(taken)
  readonly #used = new Set<string>()
  readonly #aliases = new Map<string, ValueType>()
  /** The names that modules of the project's own are imported by. */
  readonly #modules = new Map<string, string>()
  readonly #notes: string[] = []
  /** User-defined types, by the name that a view's column type has. */
  readonly #spelled: ReadonlyMap<string, ColumnType>

  constructor(schema: Schema, options: InterfaceOptions) {
    this.#schema = schema
    this.#options = options
    const spelled = new Map<string, ColumnType>()
    for (const o of schema.objects.values())
      if (o.kind === 'enum' || o.kind === 'domain' || o.kind === 'composite' || o.kind === 'range') {
        const type = { kind: o.kind, name: o.name, ...(o.schema === undefined ? {} : { schema: o.schema }) }
        spelled.set(options.dialect.writeType(type), type)
      }
    this.#spelled = spelled
  }

  write(): InterfaceText {
    const sorted = [...this.#schema.objects.values()].map((o) => ({ o, name: 'name' in o ? refText(o as Ref) : '' }))
    sorted.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    const relations = sorted.flatMap(({ o }) =>
      relation(o) && !(o.kind === 'table' && o.partitionOf !== undefined) ? [o] : [],
    )
    const enums = sorted.flatMap(({ o }) => (o.kind === 'enum' ? [o] : []))
    // Tables choose their names first, then enums.
    for (const o of [...relations, ...enums]) this.#names.set(keyOf(o), this.#take(o))
    const bodies = relations.map((o) => this.#relation(o))
    const labels = enums.map((o) => this.#enum(o))
    const database = relations.map(
      (o) =>
        `  ${propertyName(this.#cased(o.schema === undefined ? o.name : `${o.schema}.${o.name}`))}: ${this.#names.get(keyOf(o))}\n`,
    )
    const parts = [...labels, ...this.#helpers(), ...bodies, `export interface Database {\n${database.join('')}}\n`]
    const heading = ['/**', ...this.#options.heading.map((l) => ` * ${l}`), ' */'].join('\n')
    return { text: [`${heading}\n${this.#imports(parts)}`, ...parts].join('\n'), notes: this.#notes }
  }

  #take(o: Table | View | EnumType): string {
    const plain = identifierOf(o.schema === undefined ? o.name : `${o.schema}_${o.name}`, o.kind)
    const big = plain.replace(/^_?\p{Ll}/u, (c) => c.toUpperCase())
    const candidates = [big, o.kind === 'enum' ? `${big}Enum` : `${big}Table`]
    const free = (name: string): boolean => !this.#taken.has(name)
    let name = candidates.find(free)
    for (let i = 2; name === undefined; i++) name = [`${big}${i}`].find(free)
    this.#taken.add(name)
    return name
  }

  #cased(name: string): string {
    if (this.#options.camelCase !== true) return name
    return name.split('.').map(camelCase).join('.')
  }

  #relation(o: Table | View): string {
    const lines =
      o.kind === 'table'
        ? o.columns.map((c) => this.#line(c.name, this.#column(o, c), c.comment))
        : (o.columns ?? []).map((c) =>
            this.#line(
              c.name,
              this.#use('ReadOnly', this.#nullable(this.#viewType(c.type))),
              o.columnComments?.[c.name],
            ),
          )
    if (o.kind === 'view' && o.columns === undefined) this.#notes.push(`view ${refText(o)}: its columns are not known`)
    return `${comment(o.comment, '')}export interface ${this.#names.get(keyOf(o))} {\n${lines.join('')}}\n`
  }

  #line(name: string, type: string, about: string | undefined): string {
    return `${comment(about, '  ')}  ${propertyName(this.#cased(name))}: ${type}\n`
  }

  #column(table: Table, column: Column): string {
    const domain = this.#domain(column.type)
    const fills = this.#options.dialect.fillsIn?.(table, column) === true
    const type = this.#type(column.type)
    const whole = column.nullable && domain?.notNull !== true && !fills ? this.#nullable(type) : type
    if (column.generated !== undefined || column.identity?.generation === 'always')
      return this.#use('GeneratedAlways', whole)
    const given = column.default ?? domain?.default
    const known = given !== undefined && !(given.kind === 'literal' && given.value === null)
    const counts = column.identity !== undefined || serialKinds.includes(column.type.kind)
    return known || counts || fills ? this.#use('Generated', whole) : whole
  }

  #nullable(type: string): string {
    return /(?:^|\| )(?:unknown|null)$/.test(type) ? type : `${type} | null`
  }

  #use(helper: string, type: string): string {
    this.#used.add(helper)
    return `${helper}<${type}>`
  }

  #domainOf(type: ColumnType): Domain | undefined {
    const found = type.kind === 'domain' ? this.#schema.objects.get(`domain:${refText(refOf(type))}`) : undefined
    return found?.kind === 'domain' ? found : undefined
  }

  /** The domain's properties of a column; domains may be based on domains. */
  #domain(type: ColumnType): Pick<Domain, 'notNull' | 'default'> | undefined {
    const found = this.#domainOf(type)
    if (found === undefined) return undefined
    const below = this.#domain(found.type)
    const given = found.default ?? below?.default
    return {
      notNull: found.notNull === true || below?.notNull === true,
      ...(given === undefined ? {} : { default: given }),
    }
  }

  /** The base type of a domain; any other type unchanged. */
  #base(type: ColumnType): ColumnType {
    const found = this.#domainOf(type)
    return found === undefined ? type : this.#base(found.type)
  }

  #viewType(text: string): string {
    const parsed = this.#options.dialect.parseType(text)
    const known = (t: ColumnType): ColumnType => this.#spelled.get(t.sql ?? '') ?? t
    return this.#type(parsed.element === undefined ? known(parsed) : { ...parsed, element: known(parsed.element) })
  }

  #type(given: ColumnType): string {
    const own = this.#options.types?.get(this.#options.dialect.writeType(given))
    if (own !== undefined) return own
    const type = this.#base(given)
    if (type !== given) return this.#type(type)
    const label = this.#label(type)
    if (label !== undefined) return label
    if (type.kind === 'array' && type.element !== undefined) {
      // Users' types in arrays remain theirs; their base type decides which values are accepted.
      const item = this.#label(this.#base(type.element))
      if (item !== undefined) return this.#cell({ read: 'string', write: `string | ${item}[]` })
      if (type.element.kind === 'domain') return this.#cell({ read: 'string', write: this.#written(type.element) })
    }
    return this.#cell(this.#options.dialect.valueType(type))
  }

  /** The values that an array of a domain accepts; it is read as text, whatever the domain is of. */
  #written(element: ColumnType): string {
    const { read, write = read } = this.#options.dialect.valueType({ kind: 'array', element: this.#base(element) })
    return write.startsWith('string |') ? write : `string | ${write}`
  }

  #label(type: ColumnType): string | undefined {
    return type.kind === 'enum' ? this.#names.get(enumKey(refOf(type))) : undefined
  }

  #cell({ read, write, name }: ValueType): string {
    if (write === undefined) return this.#seen(read)
    this.#seen(`${read} ${write}`)
    if (name === undefined) return `ColumnType<${read}, ${write}, ${write}>`
    this.#aliases.set(name, { read, write })
    return name
  }

  /** Remembers which helpers a type names. */
  #seen(text: string): string {
    for (const [word] of text.matchAll(/\w+/g)) if (helpers[word] !== undefined) this.#used.add(word)
    return text
  }

  #enum(o: EnumType): string {
    const name = this.#names.get(keyOf(o))!
    const own = this.#options.ownEnums?.get(keyOf(o))
    const about = comment(o.comment, '')
    if (own === undefined)
      return `${about}export type ${name} = ${o.values.map(stringLiteral).join(' | ') || 'never'}\n`
    const value = `${this.#module(own.module)}.${own.name}`
    return `${about}export type ${name} = (typeof ${value})[${own.list ? 'number' : `keyof typeof ${value}`}]\n`
  }

  #module(specifier: string): string {
    const known = this.#modules.get(specifier)
    if (known !== undefined) return known
    const name = this.#modules.size === 0 ? 'own' : `own${this.#modules.size + 1}`
    this.#modules.set(specifier, name)
    return name
  }

  #helpers(): string[] {
    if (this.#used.has('JsonInput')) this.#used.add('JsonValue')
    const aliases = [...this.#aliases]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { read, write }]) => `export type ${name} = ColumnType<${read}, ${write}, ${write}>\n`)
    return [...Object.entries(helpers).flatMap(([name, text]) => (this.#used.has(name) ? [text] : [])), ...aliases]
  }

  #imports(parts: readonly string[]): string {
    const text = parts.join('\n')
    const names = ['ColumnType', 'SelectType'].filter((n) => new RegExp(`\\b${n}<`).test(text))
    return [
      ...(names.length === 0 ? [] : [`import type { ${names.join(', ')} } from 'kysely'\n`]),
      ...[...this.#modules].map(([module, name]) => `import type * as ${name} from ${stringLiteral(module)}\n`),
    ].join('')
  }
}

const refOf = (type: ColumnType): Ref =>
  type.schema === undefined ? { name: type.name ?? '' } : { schema: type.schema, name: type.name ?? '' }

/** A comment of the database as JSDoc, which it cannot end. */
function comment(text: string | undefined, indent: string): string {
  if (text === undefined || text === '') return ''
  const lines = text.replaceAll('*/', '*\\/').split(/\r\n|[\n\r\u2028\u2029]/u)
  if (lines.length === 1) return `${indent}/** ${lines[0]!.trim()} */\n`
  return `${indent}/**\n${lines.map((l) => `${indent} * ${l}`.trimEnd()).join('\n')}\n${indent} */\n`
}
