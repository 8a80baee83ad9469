/**
 * Random schemas that PostgreSQL would take: tables over many types, defaults, identities, computed columns, enums,
 * keys, checks, indexes, sequences, domains, views, policies, comments, odd names. And pairs, one an edit of the other.
 */
import type fc from 'fast-check'
import { keyOf } from '../../src/schema/keys.ts'
import { defaultName } from '../../src/schema/resolve/naming.ts'
import { usualNames } from '../../src/schema/name-limit.ts'
import type {
  Column,
  ColumnType,
  Constraint,
  Default,
  EnumType,
  Index,
  Ref,
  Schema,
  SchemaObject,
  Table,
} from '../../src/schema/model.ts'
import { spellName } from '../../src/operations/fold/tokens.ts'
import { arbitraryOf, type Chooser } from './chooser.ts'

export interface ArbitrarySchemaOptions {
  /** Objects outside the default schema. Default true. */
  readonly schemas?: boolean
  /** Views, domains, composites, routines, triggers, policies beside tables, enums, sequences. Default true. */
  readonly rest?: boolean
  /** Names that need quoting. Default true. */
  readonly oddNames?: boolean
  readonly maxTables?: number
}

/** A schema. Everything in it may be created in PostgreSQL 15 or later, in the order of its dependencies. */
export function arbSchema(options: ArbitrarySchemaOptions = {}): fc.Arbitrary<Schema> {
  return arbitraryOf((choose) => schemaOf(new Maker(choose, options).objects()))
}

/** Two schemas, the second one an edit of the first. */
export function arbSchemaPair(
  options: ArbitrarySchemaOptions = {},
): fc.Arbitrary<{ readonly from: Schema; readonly to: Schema }> {
  return arbitraryOf((choose) => {
    const maker = new Maker(choose, options)
    const from = maker.objects()
    return { from: schemaOf(from), to: schemaOf(maker.edited(from)) }
  })
}

export function schemaOf(objects: readonly SchemaObject[]): Schema {
  return { objects: new Map(objects.map((o) => [keyOf(o), o])), dependencies: new Map(), uncovered: [] }
}

const quote = spellName
const quoteRef = (ref: Ref): string =>
  ref.schema === undefined ? quote(ref.name) : `${quote(ref.schema)}.${quote(ref.name)}`
const refOf = (o: Ref): Ref => (o.schema === undefined ? { name: o.name } : { schema: o.schema, name: o.name })

const plainWords = ['post', 'author', 'tag', 'price', 'note', 'kind', 'state', 'item'] as const
const oddWords = [
  'User',
  'two words',
  'a"b',
  'dot.ted',
  'naïve',
  'order',
  'select',
  '__proto__',
  'constructor',
  'a-b',
  '1st',
  "it's",
  'tick`${x}',
  '漢字',
  'back\\slash',
  'col:on',
] as const

interface Typed {
  readonly type: ColumnType
  readonly defaults: readonly Default[]
  /** Has a btree operator class, so that keys and indexes may be over it. */
  readonly ordered: boolean
}

const literal = (value: Extract<Default, { kind: 'literal' }>['value']): Default => ({ kind: 'literal', value })
const expression = (sql: string): Default => ({ kind: 'sql', sql })

const types: readonly Typed[] = [
  { type: { kind: 'integer' }, defaults: [literal(0), literal(-7)], ordered: true },
  {
    type: { kind: 'text' },
    defaults: [literal(''), literal("it's"), literal('a\\b'), expression('CURRENT_USER')],
    ordered: true,
  },
  { type: { kind: 'varchar', length: 120 }, defaults: [literal('x')], ordered: true },
  { type: { kind: 'varchar' }, defaults: [], ordered: true },
  { type: { kind: 'char', length: 3 }, defaults: [literal('abc')], ordered: true },
  { type: { kind: 'bigint' }, defaults: [literal(42), literal('9007199254740993')], ordered: true },
  { type: { kind: 'smallint' }, defaults: [literal(1)], ordered: true },
  { type: { kind: 'boolean' }, defaults: [literal(true), literal(false)], ordered: true },
  { type: { kind: 'numeric', precision: 10, scale: 2 }, defaults: [literal('1.50'), literal(0)], ordered: true },
  { type: { kind: 'numeric' }, defaults: [], ordered: true },
  { type: { kind: 'real' }, defaults: [], ordered: true },
  { type: { kind: 'doublePrecision' }, defaults: [literal(0.5)], ordered: true },
  { type: { kind: 'date' }, defaults: [literal('2026-11-20'), expression('CURRENT_DATE')], ordered: true },
  { type: { kind: 'timestamp', withTimeZone: true }, defaults: [expression('now()')], ordered: true },
  { type: { kind: 'timestamp', precision: 3 }, defaults: [literal('2026-11-20 10:30:00')], ordered: true },
  { type: { kind: 'time' }, defaults: [], ordered: true },
  { type: { kind: 'interval', fields: 'day to second' }, defaults: [], ordered: true },
  { type: { kind: 'uuid' }, defaults: [expression('gen_random_uuid()')], ordered: true },
  { type: { kind: 'json' }, defaults: [literal('{"a": 1}')], ordered: false },
  { type: { kind: 'jsonb' }, defaults: [literal('{}'), literal('[]')], ordered: true },
  { type: { kind: 'bytea' }, defaults: [literal('\\x00ff')], ordered: true },
  { type: { kind: 'inet' }, defaults: [literal('127.0.0.1')], ordered: true },
  { type: { kind: 'macaddr' }, defaults: [], ordered: true },
  { type: { kind: 'bit', length: 4 }, defaults: [], ordered: true },
  { type: { kind: 'varbit', length: 8 }, defaults: [], ordered: true },
  { type: { kind: 'tsvector' }, defaults: [], ordered: true },
  { type: { kind: 'point' }, defaults: [], ordered: false },
  { type: { kind: 'int4range' }, defaults: [], ordered: true },
  { type: { kind: 'tstzmultirange' }, defaults: [], ordered: true },
  { type: { kind: 'xml' }, defaults: [], ordered: false },
  {
    type: { kind: 'array', element: { kind: 'text' } },
    defaults: [literal([]), literal(['a', "b'c", '{d}'])],
    ordered: true,
  },
  {
    type: { kind: 'array', element: { kind: 'integer' } },
    defaults: [
      literal([1, 2]),
      literal([
        [1, 2],
        [3, 4],
      ]),
    ],
    ordered: true,
  },
  { type: { kind: 'array', element: { kind: 'varchar', length: 5 } }, defaults: [], ordered: true },
  { type: { kind: 'custom', sql: 'pg_lsn' }, defaults: [], ordered: true },
]

/** Makes one schema; names of relations, types and constraints are given once each. */
class Maker {
  readonly #choose: Chooser
  readonly #options: ArbitrarySchemaOptions
  #count = 0

  constructor(choose: Chooser, options: ArbitrarySchemaOptions) {
    this.#choose = choose
    this.#options = options
  }

  /** A name that no other object of the schema has. */
  #name(): string {
    const { pick, oneIn } = this.#choose
    const word = this.#options.oddNames !== false && oneIn(4) ? pick(oddWords) : pick(plainWords)
    this.#count++
    return `${word}${this.#count}`
  }

  #comment(): { comment?: string } {
    return this.#choose.oneIn(5) ? { comment: this.#choose.text() } : {}
  }

  #ref(schemas: readonly string[]): Ref {
    const { oneIn, pick } = this.#choose
    return schemas.length > 0 && oneIn(4) ? { schema: pick(schemas), name: this.#name() } : { name: this.#name() }
  }

  objects(): SchemaObject[] {
    const { int, oneIn } = this.#choose
    const objects: SchemaObject[] = []
    const schemas = this.#options.schemas !== false && oneIn(2) ? [this.#name()] : []
    for (const name of schemas) objects.push({ kind: 'schema', name, ...this.#comment() })
    const enums = Array.from({ length: int(0, 2) }, () => this.enumType(schemas))
    objects.push(...enums)
    const user: Typed[] = enums.map((e) => ({
      type: { kind: 'enum', ...refOf(e) },
      defaults: e.values.map((v) => literal(v)),
      ordered: true,
    }))
    user.push(
      ...enums.map((e): Typed => ({
        type: { kind: 'array', element: { kind: 'enum', ...refOf(e) } },
        defaults: [literal([]), literal(e.values.slice(0, 2))],
        ordered: true,
      })),
    )
    if (this.#options.rest !== false) {
      if (oneIn(3)) {
        const domain: SchemaObject = {
          kind: 'domain',
          ...this.#ref(schemas),
          type: { kind: 'text' },
          ...(oneIn(2) ? { notNull: true } : {}),
          checks: oneIn(2) ? [{ name: this.#name(), sql: "VALUE <> ''::text" }] : [],
          ...this.#comment(),
        }
        objects.push(domain)
        user.push({ type: { kind: 'domain', ...refOf(domain) }, defaults: [], ordered: true })
      }
      if (oneIn(4)) {
        const composite: SchemaObject = {
          kind: 'composite',
          ...this.#ref(schemas),
          attributes: [
            { name: this.#name(), type: { kind: 'text' } },
            { name: this.#name(), type: this.#choose.pick([...types, ...user]).type },
          ],
          ...this.#comment(),
        }
        objects.push(composite)
        user.push({ type: { kind: 'composite', ...refOf(composite) }, defaults: [], ordered: false })
      }
    }
    const tables: Table[] = []
    for (let i = int(0, this.#options.maxTables ?? 3); i > 0; i--) tables.push(this.table(schemas, user, tables))
    objects.push(...tables)
    if (oneIn(3)) objects.push(this.#sequence(schemas))
    if (this.#options.rest !== false) for (const table of tables) objects.push(...this.#beside(table))
    return objects
  }

  enumType(schemas: readonly string[]): EnumType {
    const { int, text } = this.#choose
    const values = new Set(['draft', 'live', 'gone'].slice(0, int(1, 3)))
    if (this.#choose.oneIn(3)) values.add(text())
    return { kind: 'enum', ...this.#ref(schemas), values: [...values], ...this.#comment() }
  }

  #sequence(schemas: readonly string[]): SchemaObject {
    const { oneIn, pick } = this.#choose
    return {
      kind: 'sequence',
      ...this.#ref(schemas),
      ...(oneIn(3) ? { type: 'integer' as const } : {}),
      ...(oneIn(3) ? { start: 100 } : {}),
      ...(oneIn(3) ? { increment: pick([5, 2]) } : {}),
      ...(oneIn(4) ? { cycle: true } : {}),
      ...this.#comment(),
    }
  }

  #beside(table: Table): SchemaObject[] {
    const { oneIn } = this.#choose
    const out: SchemaObject[] = []
    const on = refOf(table)
    if (oneIn(3)) {
      out.push({
        kind: 'view',
        ...this.#ref([]),
        definition: ` SELECT id\n   FROM ${quoteRef(on)}`,
        ...(oneIn(3) ? { with: { security_barrier: 'true' } } : {}),
        ...this.#comment(),
      })
    }
    if (oneIn(5)) {
      const name = this.#name()
      out.push({
        kind: 'view',
        name,
        materialized: true,
        definition: ` SELECT id\n   FROM ${quoteRef(on)}`,
        ...(oneIn(2) ? { indexes: [{ name: this.#name(), elements: [{ column: 'id' }], unique: true }] } : {}),
        ...this.#comment(),
      })
    }
    if (oneIn(4))
      out.push({
        kind: 'policy',
        table: on,
        name: this.#name(),
        command: 'select',
        roles: ['public'],
        using: '(id > 0)',
        ...this.#comment(),
      })
    if (oneIn(5)) {
      const name = `touch${this.#count++}`
      out.push({
        kind: 'routine',
        name,
        routineKind: 'function',
        identityArguments: '',
        definition: `CREATE OR REPLACE FUNCTION ${name}()\n RETURNS trigger\n LANGUAGE plpgsql\nAS $function$begin return new; end$function$\n`,
      })
      const trigger = `t${this.#count++}`
      out.push({
        kind: 'trigger',
        table: on,
        name: trigger,
        definition: `CREATE TRIGGER ${trigger} BEFORE UPDATE ON ${quoteRef(on)} FOR EACH ROW EXECUTE FUNCTION ${name}()`,
      })
    }
    return out
  }

  column(user: readonly Typed[]): { column: Column; typed: Typed } {
    const { pick, oneIn, int } = this.#choose
    const typed = user.length > 0 && oneIn(3) ? pick(user) : pick(types)
    const column: Column = {
      name: this.#name(),
      type: typed.type,
      nullable: !oneIn(3),
      ...(typed.defaults.length > 0 && oneIn(2) ? { default: pick(typed.defaults) } : {}),
      ...(typed.type.kind === 'text' && oneIn(6) ? { collation: { name: 'C' } } : {}),
      ...(oneIn(12) ? { statistics: int(1, 100) } : {}),
      ...(typed.type.kind === 'text' && oneIn(12) ? { storage: 'external' as const } : {}),
      ...this.#comment(),
    }
    return { column, typed }
  }

  table(schemas: readonly string[], user: readonly Typed[], others: readonly Table[]): Table {
    const { int, oneIn, pick, some } = this.#choose
    const of = this.#ref(schemas)
    const shape = int(0, 3)
    const id: Column = {
      name: 'id',
      type: { kind: shape === 2 ? 'serial' : shape === 3 ? 'bigint' : 'integer' },
      nullable: false,
      ...(shape === 1
        ? { identity: { generation: pick(['byDefault', 'always'] as const), ...(oneIn(3) ? { start: 10 } : {}) } }
        : {}),
    }
    const made = Array.from({ length: int(0, 4) }, () => this.column(user))
    const columns: Column[] = [id, ...made.map((m) => m.column)]
    if (oneIn(5))
      columns.push({
        name: this.#name(),
        type: { kind: 'bigint' },
        nullable: true,
        generated: { sql: '(id * 2)', stored: true },
      })
    const constraints: Constraint[] = []
    const indexes: Index[] = []
    const ordered = made.filter((m) => m.typed.ordered).map((m) => m.column.name)
    const named = (kind: Constraint['kind'], names: readonly string[]): string =>
      oneIn(3)
        ? this.#name()
        : defaultName({ kind, table: of.name, columns: names }, usualNames, (n) =>
            constraints.some((c) => c.name === n),
          )
    if (!oneIn(5))
      constraints.push({ kind: 'primaryKey', name: named('primaryKey', ['id']), columns: ['id'], ...this.#comment() })
    if (ordered.length > 0 && oneIn(2)) {
      const names = some(ordered, 1)
      constraints.push({
        kind: 'unique',
        name: named('unique', names),
        columns: names,
        ...(oneIn(6) ? { with: { fillfactor: '60' } } : {}),
        ...(oneIn(6) ? { nullsNotDistinct: true } : oneIn(6) ? { deferrable: true, initiallyDeferred: true } : {}),
      })
    }
    if (oneIn(3))
      constraints.push({
        kind: 'check',
        name: named('check', ['id']),
        sql: 'id > 0',
        ...(oneIn(4) ? { noInherit: true } : {}),
        ...this.#comment(),
      })
    const target = others.filter((t) => t.constraints.some((c) => c.kind === 'primaryKey')).at(-1)
    const kindOfId = target?.columns[0]!.type.kind
    if (target !== undefined && oneIn(2)) {
      const name = this.#name()
      columns.push({ name, type: { kind: kindOfId === 'bigint' ? 'bigint' : 'integer' }, nullable: true })
      constraints.push({
        kind: 'foreignKey',
        name: named('foreignKey', [name]),
        columns: [name],
        references: refOf(target),
        referencedColumns: ['id'],
        ...(oneIn(2) ? { onDelete: pick(['cascade', 'setNull', 'restrict'] as const) } : {}),
        ...(oneIn(5) ? { deferrable: true } : {}),
      })
    }
    if (oneIn(3)) {
      const names = ['id', ...ordered]
      indexes.push({
        name: this.#name(),
        elements: some(names, 1)
          .map((column) => ({
            column,
            ...(oneIn(4) ? { order: 'desc' as const } : {}),
            ...(oneIn(6) ? { nulls: 'last' as const } : {}),
          }))
          .map((e) => (e.order === undefined && 'nulls' in e ? { column: e.column } : e)),
        ...(oneIn(3) ? { unique: true } : {}),
        ...(oneIn(3) ? { where: 'id > 0' } : {}),
        ...this.#comment(),
      })
    }
    if (oneIn(5))
      indexes.push({
        name: this.#name(),
        elements: [{ expression: 'abs(id)' }],
        ...(oneIn(3) ? { with: { fillfactor: '70' } } : {}),
      })
    return {
      kind: 'table',
      ...of,
      columns,
      constraints,
      indexes,
      ...this.#comment(),
      ...(oneIn(8) ? { with: { fillfactor: '80' } } : {}),
      ...(oneIn(6) ? { rowSecurity: true } : {}),
    }
  }

  /** A few edits of the objects; each leaves a schema that may be created. */
  edited(objects: readonly SchemaObject[]): SchemaObject[] {
    let out = [...objects]
    for (let i = this.#choose.int(0, 4); i > 0; i--) out = this.#edit(out)
    return out
  }

  #edit(objects: SchemaObject[]): SchemaObject[] {
    const { pick, int, oneIn } = this.#choose
    const tables = objects.filter((o): o is Table => o.kind === 'table')
    const schemas = objects.flatMap((o) => (o.kind === 'schema' ? [o.name] : []))
    const enums = objects.filter((o): o is EnumType => o.kind === 'enum')
    const replace = (old: SchemaObject, now: SchemaObject): SchemaObject[] => objects.map((o) => (o === old ? now : o))
    const table = tables.length === 0 ? undefined : pick(tables)
    switch (table === undefined ? 0 : int(0, 9)) {
      case 0:
        return [...objects, this.table(schemas, [], tables)]
      case 1: {
        const { column } = this.column([])
        return replace(table!, { ...table!, columns: [...table!.columns, column] })
      }
      case 2: {
        const free = table!.columns.filter((c) => c.name !== 'id' && !uses(table!, c.name))
        if (free.length === 0) return objects
        const gone = pick(free)
        return replace(table!, { ...table!, columns: table!.columns.filter((c) => c !== gone) })
      }
      case 3: {
        const column = pick(table!.columns)
        if (column.name === 'id' || column.generated !== undefined) return objects
        const typed = types.find((t) => JSON.stringify(t.type) === JSON.stringify(column.type))
        const { default: _, ...rest } = column
        const value =
          typed === undefined || typed.defaults.length === 0 || oneIn(3) ? {} : { default: pick(typed.defaults) }
        return replace(table!, {
          ...table!,
          columns: table!.columns.map((c) => (c === column ? { ...rest, ...value, nullable: !column.nullable } : c)),
        })
      }
      case 4:
        return replace(table!, {
          ...table!,
          indexes: [...table!.indexes, { name: this.#name(), elements: [{ column: 'id' }] }],
        })
      case 5:
        return table!.indexes.length === 0 ? objects : replace(table!, { ...table!, indexes: table!.indexes.slice(1) })
      case 6: {
        const { comment: _, ...rest } = table!
        return replace(table!, { ...rest, ...this.#comment() })
      }
      case 7: {
        const gone = table!.constraints.filter((c) => c.kind !== 'primaryKey')
        if (gone.length > 0 && oneIn(2))
          return replace(table!, { ...table!, constraints: table!.constraints.filter((c) => c !== gone[0]) })
        return replace(table!, {
          ...table!,
          constraints: [...table!.constraints, { kind: 'check', name: this.#name(), sql: 'id < 1000000' }],
        })
      }
      case 8: {
        const on = refOf(table!)
        const referenced = tables.some(
          (t) =>
            t !== table &&
            t.constraints.some(
              (c) => c.kind === 'foreignKey' && c.references.name === on.name && c.references.schema === on.schema,
            ),
        )
        const beside = objects.some(
          (o) =>
            (o.kind === 'view' && o.definition.includes(quoteRef(on))) ||
            ((o.kind === 'trigger' || o.kind === 'policy') && o.table.name === on.name),
        )
        return referenced || beside ? objects : objects.filter((o) => o !== table)
      }
      default: {
        if (enums.length === 0) return [...objects, this.enumType(schemas)]
        const type = pick(enums)
        return replace(type, {
          ...type,
          values: oneIn(2) ? [...type.values, `new${this.#count++}`] : [`first${this.#count++}`, ...type.values],
        })
      }
    }
  }
}

function uses(table: Table, column: string): boolean {
  return (
    table.constraints.some((c) => 'columns' in c && c.columns.includes(column)) ||
    table.indexes.some((i) => i.elements.some((e) => e.column === column) || (i.include?.includes(column) ?? false))
  )
}
