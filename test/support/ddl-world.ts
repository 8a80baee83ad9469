/** What a random world holds, and how it is written down as statements. */

export interface World {
  readonly major: number
  readonly items: readonly Item[]
}

/** A type: one of `builtins` by number, or an item that makes one. */
export interface TypeRef {
  builtin: number
  user?: number
  array?: boolean
}

export interface ColumnSpec {
  id: number
  name: string
  type: TypeRef
  notNull?: boolean
  /** Which of the type's defaults; or a function, or a sequence. */
  def?: number
  defFn?: number
  defSeq?: number
  identity?: string
  serial?: boolean
  /** From another column. */
  generated?: { of: number; fn?: number; virtual?: boolean; plus: number }
  collate?: boolean
  ownCollation?: number
  settings?: string[]
  comment?: string
}

interface Base {
  id: number
  name: string
  /** A schema item. */
  schema?: number
  comment?: string
  grants?: string[]
  owner?: string
}
export interface CheckSpec {
  name: string
  column: number
  fn?: number
  more: string
  comment?: string
  turn: number
}
export interface KeySpec {
  name: string
  columns: number[]
  more: string
  include?: number[]
  comment?: string
}
export interface IndexSpec {
  name: string
  parts: { column: number; how: number; fn?: number; order: string }[]
  unique?: boolean
  method?: string
  where?: number
  include?: number
  more: string
  comment?: string
  statistics?: boolean
}
export interface TableItem extends Base {
  kind: 'table'
  columns: ColumnSpec[]
  pk?: { name: string; more: string; comment?: string; columns: number[] }
  uniques: KeySpec[]
  checks: CheckSpec[]
  fks: { name: string; target: number; more: string; comment?: string; self?: boolean }[]
  exclude?: { name: string; column: number; more: string }
  indexes: IndexSpec[]
  options: string
  unlogged?: boolean
  after: string[]
  partition?: { by: 'list' | 'range' | 'hash'; parts: PartSpec[] }
  parents: number[]
  foreign?: number
}
export interface PartSpec {
  name: string
  n: number
  isDefault?: boolean
  index?: string
  check?: string
  own?: string
  sub?: { name: string }[]
}
export interface PlainItem extends Base {
  kind:
    | 'schema'
    | 'enum'
    | 'domain'
    | 'composite'
    | 'range'
    | 'collation'
    | 'sequence'
    | 'function'
    | 'procedure'
    | 'aggregate'
    | 'view'
    | 'trigger'
    | 'policy'
    | 'rule'
    | 'statistics'
    | 'cast'
    | 'operator'
    | 'event trigger'
    | 'publication'
    | 'default privileges'
    | 'server'
    | 'dictionary'
    | 'configuration'
  /** What it is made of; each kind reads its own. */
  on?: number
  also?: number
  fn?: number
  type?: TypeRef
  types?: { name: string; type: TypeRef; comment?: string }[]
  labels?: string[]
  turn: number
  other: number
  words: string[]
  indexes?: IndexSpec[]
  columnComment?: string
}
export type Item = TableItem | PlainItem

export interface Builtin {
  readonly sql: string
  /** What expressions may be made of it. */
  readonly as: 'int' | 'num' | 'text' | 'bool' | 'date' | 'json' | 'range' | 'array' | 'none'
  readonly defaults: readonly string[]
  readonly ordered?: boolean
  readonly gist?: string
}

export const builtins: readonly Builtin[] = [
  { sql: 'integer', as: 'int', defaults: ['0', '-7', '(1 + 2)'], ordered: true },
  { sql: 'text', as: 'text', defaults: ["''", "'it''s'", 'CURRENT_USER', "upper('q')", 'NULL'], ordered: true },
  { sql: 'bigint', as: 'int', defaults: ['42', '9007199254740993'], ordered: true },
  { sql: 'varchar(20)', as: 'text', defaults: ["'x'"], ordered: true },
  { sql: 'varchar', as: 'text', defaults: ["'a' || 'b'"], ordered: true },
  { sql: 'char(3)', as: 'text', defaults: ["'abc'"], ordered: true },
  { sql: 'smallint', as: 'int', defaults: ['1', "'2'"], ordered: true },
  { sql: 'boolean', as: 'bool', defaults: ['true', '(NOT true)'], ordered: true },
  { sql: 'numeric(10, 2)', as: 'num', defaults: ['1.50', '0'], ordered: true },
  { sql: 'numeric', as: 'num', defaults: ['1e10'], ordered: true },
  { sql: 'double precision', as: 'num', defaults: ['0.5', "'NaN'"], ordered: true },
  { sql: 'date', as: 'date', defaults: ["'2026-11-20'", 'CURRENT_DATE', "now() + '1 day'"], ordered: true },
  { sql: 'timestamptz', as: 'date', defaults: ['now()', 'CURRENT_TIMESTAMP'], ordered: true },
  { sql: 'timestamp(3)', as: 'date', defaults: ["'2026-11-20 10:30:00'"], ordered: true },
  { sql: 'interval day to second(2)', as: 'none', defaults: ["'1 day'"], ordered: true },
  { sql: 'time', as: 'none', defaults: ["'10:00'"], ordered: true },
  { sql: 'uuid', as: 'none', defaults: ['gen_random_uuid()'], ordered: true },
  { sql: 'json', as: 'none', defaults: [`'{"a": 1}'`] },
  { sql: 'jsonb', as: 'json', defaults: ["'{}'", "jsonb_build_object('a', 1)"], ordered: true },
  { sql: 'bytea', as: 'none', defaults: ["'\\x00ff'"], ordered: true },
  { sql: 'inet', as: 'none', defaults: ["'127.0.0.1'"], ordered: true },
  { sql: 'bit(4)', as: 'none', defaults: ["B'0101'"], ordered: true },
  { sql: 'text[]', as: 'array', defaults: ["'{}'", "ARRAY['a', 'b']", 'ARRAY[]::text[]'], ordered: true },
  { sql: 'integer[]', as: 'array', defaults: ["'{1,2}'"], ordered: true },
  { sql: 'int4range', as: 'range', defaults: ["'[1,5)'", 'int4range(1, 2)'], ordered: true, gist: '&&' },
  { sql: 'tstzrange', as: 'range', defaults: ["'empty'"], ordered: true, gist: '&&' },
  { sql: 'int4multirange', as: 'range', defaults: ["'{}'"], ordered: true },
  { sql: 'tsvector', as: 'none', defaults: [], ordered: true },
  { sql: 'point', as: 'none', defaults: ["'(1,2)'"] },
  { sql: 'box', as: 'none', defaults: [], gist: '&&' },
  { sql: 'money', as: 'none', defaults: ["'1.20'"], ordered: true },
  { sql: 'xml', as: 'none', defaults: [] },
  { sql: 'regclass', as: 'none', defaults: ["'pg_class'"], ordered: true },
]

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const text = (value: string): string =>
  value.includes('\\')
    ? ` E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    : `'${value.replaceAll("'", "''")}'`

interface Typed extends Builtin {
  readonly user?: Item
}

/** A column of a relation, as others may refer to it. */
interface Out {
  readonly id: number
  readonly name: string
  readonly type: Typed
}

/** The statements of a world. */
export function statementsOf(world: World): readonly string[] {
  return new Writer(world).all()
}

class Writer {
  readonly #items = new Map<number, Item>()
  readonly #major: number
  readonly #out: string[] = []
  readonly #late: string[] = []
  /** Columns with a default that may be set: neither computed nor counted. */
  readonly #settable = new Set<number>()
  readonly #views = new Map<number, readonly Out[]>()
  readonly #done = new Set<number>()

  constructor(world: World) {
    this.#major = world.major
    for (const item of world.items) this.#items.set(item.id, item)
  }

  all(): readonly string[] {
    for (const item of this.#items.values()) {
      if (item.kind === 'table') this.#table(item)
      else this.#plain(item)
    }
    return [...this.#out, ...this.#late]
  }

  #get(id: number | undefined): Item | undefined {
    return id !== undefined && this.#done.has(id) ? this.#items.get(id) : undefined
  }

  #name(item: Base): string {
    const schema = this.#get(item.schema)
    return schema === undefined ? quote(item.name) : `${quote(schema.name)}.${quote(item.name)}`
  }

  #comment(what: string, comment: string | undefined): void {
    if (comment !== undefined) this.#late.push(`COMMENT ON ${what} IS ${text(comment)}`)
  }

  /** Grants, owner and comment. */
  #described(what: string, item: Base, privileges: readonly string[], ownable = true): void {
    this.#comment(what, item.comment)
    for (const grant of item.grants ?? []) {
      const [who, n] = grant.split(' ')
      const all = privileges.length === 0 ? undefined : privileges[Number(n) % privileges.length]
      if (all !== undefined)
        this.#late.push(
          `GRANT ${all} ON ${what.replace(/^(?:MATERIALIZED )?VIEW|^FOREIGN TABLE/, 'TABLE')} TO ${who}${Number(n) > 6 && who !== 'PUBLIC' ? ' WITH GRANT OPTION' : ''}`,
        )
    }
    if (item.owner !== undefined && ownable) this.#late.push(`ALTER ${what} OWNER TO ${item.owner}`)
  }

  #type(ref: TypeRef): Typed {
    const user = this.#get(ref.user)
    // A foreign table whose server is gone is not there, and has no row type.
    const relation = user?.kind === 'table' || user?.kind === 'view'
    if (user === undefined || (relation && this.#relation(user.id) === undefined))
      return builtins[ref.builtin % builtins.length]!
    const sql = this.#name(user)
    const base: Typed =
      user.kind === 'enum'
        ? { sql, as: 'none', defaults: user.labels!.map(text), ordered: true, user }
        : user.kind === 'domain'
          ? { ...this.#type(user.type!), sql, defaults: [], user }
          : user.kind === 'range'
            ? { sql, as: 'range', defaults: ["'empty'"], ordered: true, gist: '&&', user }
            : { sql, as: 'none', defaults: [], user }
    return ref.array === true
      ? { sql: `${sql}[]`, as: 'array', defaults: ["'{}'"], user, ...(base.ordered === true ? { ordered: true } : {}) }
      : base
  }

  /** A call that is immutable and takes a whole number. */
  #call(id: number | undefined, argument: string): string | undefined {
    const fn = this.#get(id)
    if (fn === undefined || fn.kind !== 'function' || !isScalar(fn)) return undefined
    return `${this.#name(fn)}(${argument})`
  }

  #condition(c: Out, turn: number, fn?: number): string {
    const name = quote(c.name)
    const call = c.type.as === 'int' ? this.#call(fn, `(${name})::integer`) : undefined
    if (call !== undefined) return `${call} > ${turn}`
    return condition(name, c.type, turn)
  }

  #table(item: TableItem): void {
    const name = this.#name(item)
    const server = this.#get(item.foreign)
    if (item.foreign !== undefined && server === undefined) return
    const foreign = server !== undefined
    const parents = item.parents
      .map((id) => this.#get(id))
      .filter((p): p is TableItem => p?.kind === 'table' && p.partition === undefined && p.foreign === undefined)
    const key = item.partition === undefined ? undefined : item.columns[0]
    const lines: string[] = []
    const outs: Out[] = []
    const inherited = parents.flatMap((p) => [...(this.#views.get(p.id) ?? [])])
    for (const o of inherited) if (!outs.some((x) => x.name === o.name)) outs.push(o)
    for (const column of item.columns) {
      if (outs.some((o) => o.name === column.name)) continue
      const type =
        column === key ? (item.partition!.by === 'range' ? builtins[11]! : builtins[0]!) : this.#type(column.type)
      outs.push({ id: column.id, name: column.name, type })
    }
    for (const column of item.columns) {
      if (inherited.some((o) => o.name === column.name)) continue
      const type = outs.find((o) => o.id === column.id)!.type
      const said = this.#column(item, column, type, outs, column === key, foreign)
      if (!/ GENERATED |serial/.test(said)) this.#settable.add(column.id)
      lines.push(`${quote(column.name)} ${said}`)
    }
    const find = (ids: readonly number[]): Out[] =>
      ids.map((id) => outs.find((o) => o.id === id)).filter((o) => o !== undefined)
    const constraint = (n: string, sql: string, comment?: string): void => {
      lines.push(`CONSTRAINT ${quote(n)} ${sql}`)
      if (comment !== undefined) this.#comment(`CONSTRAINT ${quote(n)} ON ${name}`, comment)
    }
    const list = (columns: readonly Out[]): string => columns.map((c) => quote(c.name)).join(', ')
    const isVirtual = (id: number): boolean => item.columns.find((c) => c.id === id)?.generated?.virtual === true
    const ordered = (ids: readonly number[]): Out[] =>
      find(ids).filter((c) => c.type.ordered === true && !isVirtual(c.id))
    if (!foreign) {
      if (item.pk !== undefined) {
        const columns = ordered(item.pk.columns)
        if (key !== undefined && !columns.some((c) => c.id === key.id)) columns.push(outs.find((o) => o.id === key.id)!)
        if (columns.length > 0)
          constraint(item.pk.name, `PRIMARY KEY (${list(columns)})${item.pk.more}`, item.pk.comment)
      }
      // PostgreSQL makes one constraint of two keys that are the same.
      const keys = new Set([item.pk === undefined ? '' : list(ordered(item.pk.columns))])
      for (const u of item.uniques) {
        const columns = ordered(u.columns)
        if (keys.has(list(columns))) continue
        keys.add(list(columns))
        if (key !== undefined && !columns.some((c) => c.id === key.id)) columns.push(outs.find((o) => o.id === key.id)!)
        const include = ordered(u.include ?? []).filter((c) => !columns.includes(c))
        if (columns.length > 0)
          constraint(
            u.name,
            `UNIQUE${u.more.startsWith(' NULLS') ? u.more : ''} (${list(columns)})${include.length === 0 ? '' : ` INCLUDE (${list(include)})`}${u.more.startsWith(' NULLS') ? '' : u.more}`,
            u.comment,
          )
      }
      const x = item.exclude === undefined ? undefined : find([item.exclude.column])[0]
      if (x?.type.gist !== undefined && key === undefined)
        constraint(item.exclude!.name, `EXCLUDE USING gist (${quote(x.name)} WITH ${x.type.gist})${item.exclude!.more}`)
    }
    const notValid: string[] = []
    for (const c of item.checks) {
      const column = find([c.column])[0]
      if (column === undefined) continue
      const no = c.more.includes('NO INHERIT') && item.partition !== undefined ? '' : c.more
      const sql = `CHECK (${this.#condition(column, c.turn, isVirtual(column.id) ? undefined : c.fn)})`
      if (no.includes('NOT VALID') && !foreign) {
        notValid.push(`ALTER TABLE ${name} ADD CONSTRAINT ${quote(c.name)} ${sql}${no}`)
        this.#comment(`CONSTRAINT ${quote(c.name)} ON ${name}`, c.comment)
      } else constraint(c.name, sql + (foreign ? '' : no), c.comment)
    }
    const word = foreign ? 'FOREIGN TABLE' : 'TABLE'
    this.#out.push(
      `CREATE ${item.unlogged === true && !foreign && item.partition === undefined ? 'UNLOGGED ' : ''}${word} ${name} (${lines.join(', ')})${
        parents.length === 0 ? '' : ` INHERITS (${parents.map((p) => this.#name(p)).join(', ')})`
      }${item.partition === undefined ? '' : ` PARTITION BY ${item.partition.by} (${quote(key!.name)})`}${foreign ? ` SERVER ${quote(server.name)} OPTIONS (a 'b')` : item.options !== '' && item.partition === undefined ? ` WITH (${item.options})` : ''}`,
      ...notValid,
    )
    this.#views.set(item.id, outs)
    this.#done.add(item.id)
    // What else the child has says what is its own, so that it comes and goes between two sides.
    for (const o of inherited) this.#ownProperty(name, o, item.id + o.id + item.checks.length + item.indexes.length)
    if (!foreign) {
      if (item.partition !== undefined) this.#parts(item, key!, outs)
      for (const index of item.indexes)
        this.#index(
          item,
          index,
          outs.filter((o) => !isVirtual(o.id)),
          key === undefined ? undefined : outs.find((o) => o.id === key.id),
        )
      for (const fk of item.fks) this.#foreignKey(item, fk)
      for (const change of item.after) {
        if (change.startsWith('REPLICA') && item.partition !== undefined) continue
        this.#out.push(`ALTER TABLE ${name} ${change}`)
      }
    }
    for (const column of item.columns) {
      if (inherited.some((o) => o.name === column.name)) continue
      const type = outs.find((o) => o.id === column.id)!.type
      for (const s of column.settings ?? []) {
        const long = /^(?:text|varchar|jsonb|bytea|text\[\])/.test(type.sql)
        if (/^(?:COMPRESSION|STORAGE)/.test(s) && (!long || foreign)) continue
        if (s.startsWith('STATISTICS') && isVirtual(column.id)) continue
        if (s.startsWith('GRANT')) this.#late.push(`GRANT ${s.slice(6)} (${quote(column.name)}) ON ${name} TO ambix_r1`)
        else this.#out.push(`ALTER ${word} ${name} ALTER ${quote(column.name)} SET ${s}`)
      }
      this.#comment(`COLUMN ${name}.${quote(column.name)}`, column.comment)
    }
    this.#described(`${word} ${name}`, item, [
      'SELECT',
      'INSERT, UPDATE',
      'ALL',
      'TRIGGER',
      'DELETE, TRUNCATE, REFERENCES',
    ])
  }

  #column(item: TableItem, c: ColumnSpec, type: Typed, outs: readonly Out[], isKey: boolean, foreign: boolean): string {
    const notNull = c.notNull === true || isKey ? ' NOT NULL' : ''
    const collation = this.#get(c.ownCollation)
    const collate =
      type.sql === 'text' && c.collate === true
        ? collation === undefined
          ? ' COLLATE "C"'
          : ` COLLATE ${this.#name(collation)}`
        : ''
    const base = type.sql + collate
    if (isKey) return base + notNull
    if (c.generated !== undefined && item.partition === undefined && item.parents.length === 0) {
      const of = outs.find((o) => o.id === c.generated!.of)
      const spec = item.columns.find((x) => x.id === c.generated!.of)
      if (
        of?.type.as === 'int' &&
        spec !== undefined &&
        spec.generated === undefined &&
        ['int', 'num'].includes(type.as) &&
        type.user === undefined
      ) {
        const virtual = c.generated.virtual === true && this.#major >= 18
        const call = virtual ? undefined : this.#call(c.generated.fn, `(${quote(of.name)})::integer`)
        return `${base} GENERATED ALWAYS AS (${call ?? `${quote(of.name)} * ${c.generated.plus}`}) ${virtual ? 'VIRTUAL' : 'STORED'}`
      }
    }
    const plainInt = /^(?:integer|bigint|smallint)$/.test(type.sql)
    if (plainInt && c.serial === true && !foreign)
      return type.sql.replace('integer', 'serial').replace('bigint', 'bigserial').replace('smallint', 'smallserial')
    if (plainInt && c.identity !== undefined && !foreign && (item.partition === undefined || this.#major >= 17))
      return `${base} GENERATED ${c.identity}`
    const sequence = this.#get(c.defSeq)
    if (type.as === 'int' && type.user === undefined && sequence !== undefined)
      return `${base}${notNull} DEFAULT nextval(${text(this.#name(sequence))})`
    const call = type.as === 'int' && type.user === undefined ? this.#call(c.defFn, '3') : undefined
    if (call !== undefined) return `${base}${notNull} DEFAULT ${call}`
    if (c.def === undefined || type.defaults.length === 0) return base + notNull
    return `${base}${notNull} DEFAULT ${type.defaults[c.def % type.defaults.length]}`
  }

  /** What a child table's column has beside its parent's: a default, none where the parent has one, NOT NULL, and what describes it. */
  #ownProperty(table: string, { id, name, type }: Out, turn: number): void {
    const column = quote(name)
    const alter = (change: string): void => void this.#out.push(`ALTER TABLE ${table} ALTER ${column} ${change}`)
    const plain = this.#settable.has(id)
    const value = type.defaults[turn % type.defaults.length]
    const long = type.sql === 'text' || type.sql === 'jsonb'
    const kinds = [
      () => plain && alter('DROP DEFAULT'),
      () => plain && value !== undefined && alter(`SET DEFAULT ${value}`),
      () => plain && alter('SET NOT NULL'),
      () => this.#comment(`COLUMN ${table}.${column}`, 'of the child'),
      () => plain && alter('SET STATISTICS 70'),
      () => plain && alter('SET (n_distinct = 5)'),
      () => long && alter('SET STORAGE EXTERNAL'),
      () => long && alter('SET COMPRESSION pglz'),
      () => this.#late.push(`GRANT UPDATE (${column}) ON ${table} TO ambix_r1`),
      () => false,
      () => false,
    ]
    kinds[turn % kinds.length]!()
  }

  #parts(item: TableItem, key: ColumnSpec, outs: readonly Out[]): void {
    const parent = this.#name(item)
    for (const p of item.partition!.parts) {
      const name = this.#name({ ...item, name: p.name })
      const by = item.partition!.by
      if (p.isDefault === true && by === 'hash') continue
      const bound =
        p.isDefault === true
          ? 'DEFAULT'
          : by === 'list'
            ? `FOR VALUES IN (${p.n * 2}, ${p.n * 2 + 1})`
            : by === 'range'
              ? `FOR VALUES FROM ('20${10 + p.n}-01-01') TO ('20${11 + p.n}-01-01')`
              : `FOR VALUES WITH (MODULUS 8, REMAINDER ${p.n % 8})`
      const sub = p.sub !== undefined && p.sub.length > 0 ? ` PARTITION BY LIST (${quote(key.name)})` : ''
      const other = outs.find((o) => o.type.as === 'int' && o.id !== key.id)
      const check =
        p.check === undefined || other === undefined
          ? ''
          : `, CONSTRAINT ${quote(p.check)} CHECK (${quote(other.name)} < 1000)`
      this.#out.push(
        `CREATE TABLE ${name} PARTITION OF ${parent}${check === '' ? '' : ` (${check.slice(2)})`} ${bound}${sub}`,
      )
      if (other !== undefined) this.#ownProperty(name, other, p.n + item.checks.length + item.indexes.length)
      if (p.index !== undefined)
        this.#out.push(
          `CREATE INDEX ${quote(p.index)} ON ${name} (${quote(outs.at(-1)!.type.ordered === true ? outs.at(-1)!.name : key.name)})`,
        )
      if (p.own !== undefined && !(sub !== '' && p.own.startsWith('SET')))
        this.#out.push(`ALTER TABLE ${name} ${p.own.replace('$key', quote(key.name))}`)
      for (const s of p.sub ?? [])
        this.#out.push(`CREATE TABLE ${this.#name({ ...item, name: s.name })} PARTITION OF ${name} DEFAULT`)
    }
  }

  #index(item: Base, index: IndexSpec, outs: readonly Out[], key?: Out): void {
    const name = this.#name(item)
    const method = index.method ?? 'btree'
    const parts: string[] = []
    for (const part of index.parts) {
      const c = outs.find((o) => o.id === part.column)
      if (c === undefined) continue
      const q = quote(c.name)
      if (method === 'gin') {
        if (c.type.sql === 'jsonb') parts.push(part.how % 2 === 0 ? q : `${q} jsonb_path_ops`)
        else if (c.type.sql === 'tsvector' || /^(?:text|integer)\[\]$/.test(c.type.sql)) parts.push(q)
        continue
      }
      if (method === 'gist') {
        if (c.type.gist !== undefined || c.type.sql === 'point' || c.type.sql === 'tsvector') parts.push(q)
        continue
      }
      if (method === 'hash' || method === 'brin') {
        if (
          parts.length === 0 &&
          c.type.ordered === true &&
          c.type.user === undefined &&
          ['int', 'text', 'date'].includes(c.type.as)
        )
          parts.push(q)
        continue
      }
      const call = c.type.as === 'int' ? this.#call(part.fn, `(${q})::integer`) : undefined
      const expression =
        part.how === 1
          ? (call ?? (c.type.as === 'int' ? `(${q} + 1)` : c.type.as === 'text' ? `lower((${q})::text)` : undefined))
          : undefined
      if (expression !== undefined)
        parts.push((expression.startsWith('(') ? expression : `(${expression})`) + part.order)
      else if (c.type.ordered === true)
        parts.push(
          `${q}${c.type.sql === 'text' && part.how === 2 ? ' text_pattern_ops' : c.type.sql === 'text' && part.how === 3 ? ' COLLATE "POSIX"' : ''}${part.order}`,
        )
    }
    if (parts.length === 0) return
    const unique =
      index.unique === true && method === 'btree' && (key === undefined || index.parts.every((p) => p.how !== 1))
    if (unique && key !== undefined && !parts.some((p) => p.startsWith(quote(key.name)))) parts.push(quote(key.name))
    const where = index.where === undefined ? undefined : outs.find((o) => o.id === index.where)
    const include =
      index.include === undefined || method !== 'btree' ? undefined : outs.find((o) => o.id === index.include)
    const more = method === 'btree' ? index.more : ''
    this.#out.push(
      `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${quote(index.name)} ON ${name} USING ${method} (${parts.join(', ')})${
        include === undefined || index.parts.some((p) => p.column === include.id) || include.id === key?.id
          ? ''
          : ` INCLUDE (${quote(include.name)})`
      }${unique && more.includes('NULLS') ? more : ''}${more.includes('WITH') && key === undefined ? more : ''}${where === undefined ? '' : ` WHERE ${condition(quote(where.name), where.type, 1)}`}`,
    )
    this.#comment(`INDEX ${this.#name({ ...item, name: index.name })}`, index.comment)
    if (index.statistics === true && key === undefined) {
      const at = parts.findIndex((p) => p.startsWith('('))
      if (at >= 0 && method === 'btree')
        this.#out.push(
          `ALTER INDEX ${this.#name({ ...item, name: index.name })} ALTER COLUMN ${at + 1} SET STATISTICS 77`,
        )
    }
  }

  /** Its columns are made with it, of the types of the key that it refers to. */
  #foreignKey(item: TableItem, fk: TableItem['fks'][number]): void {
    const name = this.#name(item)
    this.#late.push(
      ...((): string[] => {
        const target = fk.self === true ? item : this.#items.get(fk.target)
        if (target?.kind !== 'table' || !this.#done.has(target.id) || target.pk === undefined || target.pk.more !== '')
          return []
        if (target.foreign !== undefined || item.partition !== undefined) return []
        // No key of a logged table to an unlogged one.
        if (target.unlogged === true && target.partition === undefined && item.unlogged !== true) return []
        const outs = this.#views.get(target.id)!
        const key = target.partition === undefined ? undefined : target.columns[0]!
        const columns = target.pk.columns
          .map((id) => outs.find((o) => o.id === id))
          .filter(
            (o) => o?.type.ordered === true && target.columns.find((c) => c.id === o.id)?.generated?.virtual !== true,
          ) as Out[]
        if (key !== undefined && !columns.some((c) => c.id === key.id)) columns.push(outs.find((o) => o.id === key.id)!)
        if (columns.length === 0) return []
        const own = columns.map((_, i) => quote(`${fk.name}_${i}`))
        return [
          `ALTER TABLE ${name} ${columns.map((c, i) => `ADD COLUMN ${own[i]} ${c.type.sql}`).join(', ')}`,
          `ALTER TABLE ${name} ADD CONSTRAINT ${quote(fk.name)} FOREIGN KEY (${own.join(', ')}) REFERENCES ${this.#name(target)}${fk.more.includes('SET NULL (') ? fk.more.replace('$1', own[0]!) : fk.more}`,
          ...(fk.comment === undefined
            ? []
            : [`COMMENT ON CONSTRAINT ${quote(fk.name)} ON ${name} IS ${text(fk.comment)}`]),
        ]
      })(),
    )
  }

  #relation(id: number | undefined): { item: Item; outs: readonly Out[] } | undefined {
    const item = this.#get(id)
    if (item === undefined) return undefined
    const outs = this.#views.get(item.id)
    return outs === undefined || outs.length === 0 ? undefined : { item, outs }
  }

  #plain(item: PlainItem): void {
    const made = writers[item.kind].call(this as never, item as never, this.#access)
    if (made) this.#done.add(item.id)
  }

  readonly #access = {
    major: (): number => this.#major,
    say: (...sql: string[]): void => void this.#out.push(...sql),
    late: (...sql: string[]): void => void this.#late.push(...sql),
    name: (item: Base): string => this.#name(item),
    get: (id: number | undefined): Item | undefined => this.#get(id),
    type: (ref: TypeRef): Typed => this.#type(ref),
    call: (id: number | undefined, argument: string): string | undefined => this.#call(id, argument),
    condition: (c: Out, turn: number, fn?: number): string => this.#condition(c, turn, fn),
    relation: (id: number | undefined): { item: Item; outs: readonly Out[] } | undefined => this.#relation(id),
    outs: (id: number, outs: readonly Out[]): void => void this.#views.set(id, outs),
    index: (item: Base, index: IndexSpec, outs: readonly Out[]): void => this.#index(item, index, outs),
    comment: (what: string, comment: string | undefined): void => this.#comment(what, comment),
    described: (what: string, item: Base, privileges: readonly string[], ownable?: boolean): void =>
      this.#described(what, item, privileges, ownable),
  }
}

type Access = Writer extends infer _ ? AccessOf : never
interface AccessOf {
  major(): number
  say(...sql: string[]): void
  late(...sql: string[]): void
  name(item: Base): string
  get(id: number | undefined): Item | undefined
  type(ref: TypeRef): Typed
  call(id: number | undefined, argument: string): string | undefined
  condition(c: Out, turn: number, fn?: number): string
  relation(id: number | undefined): { item: Item; outs: readonly Out[] } | undefined
  outs(id: number, outs: readonly Out[]): void
  index(item: Base, index: IndexSpec, outs: readonly Out[]): void
  comment(what: string, comment: string | undefined): void
  described(what: string, item: Base, privileges: readonly string[], ownable?: boolean): void
}

/** Forms of functions; the first ones take a whole number, give one, and are immutable. */
export const scalarForms = 4
const isScalar = (fn: PlainItem): boolean => fn.other < scalarForms

function condition(name: string, type: Typed, turn: number): string {
  if (type.user?.kind === 'enum' && type.as === 'none')
    return `${name} = ${text(type.user.labels![turn % type.user.labels!.length]!)}`
  switch (type.as) {
    case 'int':
    case 'num':
      return turn % 2 === 0 ? `${name} > ${turn}` : `${name} BETWEEN 1 AND ${turn} + 5 OR ${name} IN (7, 8)`
    case 'text':
      return turn % 2 === 0 ? `length(${name}) > ${turn}` : `${name}::text <> ALL (ARRAY['a', 'b'])`
    case 'bool':
      return `${name} IS ${turn % 2 === 0 ? 'NOT ' : ''}TRUE`
    case 'date':
      return `${name} > '20${10 + (turn % 10)}-01-01'`
    case 'json':
      return `${name} ? 'k${turn}'`
    case 'range':
      return `NOT isempty(${name})`
    case 'array':
      return `cardinality(${name}) < ${turn + 3}`
    default:
      return `${name} IS NOT NULL`
  }
}

function computed(name: string, type: Typed, turn: number): { sql: string; type: Typed } {
  switch (type.as) {
    case 'int':
      return { sql: `(${name})::bigint + ${turn}`, type: builtins[2]! }
    case 'text':
      return { sql: `upper((${name})::text)`, type: builtins[1]! }
    case 'json':
      return { sql: `${name} ->> 'a'`, type: builtins[1]! }
    default:
      return { sql: `(${name})::text`, type: builtins[1]! }
  }
}

type Write = (item: PlainItem, w: Access) => boolean

/** How each kind is written; false where what it needs is not there. */
const writers: { readonly [K in PlainItem['kind']]: Write } = {
  schema(item, w) {
    w.say(`CREATE SCHEMA ${quote(item.name)}`)
    w.described(`SCHEMA ${quote(item.name)}`, item, ['USAGE', 'CREATE', 'ALL'])
    return true
  },
  enum(item, w) {
    w.say(`CREATE TYPE ${w.name(item)} AS ENUM (${item.labels!.map(text).join(', ')})`)
    w.described(`TYPE ${w.name(item)}`, item, ['USAGE'])
    return true
  },
  domain(item, w) {
    const base = w.type(item.type!)
    const out = { id: 0, name: 'VALUE', type: base }
    const checks = item.words.map((name, i) => {
      const call = base.as === 'int' ? w.call(item.fn, 'VALUE::integer') : undefined
      return ` CONSTRAINT ${quote(name)} CHECK (${call === undefined ? condition('VALUE', out.type, item.turn + i) : `${call} > 0`})`
    })
    const def =
      item.other % 3 === 0 && base.defaults.length > 0
        ? ` DEFAULT ${base.defaults[item.turn % base.defaults.length]}`
        : ''
    w.say(
      `CREATE DOMAIN ${w.name(item)} AS ${base.sql}${def}${item.other % 4 === 0 ? ' NOT NULL' : ''}${checks.join('')}`,
    )
    if (item.words.length > 0)
      w.comment(`CONSTRAINT ${quote(item.words[0]!)} ON DOMAIN ${w.name(item)}`, item.columnComment)
    w.described(`DOMAIN ${w.name(item)}`, item, ['USAGE'])
    return true
  },
  composite(item, w) {
    w.say(
      `CREATE TYPE ${w.name(item)} AS (${item.types!.map((t) => `${quote(t.name)} ${w.type(t.type).sql}`).join(', ')})`,
    )
    for (const t of item.types!) w.comment(`COLUMN ${w.name(item)}.${quote(t.name)}`, t.comment)
    w.described(`TYPE ${w.name(item)}`, item, ['USAGE'])
    return true
  },
  range(item, w) {
    const subtype = ['double precision', 'bigint', 'text', 'time'][item.other % 4]
    const more = item.other % 4 === 0 ? ', subtype_diff = float8mi' : item.other % 4 === 2 ? ', collation = "C"' : ''
    w.say(
      `CREATE TYPE ${w.name(item)} AS RANGE (subtype = ${subtype}${more}${item.turn % 3 === 0 ? `, multirange_type_name = ${w.name({ ...item, name: `${item.name}_many` })}` : ''})`,
    )
    w.described(`TYPE ${w.name(item)}`, item, ['USAGE'])
    return true
  },
  collation(item, w) {
    w.say(`CREATE COLLATION ${w.name(item)} (provider = libc, locale = '${['C', 'POSIX'][item.turn % 2]}')`)
    w.described(`COLLATION ${w.name(item)}`, item, [], false)
    return true
  },
  sequence(item, w) {
    const words = [
      'AS integer',
      'INCREMENT 5',
      'CACHE 10',
      'CYCLE',
      'START 7',
      'MAXVALUE 30000',
      'AS smallint',
      'MINVALUE -5',
      'INCREMENT -1',
    ]
    const chosen = [...new Set([item.turn, item.other])].map((n) => words[n % words.length]!)
    w.say(
      `CREATE ${item.turn % 11 === 5 ? 'UNLOGGED '.repeat(w.major() >= 15 ? 1 : 0) : ''}SEQUENCE ${w.name(item)} ${chosen.filter((c, i) => !c.startsWith('AS') || i === 0).join(' ')}`,
    )
    const owner = item.on
    w.described(`SEQUENCE ${w.name(item)}`, item, ['USAGE', 'SELECT, UPDATE', 'ALL'], owner === undefined)
    return true
  },
  function: writeFunction,
  procedure(item, w) {
    const name = w.name(item)
    const args = ['', 'integer', 'integer, text'][item.other % 3]!
    const named = ['', 'a integer', "a integer, b text DEFAULT 'x'"][item.other % 3]!
    w.say(
      item.turn % 2 === 0
        ? `CREATE PROCEDURE ${name}(${named}) LANGUAGE plpgsql AS $x$begin raise notice '${item.turn}'; end$x$`
        : `CREATE PROCEDURE ${name}(${named}) LANGUAGE sql BEGIN ATOMIC SELECT ${item.turn}; END`,
    )
    w.described(`PROCEDURE ${name}(${args})`, item, ['EXECUTE'])
    return true
  },
  aggregate(item, w) {
    const name = w.name(item)
    w.say(
      `CREATE AGGREGATE ${name}(integer) (SFUNC = ${item.turn % 2 === 0 ? 'int4pl' : 'int4mul'}, STYPE = integer${item.other % 2 === 0 ? ", INITCOND = '1'" : ''}${item.other % 3 === 0 ? ', PARALLEL = SAFE, COMBINEFUNC = int4pl' : ''})`,
    )
    w.described(`AGGREGATE ${name}(integer)`, item, [])
    return true
  },
  view: writeView,
  trigger: writeTrigger,
  policy(item, w) {
    const on = w.relation(item.on)
    if (on?.item.kind !== 'table' || on.item.foreign !== undefined) return false
    const c = on.outs[item.turn % on.outs.length]!
    const command = ['ALL', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'][item.other % 5]!
    const condition = w.condition(c, item.turn, item.fn)
    const other = w.relation(item.also)
    const sub =
      other !== undefined && item.turn % 3 === 0
        ? ` AND EXISTS (SELECT FROM ${w.name(other.item)} o WHERE ${w.condition({ ...other.outs[0]!, name: other.outs[0]!.name }, 2).replaceAll(quote(other.outs[0]!.name), `o.${quote(other.outs[0]!.name)}`)})`
        : ''
    const using = command === 'INSERT' ? '' : ` USING ((${condition})${sub})`
    const check =
      command === 'INSERT' || (item.turn % 4 === 1 && ['ALL', 'UPDATE'].includes(command))
        ? ` WITH CHECK ((${condition})${sub})`
        : ''
    w.say(
      `CREATE POLICY ${quote(item.name)} ON ${w.name(on.item)}${item.turn % 5 === 4 ? ' AS RESTRICTIVE' : ''} FOR ${command} TO ${['PUBLIC', 'ambix_r1', 'ambix_r1, ambix_r2', 'CURRENT_USER'][(item.turn + item.other) % 4]}${using}${check}`,
    )
    w.comment(`POLICY ${quote(item.name)} ON ${w.name(on.item)}`, item.comment)
    return true
  },
  rule(item, w) {
    const on = w.relation(item.on)
    if (
      on === undefined ||
      (on.item.kind === 'view' && on.item.words.includes('m')) ||
      (on.item.kind === 'table' && on.item.foreign !== undefined)
    )
      return false
    const c = on.outs[item.turn % on.outs.length]!
    // PostgreSQL: no NOTIFY with a condition.
    const conditional = item.other % 2 === 0 && on.item.kind === 'table'
    const action = ['NOTHING', `(SELECT ${item.turn})`, conditional ? 'NOTHING' : 'NOTIFY ambix_note'][item.other % 3]
    w.say(
      `CREATE RULE ${quote(item.name)} AS ON ${['DELETE', 'UPDATE', 'INSERT'][item.turn % 3]} TO ${w.name(on.item)}${conditional ? ` WHERE ${item.turn % 3 === 2 ? `new.${quote(c.name)} IS NULL` : `old.${quote(c.name)} IS NULL`}` : ''} DO INSTEAD ${action}`,
    )
    if (item.turn % 4 === 3 && on.item.kind === 'table')
      w.say(`ALTER TABLE ${w.name(on.item)} DISABLE RULE ${quote(item.name)}`)
    w.comment(`RULE ${quote(item.name)} ON ${w.name(on.item)}`, item.comment)
    return true
  },
  statistics(item, w) {
    const on = w.relation(item.on)
    if (on === undefined || (on.item.kind === 'view' && !on.item.words.includes('m'))) return false
    const columns = on.outs.filter((o) => o.type.ordered === true && o.type.user?.kind !== 'composite').slice(0, 2)
    if (columns.length < 2) return false
    // A virtual column is not taken.
    if (on.item.kind === 'table' && on.item.columns.some((c) => c.generated?.virtual === true)) return false
    w.say(
      `CREATE STATISTICS ${w.name(item)} ${['', '(ndistinct) ', '(dependencies, mcv) '][item.turn % 3]}ON ${columns.map((c) => quote(c.name)).join(', ')}${item.other % 3 === 0 && columns[0]!.type.as === 'int' && item.turn % 3 === 0 ? `, (${quote(columns[0]!.name)} + 1)` : ''} FROM ${w.name(on.item)}`,
    )
    if (item.other % 4 === 0) w.say(`ALTER STATISTICS ${w.name(item)} SET STATISTICS ${item.turn + 1}`)
    w.described(`STATISTICS ${w.name(item)}`, item, [], false)
    return true
  },
  cast(item, w) {
    const type = w.get(item.on)
    if (type === undefined || !['enum', 'composite'].includes(type.kind)) return false
    const sql = w.name(type)
    w.say(
      `CREATE CAST (${sql} AS ${item.turn % 2 === 0 ? 'json' : 'xml'}) WITH INOUT${item.other % 2 === 0 ? ' AS ASSIGNMENT' : ''}`,
    )
    w.comment(`CAST (${sql} AS ${item.turn % 2 === 0 ? 'json' : 'xml'})`, item.comment)
    return true
  },
  operator(item, w) {
    const call = w.call(item.fn, '1')
    if (call === undefined) return false
    const fn = w.get(item.fn)!
    const symbol = ['@#@', '~~>', '<##'][item.turn % 3]!
    w.say(
      `CREATE OPERATOR ${symbol.repeat(1)}${'!'.repeat(item.id % 3)} (FUNCTION = ${w.name(fn)}, RIGHTARG = integer)`,
    )
    w.comment(`OPERATOR ${symbol}${'!'.repeat(item.id % 3)} (NONE, integer)`, item.comment)
    return true
  },
  'event trigger'(item, w) {
    const fn = w.get(item.fn)
    if (fn?.kind !== 'function' || fn.other !== 8) return false
    w.say(
      `CREATE EVENT TRIGGER ${quote(item.name)} ON ${['ddl_command_end', 'sql_drop', 'ddl_command_start'][item.turn % 3]}${item.other % 2 === 0 ? ` WHEN TAG IN ('CREATE TABLE', 'DROP ${item.turn % 4 < 2 ? 'TABLE' : 'VIEW'}')` : ''} EXECUTE FUNCTION ${w.name(fn)}()`,
    )
    if (item.other % 3 === 0) w.late(`ALTER EVENT TRIGGER ${quote(item.name)} DISABLE`)
    w.comment(`EVENT TRIGGER ${quote(item.name)}`, item.comment)
    return true
  },
  publication(item, w) {
    const tables = [item.on, item.also].flatMap((id) => {
      const t = w.get(id)
      return t?.kind === 'table' && t.unlogged !== true && t.foreign === undefined ? [t] : []
    })
    const unique = [...new Set(tables)]
    const target =
      item.turn % 5 === 0
        ? ' FOR ALL TABLES'
        : unique.length === 0
          ? ''
          : ` FOR TABLE ${unique.map((t) => w.name(t)).join(', ')}`
    // PostgreSQL takes no UPDATE of a published table without a replica identity, and the way back may fill a column.
    w.late(
      `CREATE PUBLICATION ${quote(item.name)}${target} WITH (publish = '${item.other % 2 === 0 ? 'insert' : 'insert, truncate'}')`,
    )
    w.comment(`PUBLICATION ${quote(item.name)}`, item.comment)
    return true
  },
  'default privileges'(item, w) {
    const schema = w.get(item.schema)
    const what = ['SELECT ON TABLES', 'USAGE ON SEQUENCES', 'EXECUTE ON FUNCTIONS', 'USAGE ON TYPES'][item.turn % 4]
    const who = ['ambix_r1', 'ambix_r2'][item.other % 2]
    const head = `ALTER DEFAULT PRIVILEGES${schema === undefined ? '' : ` IN SCHEMA ${quote(schema.name)}`}`
    w.late(
      item.other % 5 === 4 && schema === undefined
        ? `${head} REVOKE ${['EXECUTE ON FUNCTIONS', 'USAGE ON TYPES'][item.turn % 2]} FROM PUBLIC`
        : `${head} GRANT ${what} TO ${who}`,
    )
    return true
  },
  server(item, w) {
    w.say(
      `CREATE FOREIGN DATA WRAPPER ${quote(`${item.name}w`)}${item.turn % 2 === 0 ? " OPTIONS (debug 'true')" : ''}`,
    )
    w.say(
      `CREATE SERVER ${quote(item.name)}${item.other % 2 === 0 ? " TYPE 'x' VERSION '1'" : ''} FOREIGN DATA WRAPPER ${quote(`${item.name}w`)}${item.turn % 3 === 0 ? " OPTIONS (host 'there')" : ''}`,
    )
    w.comment(`SERVER ${quote(item.name)}`, item.comment)
    return true
  },
  dictionary(item, w) {
    w.say(
      `CREATE TEXT SEARCH DICTIONARY ${w.name(item)} (TEMPLATE = ${['simple', 'pg_catalog.simple'][item.other % 2]}${item.turn % 2 === 0 ? ", Accept = 'false'" : ''})`,
    )
    w.described(`TEXT SEARCH DICTIONARY ${w.name(item)}`, item, [], false)
    return true
  },
  configuration(item, w) {
    const dictionary = w.get(item.on)
    w.say(`CREATE TEXT SEARCH CONFIGURATION ${w.name(item)} (PARSER = default)`)
    w.say(
      `ALTER TEXT SEARCH CONFIGURATION ${w.name(item)} ADD MAPPING FOR ${['word', 'asciiword, numword'][item.turn % 2]} WITH ${dictionary?.kind === 'dictionary' ? `${w.name(dictionary)}, ` : ''}simple`,
    )
    w.described(`TEXT SEARCH CONFIGURATION ${w.name(item)}`, item, [], false)
    return true
  },
}

function writeFunction(item: PlainItem, w: Access): boolean {
  const name = w.name(item)
  const v = item.turn
  const extras = [
    ' STRICT',
    ' COST 7',
    ' PARALLEL SAFE',
    ' SECURITY DEFINER',
    " SET work_mem = '8MB'",
    ' LEAKPROOF',
    '',
  ][item.words.length === 0 ? 6 : Number(item.words[0]) % 7]
  const table = w.relation(item.on)
  let signature: string
  switch (item.other) {
    case 0:
      w.say(`CREATE FUNCTION ${name}(integer) RETURNS integer IMMUTABLE LANGUAGE sql${extras} AS 'select $1 + ${v}'`)
      signature = '(integer)'
      break
    case 1:
      w.say(
        `CREATE FUNCTION ${name}(n integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql${extras} AS $x$begin return n * ${v}; end$x$`,
      )
      signature = '(integer)'
      break
    case 2:
      w.say(
        `CREATE FUNCTION ${name}(n integer${v % 2 === 0 ? ', m integer DEFAULT 2' : ''}) RETURNS bigint IMMUTABLE LANGUAGE sql${extras} RETURN n + ${v}`,
      )
      signature = v % 2 === 0 ? '(integer, integer)' : '(integer)'
      break
    case 3: {
      const inner = w.call(item.fn, 'a')
      w.say(
        `CREATE FUNCTION ${name}(a integer) RETURNS integer IMMUTABLE LANGUAGE sql${extras} BEGIN ATOMIC SELECT ${inner === undefined ? `a + ${v}` : `(${inner})::integer`}; END`,
      )
      signature = '(integer)'
      break
    }
    case 4:
    case 5:
      w.say(`CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $x$begin /* ${v} */ return new; end$x$`)
      signature = '()'
      break
    case 6: {
      const type = w.type(item.type!)
      w.say(
        `CREATE FUNCTION ${name}(a ${type.sql}, OUT b text, OUT c ${type.sql}) LANGUAGE sql AS $x$select 'b${v}'::text, a$x$`,
      )
      signature = `(${type.sql})`
      break
    }
    case 7:
      if (table === undefined)
        w.say(
          `CREATE FUNCTION ${name}() RETURNS TABLE (x integer, y text) LANGUAGE sql STABLE AS $x$select ${v}, 'y'::text$x$`,
        )
      else if (v % 2 === 0)
        w.say(
          `CREATE FUNCTION ${name}() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(${quote(table.outs[v % table.outs.length]!.name)}) FROM ${w.name(table.item)}; END`,
        )
      else
        w.say(
          `CREATE FUNCTION ${name}() RETURNS SETOF ${w.name(table.item)} LANGUAGE sql STABLE ROWS 5 AS $x$select * from ${w.name(table.item)}$x$`,
        )
      signature = '()'
      break
    default:
      w.say(`CREATE FUNCTION ${name}() RETURNS event_trigger LANGUAGE plpgsql AS $x$begin /* ${v} */ null; end$x$`)
      signature = '()'
  }
  w.described(`FUNCTION ${name}${signature}`, item, ['EXECUTE'])
  if (item.words[1] === 'revoked') w.late(`REVOKE EXECUTE ON FUNCTION ${name}${signature} FROM PUBLIC`)
  return true
}

function writeView(item: PlainItem, w: Access): boolean {
  const from = w.relation(item.on)
  if (from === undefined) return false
  const name = w.name(item)
  const materialized = item.words.includes('m')
  const chosen = from.outs.filter((o, i) => o.id % 3 !== item.other % 3 || i === 0)
  const outs: Out[] = []
  const select: string[] = []
  for (const o of chosen) {
    outs.push(o)
    select.push(`t.${quote(o.name)}`)
  }
  const first = chosen[0]!
  const call = first.type.as === 'int' ? w.call(item.fn, `(t.${quote(first.name)})::integer`) : undefined
  if (!from.outs.some((o) => o.name === `x${item.id}`)) {
    const made =
      call === undefined
        ? computed(`t.${quote(first.name)}`, first.type, item.turn)
        : { sql: `(${call})::bigint`, type: builtins[2]! }
    outs.push({ id: item.id * 1000, name: `x${item.id}`, type: made.type })
    select.push(`${made.sql} AS ${quote(`x${item.id}`)}`)
  }
  const other = w.relation(item.also)
  const join =
    other === undefined || other.item.id === from.item.id
      ? ''
      : ` JOIN ${w.name(other.item)} o ON ${w.condition(other.outs[0]!, item.turn).replaceAll(quote(other.outs[0]!.name), `o.${quote(other.outs[0]!.name)}`)}`
  const where =
    item.turn % 2 === 0
      ? ` WHERE ${w.condition(first, item.turn, item.fn).replaceAll(quote(first.name), `t.${quote(first.name)}`)}`
      : ''
  const simple = join === ''
  const options = materialized
    ? item.turn % 5 === 0
      ? ' WITH (fillfactor = 80)'
      : ''
    : [
        simple ? ' WITH (check_option = local)' : '',
        ' WITH (security_barrier)',
        w.major() >= 15 ? ' WITH (security_invoker = true)' : '',
        '',
        '',
        '',
      ][item.other % 6]!
  w.say(
    `CREATE ${materialized ? 'MATERIALIZED ' : ''}VIEW ${name}${options} AS SELECT ${select.join(', ')} FROM ${w.name(from.item)} t${join}${where}${materialized && item.turn % 7 === 0 ? ' WITH NO DATA' : ''}`,
  )
  w.outs(item.id, outs)
  if (materialized)
    for (const index of item.indexes ?? [])
      w.index(
        item,
        { ...index, parts: index.parts.map((p) => ({ ...p, column: outs[p.column % outs.length]!.id })) },
        outs,
      )
  const word = materialized ? 'MATERIALIZED VIEW' : 'VIEW'
  w.comment(`COLUMN ${name}.${quote(outs[0]!.name)}`, item.columnComment)
  w.described(`${word} ${name}`, item, ['SELECT', 'ALL', 'INSERT, UPDATE'])
  return true
}

function writeTrigger(item: PlainItem, w: Access): boolean {
  const on = w.relation(item.on)
  const fn = w.get(item.fn)
  if (on === undefined || fn?.kind !== 'function' || (fn.other !== 4 && fn.other !== 5)) return false
  const name = quote(item.name)
  const table = w.name(on.item)
  const execute = `EXECUTE FUNCTION ${w.name(fn)}('${item.turn}')`
  if (on.item.kind === 'view') {
    if (on.item.words.includes('m')) return false
    w.say(
      `CREATE TRIGGER ${name} INSTEAD OF ${['INSERT', 'UPDATE OR DELETE'][item.turn % 2]} ON ${table} FOR EACH ROW ${execute}`,
    )
  } else {
    if (on.item.kind !== 'table' || on.item.foreign !== undefined) return false
    const c = on.outs[item.turn % on.outs.length]!
    const spec = on.item.columns.find((x) => x.id === c.id)
    const generated = spec?.generated !== undefined
    const partitioned = on.item.partition !== undefined
    switch (item.other % 5) {
      case 0:
        w.say(
          `CREATE TRIGGER ${name} BEFORE UPDATE OF ${quote(c.name)} ON ${table} FOR EACH ROW${generated ? '' : ` WHEN (new.${quote(c.name)} IS NOT NULL)`} ${execute}`,
        )
        break
      case 1:
        w.say(`CREATE TRIGGER ${name} AFTER INSERT OR DELETE OR TRUNCATE ON ${table} FOR EACH STATEMENT ${execute}`)
        break
      case 2:
        w.say(
          partitioned || on.item.parents.length > 0
            ? `CREATE TRIGGER ${name} AFTER INSERT ON ${table} FOR EACH ROW ${execute}`
            : `CREATE TRIGGER ${name} AFTER UPDATE ON ${table} REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH ROW ${execute}`,
        )
        break
      case 3:
        w.say(
          `CREATE CONSTRAINT TRIGGER ${name} AFTER INSERT ON ${table} ${item.turn % 2 === 0 ? 'DEFERRABLE INITIALLY DEFERRED ' : ''}FOR EACH ROW ${execute}`,
        )
        break
      default:
        w.say(
          `CREATE TRIGGER ${name} AFTER DELETE ON ${table} FOR EACH ROW WHEN (old.${quote(c.name)} IS DISTINCT FROM NULL) ${execute}`,
        )
    }
    if (item.turn % 4 === 3)
      w.late(`ALTER TABLE ${table} ${['DISABLE', 'ENABLE ALWAYS', 'ENABLE REPLICA'][item.other % 3]} TRIGGER ${name}`)
  }
  w.comment(`TRIGGER ${name} ON ${table}`, item.comment)
  return true
}
