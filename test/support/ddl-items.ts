/** Makes the items of random worlds, and edits them. */
import type { Chooser } from './chooser.ts'
import {
  type ColumnSpec,
  type IndexSpec,
  type Item,
  type PlainItem,
  type TableItem,
  type TypeRef,
  type World,
  builtins,
} from './ddl-world.ts'

const words = ['post', 'author', 'tag', 'price', 'note', 'kind', 'state', 'item'] as const
const odd = [
  'User',
  'two words',
  'a"b',
  'dot.ted',
  'naïve',
  'order',
  'select',
  '1st',
  "it's",
  '漢字',
  'back\\slash',
  'a $1 %s',
] as const
const kinds: readonly Item['kind'][] = [
  'table',
  'table',
  'table',
  'table',
  'table',
  'table',
  'table',
  'table',
  'view',
  'view',
  'view',
  'view',
  'function',
  'function',
  'function',
  'enum',
  'enum',
  'trigger',
  'trigger',
  'policy',
  'policy',
  'sequence',
  'domain',
  'composite',
  'range',
  'schema',
  'rule',
  'statistics',
  'procedure',
  'aggregate',
  'collation',
  'cast',
  'operator',
  'event trigger',
  'publication',
  'default privileges',
  'server',
  'dictionary',
  'configuration',
]

export class ItemMaker {
  readonly #choose: Chooser
  readonly #major: number
  readonly #types: readonly Item['kind'][]
  #count = 0

  /** `rowTypes`: columns, domains, composites and functions may have the row type of a table or view. */
  constructor(choose: Chooser, major: number, rowTypes = false) {
    this.#choose = choose
    this.#major = major
    this.#types = ['enum', 'domain', 'composite', 'range', ...(rowTypes ? (['table', 'table', 'view'] as const) : [])]
  }

  world(size: number): World {
    const items: Item[] = []
    for (let i = 0; i < size; i++) items.push(this.item(items))
    return { major: this.#major, items }
  }

  #name(): string {
    const { pick, oneIn } = this.#choose
    return `${oneIn(5) ? pick(odd) : pick(words)}${++this.#count}`
  }

  #comment(n = 6): { comment?: string } {
    return this.#choose.oneIn(n) ? { comment: this.#choose.text() } : {}
  }

  #ids(items: readonly Item[], ...of: readonly Item['kind'][]): number[] {
    return items.filter((i) => of.includes(i.kind)).map((i) => i.id)
  }

  #one(items: readonly Item[], ...of: readonly Item['kind'][]): number | undefined {
    const ids = this.#ids(items, ...of)
    return ids.length === 0 ? undefined : this.#choose.pick(ids)
  }

  #type(items: readonly Item[], n = 3): TypeRef {
    const { int, oneIn } = this.#choose
    const user = oneIn(n) ? this.#one(items, ...this.#types) : undefined
    return {
      builtin: oneIn(2) ? int(0, 3) : int(0, builtins.length - 1),
      ...(user === undefined ? {} : { user, ...(oneIn(4) ? { array: true } : {}) }),
    }
  }

  item(items: readonly Item[]): Item {
    return this.#make(this.#choose.pick(items.length < 2 ? kinds.slice(0, 8) : kinds), items, ++this.#count)
  }

  /** The same thing, rolled anew: its name and number stay, mostly its kind too. */
  again(item: Item, items: readonly Item[]): Item {
    const made = this.#make(item.kind, items, item.id)
    const kept = {
      ...made,
      name: item.name,
      ...(this.#choose.oneIn(5) || item.schema === undefined ? {} : { schema: item.schema }),
    }
    if (made.schema !== undefined && item.schema === undefined && !this.#choose.oneIn(5)) delete kept.schema
    if (kept.kind === 'table' && item.kind === 'table') {
      // Most columns stay.
      const own = item.columns.filter(() => !this.#choose.oneIn(4))
      kept.columns = [...own, ...kept.columns.slice(own.length === 0 ? 0 : Math.min(2, kept.columns.length))]
      if (kept.columns.length === 0) kept.columns = item.columns
      if (kept.pk !== undefined) kept.pk = { ...kept.pk, columns: [kept.columns[0]!.id] }
      if (!this.#choose.oneIn(4)) {
        delete kept.partition
        if (item.partition !== undefined) kept.partition = item.partition
        kept.parents = item.parents
      }
    }
    return kept
  }

  #base(
    items: readonly Item[],
    id: number,
    kind: Item['kind'],
  ): { id: number; name: string; schema?: number; comment?: string; grants?: string[]; owner?: string } {
    const { oneIn, int, pick } = this.#choose
    const schema = oneIn(4) ? this.#one(items, 'schema') : undefined
    return {
      id,
      name: this.#name(),
      ...(schema === undefined ? {} : { schema }),
      ...this.#comment(),
      ...(oneIn(6)
        ? {
            grants: Array.from({ length: int(1, 2) }, () => `${pick(['ambix_r1', 'ambix_r2', 'PUBLIC'])} ${int(0, 9)}`),
          }
        : {}),
      // What is granted to an owner is his already, and nobody grants to r3. A view is read with its owner's rights, which nobody has given: PostgreSQL could not fill what stands on it.
      ...(oneIn(15) && kind !== 'schema' && kind !== 'view' ? { owner: 'ambix_r3' } : {}),
    }
  }

  #make(kind: Item['kind'], items: readonly Item[], id: number): Item {
    if (kind === 'table') return this.#table(items, id)
    const { int, oneIn, pick, some, text } = this.#choose
    const item: PlainItem = { kind, ...this.#base(items, id, kind), turn: int(0, 9), other: int(0, 11), words: [] }
    const set = <K extends keyof PlainItem>(key: K, value: PlainItem[K] | undefined): void => {
      if (value !== undefined) item[key] = value
    }
    switch (kind) {
      case 'schema':
        delete item.schema
        break
      case 'enum':
        item.labels = [...new Set([...some(['draft', 'live', 'gone', 'old'], 1), ...(oneIn(4) ? [text()] : [])])]
        break
      case 'domain':
        item.type = {
          builtin: pick([0, 1, 1, 3, 8, 11, 22]),
          ...(oneIn(5) ? { user: this.#one(items, 'enum', 'domain', ...this.#types.slice(4)) ?? -1 } : {}),
        }
        item.words = Array.from({ length: int(0, 2) }, () => this.#name())
        set('fn', oneIn(2) ? this.#one(items, 'function') : undefined)
        if (oneIn(6)) item.columnComment = text()
        break
      case 'composite':
        item.types = Array.from({ length: int(1, 3) }, () => ({
          name: this.#name(),
          type: this.#type(items),
          ...this.#comment(),
        }))
        break
      case 'function':
        item.other = pick([0, 0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 8])
        item.words = oneIn(3) ? [String(int(0, 6)), oneIn(3) ? 'revoked' : ''] : []
        item.type = this.#type(items)
        set('on', oneIn(2) ? this.#one(items, 'table', 'view') : undefined)
        set('fn', this.#one(items, 'function'))
        break
      case 'view':
        set('on', this.#one(items, 'table', 'table', 'view'))
        set('also', oneIn(4) ? this.#one(items, 'table', 'view') : undefined)
        set('fn', oneIn(3) ? this.#one(items, 'function') : undefined)
        if (oneIn(3)) {
          item.words = ['m']
          item.indexes = Array.from({ length: int(0, 2) }, () => this.#index([0, 1]))
        }
        if (oneIn(5)) item.columnComment = text()
        break
      case 'trigger':
        set('on', this.#one(items, 'table', 'table', 'table', 'view'))
        set('fn', this.#trigger(items, [4, 5]))
        break
      case 'event trigger':
        set('fn', this.#trigger(items, [8]))
        break
      case 'policy':
        set('on', this.#one(items, 'table'))
        set('also', this.#one(items, 'table'))
        set('fn', oneIn(3) ? this.#one(items, 'function') : undefined)
        break
      case 'rule':
        set('on', this.#one(items, 'table', 'view'))
        break
      case 'statistics':
        set('on', this.#one(items, 'table', 'view'))
        break
      case 'publication':
        set('on', this.#one(items, 'table'))
        set('also', this.#one(items, 'table'))
        delete item.schema
        break
      case 'cast':
        set('on', this.#one(items, 'enum', 'composite'))
        break
      case 'operator':
        set('fn', this.#one(items, 'function'))
        break
      case 'configuration':
        set('on', this.#one(items, 'dictionary'))
        break
      default:
    }
    return item
  }

  #trigger(items: readonly Item[], forms: readonly number[]): number | undefined {
    const fns = items.filter((i) => i.kind === 'function' && forms.includes(i.other))
    return fns.length === 0 ? undefined : this.#choose.pick(fns).id
  }

  #index(columns: readonly number[]): IndexSpec {
    const { int, oneIn, pick, some } = this.#choose
    return {
      name: this.#name(),
      parts: some(columns, 1)
        .slice(0, 3)
        .map((column) => ({
          column,
          how: int(0, 4),
          order: pick(['', '', '', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST']),
        })),
      more: pick(['', '', '', ' WITH (fillfactor = 70)', ' NULLS NOT DISTINCT']),
      ...(oneIn(3) ? { unique: true } : {}),
      ...(oneIn(5) ? { method: pick(['gin', 'gist', 'hash', 'brin']) } : {}),
      ...(oneIn(4) ? { where: pick(columns) } : {}),
      ...(oneIn(6) ? { include: pick(columns) } : {}),
      ...(oneIn(8) ? { statistics: true } : {}),
      ...this.#comment(8),
    }
  }

  column(items: readonly Item[], others: readonly number[]): ColumnSpec {
    const { int, oneIn, pick } = this.#choose
    const c: ColumnSpec = { id: ++this.#count, name: this.#name(), type: this.#type(items), ...this.#comment(8) }
    if (oneIn(3)) c.notNull = true
    if (oneIn(2)) c.def = int(0, 5)
    if (oneIn(6)) {
      const fn = this.#one(items, 'function')
      if (fn !== undefined) c.defFn = fn
    }
    if (oneIn(8)) {
      const sequence = this.#one(items, 'sequence')
      if (sequence !== undefined) c.defSeq = sequence
    }
    const counted = int(0, 9)
    if (counted === 8) c.serial = true
    else if (counted === 9)
      c.identity = pick([
        'ALWAYS AS IDENTITY',
        'BY DEFAULT AS IDENTITY',
        'ALWAYS AS IDENTITY (START 10 INCREMENT 2)',
        'BY DEFAULT AS IDENTITY (CACHE 5 CYCLE)',
      ])
    if (oneIn(8) && others.length > 0) {
      c.generated = { of: pick(others), plus: int(1, 4), ...(oneIn(3) ? { virtual: true } : {}) }
      const fn = oneIn(2) ? this.#one(items, 'function') : undefined
      if (fn !== undefined) c.generated.fn = fn
      c.type = { builtin: pick([0, 2, 8, 9]) }
      delete c.def
    }
    if (oneIn(6)) c.collate = true
    const collation = oneIn(2) ? this.#one(items, 'collation') : undefined
    if (collation !== undefined) c.ownCollation = collation
    if (oneIn(6))
      c.settings = [
        pick([
          'STATISTICS 55',
          'STORAGE EXTERNAL',
          'STORAGE MAIN',
          'COMPRESSION pglz',
          '(n_distinct = 5)',
          'GRANT SELECT',
          'GRANT UPDATE, INSERT',
        ]),
      ]
    return c
  }

  #check(items: readonly Item[], columns: readonly number[]): TableItem['checks'][number] {
    const { int, oneIn, pick } = this.#choose
    const fn = oneIn(3) ? this.#one(items, 'function') : undefined
    return {
      name: this.#name(),
      column: pick(columns),
      more: pick(['', '', '', '', ' NO INHERIT', ' NOT VALID']),
      turn: int(0, 9),
      ...(fn === undefined ? {} : { fn }),
      ...this.#comment(8),
    }
  }

  #fk(items: readonly Item[]): TableItem['fks'][number] | undefined {
    const { oneIn, pick } = this.#choose
    const self = oneIn(5)
    const target = this.#one(items, 'table')
    if (target === undefined && !self) return undefined
    return {
      name: this.#name(),
      target: target ?? -1,
      ...(self ? { self } : {}),
      more: pick([
        '',
        '',
        ' ON DELETE CASCADE',
        ' ON UPDATE CASCADE ON DELETE SET NULL',
        ' DEFERRABLE',
        ' DEFERRABLE INITIALLY DEFERRED',
        ' MATCH FULL',
        ' NOT VALID',
        ' ON DELETE SET NULL ($1)',
        ' ON DELETE SET DEFAULT',
      ]),
      ...this.#comment(8),
    }
  }

  #key(columns: readonly number[]): TableItem['uniques'][number] {
    const { oneIn, pick, some } = this.#choose
    return {
      name: this.#name(),
      columns: some(columns, 1).slice(0, 2),
      more: pick([
        '',
        '',
        '',
        ' NULLS NOT DISTINCT',
        ' DEFERRABLE',
        ' DEFERRABLE INITIALLY DEFERRED',
        ' WITH (fillfactor = 60)',
      ]),
      ...(oneIn(5) ? { include: [pick(columns)] } : {}),
      ...this.#comment(8),
    }
  }

  #part(n: number): NonNullable<TableItem['partition']>['parts'][number] {
    const { oneIn, pick } = this.#choose
    return {
      name: this.#name(),
      n,
      ...(oneIn(4) ? { index: this.#name() } : {}),
      ...(oneIn(4) ? { check: this.#name() } : {}),
      ...(oneIn(5)
        ? {
            own: pick([
              'ENABLE ROW LEVEL SECURITY',
              'REPLICA IDENTITY FULL',
              'ALTER $key SET STATISTICS 9',
              'SET (fillfactor = 50)',
            ]),
          }
        : {}),
      ...(oneIn(6) ? { sub: [{ name: this.#name() }] } : {}),
    }
  }

  #table(items: readonly Item[], id: number): TableItem {
    const { int, oneIn, pick } = this.#choose
    const columns: ColumnSpec[] = []
    for (let i = int(1, 5); i > 0; i--)
      columns.push(
        this.column(
          items,
          columns.map((c) => c.id),
        ),
      )
    if (columns[0]!.type.user === undefined && oneIn(2)) columns[0]!.type = { builtin: pick([0, 0, 2, 3]) }
    delete columns[0]!.generated
    const ids = columns.map((c) => c.id)
    const fk = oneIn(3) ? this.#fk(items) : undefined
    const after: string[] = []
    if (oneIn(6)) after.push('ENABLE ROW LEVEL SECURITY')
    if (oneIn(12)) after.push('FORCE ROW LEVEL SECURITY')
    if (oneIn(12)) after.push(pick(['REPLICA IDENTITY FULL', 'REPLICA IDENTITY NOTHING']))
    const server = oneIn(3) ? this.#one(items, 'server') : undefined
    const parent = server === undefined && oneIn(8) ? this.#one(items, 'table') : undefined
    const partitioned = server === undefined && parent === undefined && oneIn(5)
    return {
      kind: 'table',
      ...this.#base(items, id, 'table'),
      columns,
      ...(oneIn(4)
        ? {}
        : {
            pk: {
              name: this.#name(),
              more: oneIn(8) ? ' DEFERRABLE' : '',
              columns: oneIn(4) && ids.length > 1 ? ids.slice(0, 2) : [ids[0]!],
              ...this.#comment(8),
            },
          }),
      uniques: oneIn(3) ? [this.#key(ids)] : [],
      checks: Array.from({ length: pick([0, 0, 1, 1, 2]) }, () => this.#check(items, ids)),
      fks: fk === undefined ? [] : [fk],
      ...(oneIn(6) ? { exclude: { name: this.#name(), column: pick(ids), more: pick(['', ' DEFERRABLE']) } } : {}),
      indexes: Array.from({ length: pick([0, 0, 1, 1, 2]) }, () => this.#index(ids)),
      options: pick([
        '',
        '',
        '',
        '',
        'fillfactor = 70',
        'autovacuum_enabled = false, toast.autovacuum_enabled = false',
      ]),
      ...(oneIn(8) ? { unlogged: true } : {}),
      after,
      parents: parent === undefined ? [] : [parent],
      ...(server === undefined ? {} : { foreign: server }),
      ...(partitioned
        ? {
            partition: {
              by: pick(['list', 'range', 'hash'] as const),
              parts: [
                ...Array.from({ length: int(0, 3) }, (_, i) => this.#part(i)),
                ...(oneIn(3) ? [{ ...this.#part(9), isDefault: true }] : []),
              ],
            },
          }
        : {}),
    }
  }

  /** One small change, in place. */
  editTable(t: TableItem, before: readonly Item[]): void {
    const { int, oneIn, pick } = this.#choose
    const ids = t.columns.map((c) => c.id)
    const drop = <T>(list: T[]): void => void (list.length > 0 && list.splice(int(0, list.length - 1), 1))
    switch (int(0, 12)) {
      case 0:
        t.columns.push(this.column(before, ids))
        break
      case 1:
        if (t.columns.length > 1) t.columns.splice(int(1, t.columns.length - 1), 1)
        break
      case 2:
      case 3: {
        const c = pick(t.columns)
        c.type = this.#type(before, 2)
        if (oneIn(2)) delete c.def
        break
      }
      case 4: {
        const at = int(0, t.columns.length - 1)
        const { id, name, type } = t.columns[at]!
        t.columns[at] = {
          ...this.column(
            before,
            ids.filter((i) => i !== id),
          ),
          id,
          name,
          ...(oneIn(2) ? { type } : {}),
        }
        if (at === 0) delete t.columns[0]!.generated
        break
      }
      case 5:
        if (oneIn(2)) t.indexes.push(this.#index(ids))
        else drop(t.indexes)
        break
      case 6:
        if (oneIn(2)) t.checks.push(this.#check(before, ids))
        else drop(t.checks)
        break
      case 7:
        if (oneIn(2)) t.uniques.push(this.#key(ids))
        else drop(t.uniques)
        break
      case 8: {
        const fk = this.#fk(before)
        if (fk !== undefined && oneIn(2)) t.fks.push(fk)
        else drop(t.fks)
        break
      }
      case 9:
        if (t.pk === undefined) t.pk = { name: this.#name(), more: '', columns: [pick(ids)] }
        else if (oneIn(2)) delete t.pk
        else t.pk = { ...t.pk, columns: [pick(ids)] }
        break
      case 10:
        if (t.partition === undefined) t.after = oneIn(2) ? [] : ['ENABLE ROW LEVEL SECURITY']
        else if (oneIn(2)) t.partition.parts.push(this.#part(int(3, 7)))
        else drop(t.partition.parts)
        break
      case 11:
        if (t.comment === undefined) t.comment = this.#choose.text()
        else delete t.comment
        if (oneIn(2)) delete t.grants
        else t.grants = [`ambix_r1 ${int(0, 9)}`]
        break
      default:
        if (t.unlogged === true) delete t.unlogged
        else if (oneIn(3)) t.unlogged = true
        t.options = pick(['', 'fillfactor = 90'])
    }
    // Two partitions of one bound would not do.
    if (t.partition !== undefined) {
      const seen = new Set<string>()
      t.partition.parts = t.partition.parts.filter((p) => {
        const key = p.isDefault === true ? 'default' : String(p.n % 8)
        return seen.has(key) ? false : (seen.add(key), true)
      })
    }
  }
}
