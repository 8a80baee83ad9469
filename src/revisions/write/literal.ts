/** Prints the arguments of operations as TypeScript: plain data, column builders, constraints and indexes, SQL. */
import { type ColumnData, columnData, isColumn } from '../../schema/declare/column.ts'
import { dataOf } from '../../schema/declared.ts'
import type { ColumnType, Identity, Ref } from '../../schema/model.ts'
import { isSql, type Sql, type SqlChunk } from '../../schema/sql.ts'
import { type ExtraData, isExtra } from '../../schema/declare/table-extras.ts'
import { columnKinds, serialKinds } from '../../schema/types.ts'
import { either, group, indent, type Layout, list, mustBreak, print } from './layout.ts'

/** Prints code, and collects what it needs from `ambix/schema`. */
export interface Printer {
  /** Names of `ambix/schema` that the printed code uses. */
  readonly imports: ReadonlySet<string>
  /** `op.createTable('posts', …)`, formatted from `indentation` on. */
  call(callee: string, args: readonly unknown[], indentation?: number): string
  value(value: unknown, indentation?: number): string
  /** The same, to be laid out with the code around it. */
  layout(callee: string, args: readonly unknown[]): Layout
  valueLayout(value: unknown): Layout
}

/** Objects that are declared in the same module, and are referred to by name there. */
export interface Declarations {
  /** `status` for columns of an enum that is declared as `const status = enumType(…)`. */
  type?(type: ColumnType): string | undefined
  /** `users.id`, where a reference may be written like this. */
  reference?(table: Ref, column: string): string | undefined
}

/** Code that is printed unchanged among values. */
export class Verbatim {
  readonly layout: Layout
  constructor(layout: Layout) {
    this.layout = layout
  }
}

export function printer(declared: Declarations = {}): Printer {
  const imports = new Set<string>()
  const code = new Code(imports, declared)
  return {
    imports,
    call: (callee, args, indentation = 0) => print(code.call(callee, args), indentation),
    value: (value, indentation = 0) => print(code.value(value), indentation),
    layout: (callee, args) => code.call(callee, args),
    valueLayout: (value) => code.value(value),
  }
}

/** A TypeScript string literal, safe for any text: quotes, backslashes, line ends, invisible and reversing characters. */
export function stringLiteral(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  return `${quote}${escapeText(text, quote).replaceAll(/[\n\t]/g, (c) => (c === '\n' ? '\\n' : '\\t'))}${quote}`
}

/** The text between the backticks of a template; its line ends are kept. Nothing in it can end it or open `${`. */
export function templateText(text: string): string {
  return escapeText(text, '`').replaceAll('${', '\\${')
}

/**
 * Backslash, the closing quote, and every character that an editor hides or that changes how a line reads: control and
 * format characters, line and paragraph separators, lone surrogates. Line ends and tabs are kept.
 */
function escapeText(text: string, quote: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('</script', '<\\/script')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0\ufeff]/gu, (c) => {
      if (c === '\n' || c === '\t') return c
      if (c === '\r') return '\\r'
      const code = c.codePointAt(0)!
      return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
    })
}

/** A property's name, quoted where needed; never the one that would set the prototype. */
export function propertyName(name: string): string {
  if (name === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : stringLiteral(name)
}

const typedOptions = {
  time: ['withTimeZone', 'precision'],
  timestamp: ['withTimeZone', 'precision'],
  interval: ['fields', 'precision'],
} as const
const refFunctions: Readonly<Record<string, string>> = {
  enum: 'enumRef',
  domain: 'domainRef',
  composite: 'compositeRef',
  range: 'rangeRef',
}

/** A call at the end of a chain: `.notNull()`. */
type Link = readonly [name: string, ...args: readonly unknown[]]

class Code {
  readonly #imports: Set<string>
  readonly #declared: Declarations
  constructor(imports: Set<string>, declared: Declarations) {
    this.#imports = imports
    this.#declared = declared
  }

  #use(name: string): string {
    this.#imports.add(name)
    return name
  }

  /** A call with its arguments: on one line, with the last one broken open, or one argument per line. */
  call(callee: string, args: readonly unknown[]): Layout {
    const given = args.map((a, i) =>
      i === 1 && /\b(?:createTable|table)$/.test(callee) ? this.#object(a as object, true) : this.value(a),
    )
    return this.#arguments(callee, given, args)
  }

  #arguments(callee: string, given: readonly Layout[], args: readonly unknown[]): Layout {
    if (given.length === 0) return `${callee}()`
    const last = given.at(-1)!
    const first = given.slice(0, -1)
    const flat: Layout = [callee, '(', given.map((g, i) => (i === 0 ? g : [', ', g])), ')']
    const broken = list(`${callee}(`, given, ')', { broken: true })
    if (given.length === 1 && isSql(args[0])) return flat
    if (first.some((g) => mustBreak(g))) return broken
    if (!this.#opens(args.at(-1), args.at(-2))) return mustBreak(last) ? broken : either(flat, broken)
    const hugged: Layout = [callee, '(', first.map((g) => [g, ', ']), open(last), ')']
    // The flat alternative comes first and is skipped where the last argument must break.
    return either(flat, hugged, broken)
  }

  /** Whether the last argument may be broken while the call stays on its line: an object or a list, with none of its kind before it. */
  #opens(last: unknown, before: unknown): boolean {
    const sort = (x: unknown): string =>
      Array.isArray(x)
        ? 'list'
        : typeof x === 'object' && x !== null && dataOf(x) === undefined && isPlain(x)
          ? 'object'
          : 'other'
    if (sort(last) === 'other' || sort(last) === sort(before)) return false
    return Object.keys(last as object).length > 0
  }

  value(value: unknown): Layout {
    switch (typeof value) {
      case 'string':
        return stringLiteral(value)
      case 'number':
        return Object.is(value, -0) ? '-0' : String(value)
      case 'boolean':
      case 'undefined':
        return String(value)
      case 'bigint':
        return `${value}n`
      case 'object':
        return value === null ? 'null' : this.#thing(value)
      default:
        throw new TypeError(`a ${typeof value} cannot be written into a revision`)
    }
  }

  #thing(value: object): Layout {
    if (value instanceof Verbatim) return value.layout
    if (isColumn(value)) return this.#column(columnData(value))
    if (isSql(value)) return this.#sql(value)
    if (isExtra(value)) return this.#extra(dataOf(value) as ExtraData)
    if (Array.isArray(value)) return this.#list(value)
    if (value instanceof Date) {
      return Number.isNaN(value.getTime()) ? 'new Date(NaN)' : `new Date(${stringLiteral(value.toISOString())})`
    }
    if (value instanceof Uint8Array) return ['Uint8Array.from(', list('[', [...value].map(String), ']'), ')']
    return this.#object(value, false)
  }

  /** Lists of several objects are printed one per line, as prettier does. */
  #list(values: readonly unknown[]): Layout {
    const many = (x: unknown): boolean =>
      typeof x === 'object' && x !== null && dataOf(x) === undefined && Object.keys(x).length > 1
    const broken = values.length > 1 && values.every((v) => many(v) && Array.isArray(v) === Array.isArray(values[0]))
    return list(
      '[',
      values.map((v) => this.value(v)),
      ']',
      { broken },
    )
  }

  #object(object: object, broken: boolean): Layout {
    const entries = Object.entries(object).filter(([, value]) => value !== undefined)
    return list(
      '{',
      entries.map(([key, value]) => [propertyName(key), ': ', this.value(value)]),
      '}',
      { padded: true, broken },
    )
  }

  #sql(fragment: Sql): Layout {
    this.#use('sql')
    const parts = fragment.chunks.map((c) => this.#chunk(c)).join('')
    return { kind: 'raw', text: `sql\`${parts}\`` }
  }

  #chunk(chunk: SqlChunk): string {
    const names = (...parts: readonly (string | undefined)[]): string =>
      `\${sql.identifier(${parts.flatMap((p) => (p === undefined ? [] : [stringLiteral(p)])).join(', ')})}`
    switch (chunk.kind) {
      case 'text':
        return templateText(chunk.text)
      case 'identifier':
        return names(...chunk.parts)
      case 'table':
        return names(chunk.table.schema, chunk.table.name)
      case 'column':
        return names(chunk.column)
      case 'value': {
        const value = print(this.value(chunk.value))
        return chunk.inline === true ? `\${sql.literal(${value})}` : `\${${value}}`
      }
    }
  }

  /** `integer().notNull()`: on one line, or one call per line where it is long and has several. */
  #chain(head: Layout, links: readonly Link[]): Layout {
    const calls = links.map(([name, ...args]) => ['.', this.call(name, args)])
    const flat: Layout = [head, calls]
    if (calls.length < 2) return flat
    const tall: Layout = [head, indent(calls.map((c) => [{ kind: 'line', flat: '' } as const, c]))]
    // Prettier's rule for chains of three or more calls: a template among the arguments breaks them.
    if (links.some(([, ...args]) => args.some((a) => isSql(a)))) return group(tall, true)
    return either(flat, group(tall, true))
  }

  /** The bare type: `varchar(120)`, `enumRef('status')`, `integer().array()`. */
  #type(type: ColumnType): { readonly head: Layout; readonly links: readonly Link[] } {
    if (type.kind === 'array' && type.element !== undefined) {
      const element = this.#type(type.element)
      return { head: element.head, links: [...element.links, ['array']] }
    }
    const options = (names: readonly (keyof ColumnType)[]): readonly unknown[] => {
      const given = Object.fromEntries(names.flatMap((n) => (type[n] === undefined ? [] : [[n, type[n]]])))
      return Object.keys(given).length === 0 ? [] : [given]
    }
    const call = (name: string, args: readonly unknown[]): { head: Layout; links: readonly Link[] } => ({
      head: this.call(this.#use(name), args),
      links: [],
    })
    const declared = this.#declared.type?.(type)
    if (declared !== undefined) return { head: `${declared}()`, links: [] }
    const reference = refFunctions[type.kind]
    if (reference !== undefined) return call(reference, [type.name, ...options(['schema'])])
    if (type.kind === 'custom') return type.sql === '' ? call('untyped', []) : call('customType', [type.sql])
    if (type.kind in typedOptions) return call(type.kind, options(typedOptions[type.kind as keyof typeof typedOptions]))
    if (type.kind === 'numeric') {
      return call(
        'numeric',
        type.precision === undefined ? [] : type.scale === undefined ? [type.precision] : [type.precision, type.scale],
      )
    }
    if (!(type.kind in columnKinds)) throw new TypeError(`the type ${type.kind} cannot be written into a revision`)
    return call(type.kind, type.length === undefined ? [] : [type.length])
  }

  #column(data: ColumnData): Layout {
    const { head, links } = this.#type(data.type)
    return this.#chain(head, [...links, ...columnLinks(data, this.#declared)])
  }

  #extra(data: ExtraData): Layout {
    const name = data.kind
    const named = data.name === undefined ? [] : [data.name]
    return this.#chain(
      this.call(this.#use(name), data.kind === 'check' ? [...named, data.sql] : named),
      extraLinks(data, this.#declared),
    )
  }
}

function open(layout: Layout): Layout {
  return typeof layout === 'object' && !Array.isArray(layout) && 'kind' in layout && layout.kind === 'group'
    ? { ...layout, broken: true }
    : layout
}

function isPlain(x: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === Object.prototype || prototype === null
}

/** An argument only where it has properties. */
function some(options: object): readonly unknown[] {
  const given = Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined))
  return Object.keys(given).length === 0 ? [] : [given]
}

function identityOptions(identity: Identity): readonly unknown[] {
  const { generation, ...rest } = identity
  return some(generation === 'always' ? { generation, ...rest } : rest)
}

function columnLinks(data: ColumnData, declared: Declarations): readonly Link[] {
  const links: Link[] = []
  if (data.sqlName !== undefined) links.push(['named', data.sqlName])
  if (data.primaryKey !== undefined)
    links.push(['primaryKey', ...(data.primaryKey.name === undefined ? [] : [data.primaryKey.name])])
  if (data.identity !== undefined) links.push(['identity', ...identityOptions(data.identity)])
  if (data.nullable !== undefined && !serialKinds.includes(data.type.kind))
    links.push([data.nullable ? 'nullable' : 'notNull'])
  if (data.unique !== undefined) links.push(['unique', ...some(data.unique)])
  if (data.references !== undefined && 'table' in data.references.target) {
    const { table, columns } = data.references.target
    const known = declared.reference?.(table, columns[0] ?? '')
    if (known === undefined)
      links.push(['references', table.name, columns[0], ...some({ schema: table.schema, ...data.references.options })])
    else links.push(['references', new Verbatim(`() => ${known}`), ...some(data.references.options)])
  }
  if (data.collation !== undefined)
    links.push(['collate', data.collation.name, ...some({ schema: data.collation.schema })])
  if (data.default !== undefined)
    links.push(['default', data.default.kind === 'fragment' ? data.default.sql : data.default.value])
  if (data.generated !== undefined)
    links.push(['generatedAs', data.generated.sql, ...some({ stored: data.generated.stored ? undefined : false })])
  for (const c of data.checks ?? []) links.push(['check', c.sql, ...(c.name === undefined ? [] : [c.name])])
  for (const i of data.indexes ?? []) links.push(['index', ...some(i)])
  if (data.storage !== undefined) links.push(['storage', data.storage])
  if (data.compression !== undefined) links.push(['compression', data.compression])
  if (data.statistics !== undefined) links.push(['statistics', data.statistics])
  if (data.inherited === true) links.push(['inherited'])
  if (data.comment !== undefined) links.push(['comment', data.comment])
  return links
}

function extraLinks(data: ExtraData, declared: Declarations): readonly Link[] {
  const links: Link[] = []
  const when = (set: unknown, ...link: Link): void => {
    if (set !== undefined && set !== false) links.push(link)
  }
  if (data.kind === 'index') {
    links.push(['on', ...data.parts])
    when(data.unique, 'unique')
    when(data.using, 'using', data.using)
    when(data.where, 'where', data.where)
  } else if (data.kind === 'exclude') {
    when(data.using, 'using', data.using)
    links.push(['elements', ...data.elements])
    when(data.where, 'where', data.where)
  } else if (data.kind !== 'check') links.push(['on', ...data.columns])
  if (data.kind === 'foreignKey' && data.target !== undefined && 'table' in data.target) {
    const { table, columns } = data.target
    const { onDelete, onUpdate, onDeleteColumns, match, deferrable, initially, notValid, notEnforced } = data
    const options = { onDelete, onUpdate, onDeleteColumns, match, deferrable, initially, notValid, notEnforced }
    const known = columns.map((c) => declared.reference?.(table, c))
    if (known.includes(undefined) || known.length === 0) {
      links.push([
        'references',
        table.name,
        columns.length === 1 ? columns[0] : columns,
        ...some({ schema: table.schema, ...options }),
      ])
    } else
      links.push([
        'references',
        new Verbatim(`() => ${known.length === 1 ? known[0] : `[${known.join(', ')}]`}`),
        ...some(options),
      ])
  }
  if (data.kind !== 'check' && data.kind !== 'foreignKey') when(data.include, 'include', ...(data.include ?? []))
  if (data.kind !== 'check' && data.kind !== 'foreignKey') {
    when(data.with, 'with', data.with)
    when(data.tablespace, 'tablespace', data.tablespace)
  }
  if (data.kind === 'index' || data.kind === 'unique') when(data.nullsNotDistinct, 'nullsNotDistinct')
  if (data.kind === 'index') {
    when(data.only, 'only')
    when(data.clustered, 'clustered')
  }
  if (data.kind === 'primaryKey' || data.kind === 'unique' || data.kind === 'exclude') {
    when(data.deferrable, 'deferrable', ...some({ initially: data.initially }))
  }
  if (data.kind === 'check') {
    when(data.noInherit, 'noInherit')
    when(data.notValid, 'notValid')
    when(data.notEnforced, 'notEnforced')
  }
  when(data.comment, 'comment', data.comment)
  return links
}
