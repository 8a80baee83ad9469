/** Random enum changes as a chain of generated revisions, and what must hold of such a chain on a server. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { diff } from '../../src/diff/diff.ts'
import type { Difference, Hint } from '../../src/diff/model/types.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { pg } from '../../src/drivers/pg.ts'
import { isAmbixError } from '../../src/errors.ts'
import type { Operation } from '../../src/operations/kinds.ts'
import { fold } from '../../src/operations/operation.ts'
import { renderRevision } from '../../src/revisions/write/render.ts'
import { refText } from '../../src/schema/keys.ts'
import { type Column, type ColumnType, emptySchema, type Ref, type Schema } from '../../src/schema/model.ts'
import { type Cli, project, Session } from './acceptance.ts'
import type { TestServer } from './server.ts'

interface Kind {
  readonly id: number
  name: string
  schema: string | undefined
  values: string[]
}
interface Field {
  readonly id: number
  name: string
  readonly kind: number
  readonly array: boolean
  default: string | undefined
  notNull: boolean
  /** A check and a partial index name this label. */
  guarded: string | undefined
  /** A plain index. */
  readonly indexed: boolean
}
interface Sheet {
  readonly id: number
  name: string
  fields: Field[]
}
interface State {
  kinds: Kind[]
  sheets: Sheet[]
  count: number
}

/** One draw: which change, and what it needs to choose with. */
export interface Turn {
  readonly what: number
  readonly a: number
  readonly b: number
  readonly c: number
}

export const turns = (length: number): fc.Arbitrary<readonly Turn[]> =>
  fc.array(fc.record({ what: fc.nat(99), a: fc.nat(999), b: fc.nat(999), c: fc.nat(999) }), {
    minLength: length,
    maxLength: length,
  })

const pool = ['draft', 'published', 'archived', "it's", 'Big Word', '', 'é{}', 'a,b', 'NULL', 'x']
const typeNames = ['status', 'kind', 'Post Status', 'order', 'mood', 'level']

const quoted = (label: string): string => `'${label.replaceAll("'", "''")}'`
const ident = (name: string): string => (/^[a-z_]+$/.test(name) && name !== 'order' ? name : `"${name}"`)
const refOf = (k: Kind): Ref => (k.schema === undefined ? { name: k.name } : { schema: k.schema, name: k.name })
const spelled = (k: Kind): string => (k.schema === undefined ? ident(k.name) : `${k.schema}.${ident(k.name)}`)

const typeOf = (k: Kind, array: boolean): ColumnType => {
  const own: ColumnType = { kind: 'enum', ...refOf(k) }
  return array ? { kind: 'array', element: own } : own
}

/** The whole state as the operations that would make it from nothing. */
function making(state: State): Operation[] {
  const ops: Operation[] = [{ kind: 'createSchema', schema: { kind: 'schema', name: 'app' } }]
  for (const k of state.kinds)
    ops.push({ kind: 'createEnum', enum: { kind: 'enum', ...refOf(k), values: [...k.values] } })
  for (const s of state.sheets) {
    const columns: Column[] = [{ name: 'n', type: { kind: 'integer' }, nullable: true }]
    for (const f of s.fields) {
      const value =
        f.default === undefined
          ? {}
          : { default: { kind: 'literal' as const, value: f.array ? [f.default] : f.default } }
      columns.push({ name: f.name, type: typeOf(kindOf(state, f), f.array), nullable: !f.notNull, ...value })
    }
    const guards = s.fields.filter((f) => f.guarded !== undefined && !f.array)
    ops.push({
      kind: 'createTable',
      table: {
        kind: 'table',
        name: s.name,
        columns,
        constraints: guards.map((f) => ({
          kind: 'check',
          name: `ck_${f.id}`,
          sql: `${f.name} <> ${quoted(f.guarded!)}::${spelled(kindOf(state, f))} OR n IS NOT NULL`,
        })),
        indexes: [
          ...s.fields.filter((f) => f.indexed).map((f) => ({ name: `ix_${f.id}`, elements: [{ column: f.name }] })),
          ...guards.map((f) => ({
            name: `px_${f.id}`,
            elements: [{ column: 'n' }],
            where: `${f.name} = ${quoted(f.guarded!)}::${spelled(kindOf(state, f))}`,
          })),
        ],
      },
    })
  }
  return ops
}

const kindOf = (state: State, f: Field): Kind => state.kinds.find((k) => k.id === f.kind)!
const pick = <T>(list: readonly T[], n: number): T | undefined =>
  list.length === 0 ? undefined : list[n % list.length]

/** Changes the state, and says what a user would say beside it. */
function change(state: State, { what, a, b, c }: Turn): Hint[] {
  const hints: Hint[] = []
  const kind = pick(state.kinds, a)
  const sheet = pick(state.sheets, a)
  const field = sheet === undefined ? undefined : pick(sheet.fields, b)
  const fields = (k: Kind): Field[] => state.sheets.flatMap((s) => s.fields.filter((f) => f.kind === k.id))
  const free = (k: Kind): string | undefined =>
    pick(
      pool.filter((l) => !k.values.includes(l)),
      c,
    )
  const freeName = (): string | undefined =>
    pick(
      typeNames.filter((n) => !state.kinds.some((k) => k.name === n)),
      c,
    )
  const says = (k: Kind): string => refText(refOf(k))
  const add = (k: Kind, label: string): void => {
    const staying = k.values[b % k.values.length]!
    k.values.splice(b % (k.values.length + 1), 0, label)
    hints.push({ remap: 'value', enum: says(k), from: label, to: staying, direction: 'down' })
  }
  const remove = (k: Kind): string => {
    const [label] = k.values.splice(b % k.values.length, 1)
    const to = k.values[c % k.values.length]!
    for (const f of fields(k)) {
      if (f.default === label) f.default = c % 3 === 0 && !f.notNull ? undefined : to
      if (f.guarded === label) f.guarded = to
    }
    hints.push({ remap: 'value', enum: says(k), from: label!, to })
    return label!
  }
  const turn = what % 20
  if (kind !== undefined && turn <= 3 && free(kind) !== undefined) {
    const label = free(kind)!
    add(kind, label)
    // Used at once: as a default, in a check.
    const f = pick(fields(kind), c)
    if (turn === 3 && f !== undefined) f.default = label
    if (turn === 2 && f !== undefined && !f.array) f.guarded = label
  } else if (kind !== undefined && turn <= 5 && free(kind) !== undefined) {
    const [at, to] = [b % kind.values.length, free(kind)!]
    const from = kind.values[at]!
    kind.values[at] = to
    for (const f of fields(kind)) {
      if (f.default === from) f.default = to
      if (f.guarded === from) f.guarded = to
    }
    hints.push({ rename: 'value', enum: says(kind), from, to })
  } else if (kind !== undefined && turn <= 8 && kind.values.length > 2) {
    const gone = remove(kind)
    const other = free(kind)
    if (turn === 8 && other !== undefined && other !== gone) add(kind, other)
  } else if (kind !== undefined && turn <= 9) {
    const [label] = kind.values.splice(b % kind.values.length, 1)
    kind.values.splice(c % (kind.values.length + 1), 0, label!)
  } else if (kind !== undefined && turn === 10 && freeName() !== undefined) {
    const from = says(kind)
    kind.name = freeName()!
    hints.push({ rename: 'enum', from, to: says(kind) })
  } else if (kind !== undefined && turn === 11) {
    const from = says(kind)
    kind.schema = kind.schema === undefined ? 'app' : undefined
    hints.push({ rename: 'enum', from, to: says(kind) })
  } else if (field !== undefined && turn === 12) {
    field.default = c % 3 === 0 && !field.notNull ? undefined : pick(kindOf(state, field).values, c)
  } else if (sheet !== undefined && kind !== undefined && turn <= 15) {
    addField(state, sheet, kind, b, c)
  } else if (sheet !== undefined && field !== undefined && turn === 16) {
    sheet.fields = sheet.fields.filter((f) => f !== field)
  } else if (turn === 17 && kind !== undefined) {
    if (sheet !== undefined && state.sheets.length > 2) state.sheets = state.sheets.filter((s) => s !== sheet)
    else {
      const made: Sheet = { id: ++state.count, name: `sheet_${state.count}`, fields: [] }
      state.sheets.push(made)
      addField(state, made, kind, b, c)
    }
  } else if (turn === 18 && kind !== undefined && fields(kind).length === 0 && state.kinds.length > 1) {
    state.kinds = state.kinds.filter((k) => k !== kind)
  } else if (field !== undefined && turn === 19) {
    const from = field.name
    field.name = `f_${++state.count}`
    hints.push({ rename: 'column', table: sheet!.name, from, to: field.name })
  } else if (freeName() !== undefined) {
    const values = [...new Set([pool[a % pool.length]!, pool[b % pool.length]!, pool[c % pool.length]!, 'last'])]
    const made: Kind = { id: ++state.count, name: freeName()!, schema: b % 3 === 0 ? 'app' : undefined, values }
    state.kinds.push(made)
    const target = pick(state.sheets, b)
    if (target !== undefined && c % 2 === 0) addField(state, target, made, b, c)
  }
  return hints
}

function addField(state: State, sheet: Sheet, kind: Kind, b: number, c: number): void {
  const id = ++state.count
  const value = b % 3 === 0 ? undefined : kind.values[c % kind.values.length]
  const array = b % 4 === 1
  sheet.fields.push({
    id,
    name: `f_${id}`,
    kind: kind.id,
    array,
    default: value,
    notNull: value !== undefined && c % 2 === 0,
    guarded: !array && c % 3 === 0 ? kind.values[b % kind.values.length] : undefined,
    indexed: c % 4 === 0,
  })
}

/** One row a table, with labels that come round. */
function rowsOf(state: State, n: number): string {
  return state.sheets
    .map((s) => {
      const values = s.fields.map((f, i) => {
        const { values: labels } = kindOf(state, f)
        const label = quoted(labels[(n + i) % labels.length]!)
        return f.array ? `ARRAY[${label}]::${spelled(kindOf(state, f))}[]` : label
      })
      return `INSERT INTO ${s.name} (${['n', ...s.fields.map((f) => f.name)].join(', ')}) VALUES (${[n, ...values].join(', ')});`
    })
    .join('\n')
}

export interface Chain {
  readonly revisions: readonly { readonly id: string; readonly text: string; readonly rows: string }[]
  /** What makes the last state from nothing. */
  readonly last: Schema
}

/** Each turn that changes something is a revision, as autogenerate would write it. */
export function chainOf(list: readonly Turn[], serverVersion: number): Chain {
  const state: State = { kinds: [], sheets: [], count: 0 }
  const revisions: { id: string; text: string; rows: string }[] = []
  let before: Schema = emptySchema
  for (const [i, turn] of list.entries()) {
    const hints = i === 0 ? [] : change(state, turn)
    if (i === 0) {
      state.kinds.push({
        id: ++state.count,
        name: 'status',
        schema: undefined,
        values: ['draft', 'published', 'archived'],
      })
      state.sheets.push({ id: ++state.count, name: 'posts', fields: [] })
      addField(state, state.sheets[0]!, state.kinds[0]!, 2, 2)
    }
    const after = fold(emptySchema, making(state)).schema
    const found = settled(before, after, hints, serverVersion)
    if (found.upgrade.length === 0) continue
    const id = `r${String(revisions.length + 1).padStart(3, '0')}`
    const text = renderRevision({
      revision: id,
      downRevision: revisions.at(-1)?.id ?? null,
      branchLabels: [],
      dependsOn: [],
      message: `turn ${i} ${JSON.stringify(turn)}`,
      createDate: '2026-01-01T00:00:00Z',
      upgrade: found.upgrade,
      downgrade: found.downgrade,
      remarks: { upgrade: [], downgrade: [] },
    })
    revisions.push({ id, text, rows: rowsOf(state, i) })
    before = after
  }
  return { revisions, last: before }
}

/** Decisions that the hints leave open are answered as one who did not mean a rename. */
function settled(before: Schema, after: Schema, given: readonly Hint[], serverVersion: number): Difference {
  let hints = [...given]
  for (;;) {
    const found = diff(before, after, { hints, serverVersion })
    if (found.decisions.length === 0) return found
    const more = found.decisions.flatMap((d) => d.options.filter((o) => 'distinct' in o))
    if (more.length === 0) throw new Error(JSON.stringify(found.decisions))
    hints = [...hints, ...more]
  }
}

const lines = (what: string, got: readonly string[], wanted: readonly string[]): string[] => [
  ...wanted.filter((l) => !got.includes(l)).map((l) => `${what}: missing ${l}`),
  ...got.filter((l) => !wanted.includes(l)).map((l) => `${what}: extra   ${l}`),
]

/** A database and the project of the chain, moved over one connection: a new one reads the catalogs anew, at each of the many steps. */
class Place {
  readonly session: Session
  readonly #cli: Cli
  readonly #connection: Connection
  readonly #drop: () => Promise<void>

  private constructor(cli: Cli, session: Session, connection: Connection, drop: () => Promise<void>) {
    this.#cli = cli
    this.session = session
    this.#connection = connection
    this.#drop = drop
  }

  static async of(chain: Chain, server: TestServer): Promise<Place> {
    const { url, drop } = await server.createDatabase()
    const cli = project(url, '')
    mkdirSync(join(cli.dir, 'migrations'))
    for (const r of chain.revisions) writeFileSync(join(cli.dir, 'migrations', `20260101_0000_${r.id}.ts`), r.text)
    return new Place(cli, await Session.open(url), await pg.open(url, { projectDir: cli.dir }), drop)
  }

  /** What went wrong; empty when nothing did. */
  async move(direction: typeof upgrade | typeof downgrade, target: string): Promise<string[]> {
    try {
      const config = { file: join(this.#cli.dir, 'ambix.config.json') }
      await direction(config, target, { cwd: this.#cli.dir, connection: this.#connection })
      return []
    } catch (error) {
      return [`${direction.name} ${target}: ${String(error)} ${isAmbixError(error) ? (error.why ?? '') : ''}`]
    }
  }

  catalog(): Promise<string[]> {
    return this.session.catalog(true)
  }

  async close(): Promise<void> {
    this.#cli.close()
    await this.session.close()
    await this.#connection.close()
    await this.#drop()
  }
}

/**
 * From nothing to the head in one run, down to nothing and up again; and step by step with rows in the tables, back the
 * same way with the catalog of each step. Both meet. Answers what went wrong; empty when nothing did.
 */
export async function tryChain(chain: Chain, server: TestServer): Promise<string[]> {
  const [whole, steps] = [await Place.of(chain, server), await Place.of(chain, server)]
  try {
    const nothing = await whole.catalog()
    const first = await whole.move(upgrade, 'head')
    if (first.length > 0) return first
    const goal = await whole.catalog()
    const problems: string[] = []
    const catalogs = [nothing]
    for (const r of chain.revisions) {
      const up = await steps.move(upgrade, '+1')
      if (up.length > 0) return [...up, r.text]
      catalogs.push(await steps.catalog())
      await steps.session.execute(r.rows)
    }
    problems.push(...lines('step by step', catalogs.at(-1)!, goal))
    for (const [i, r] of [...chain.revisions.entries()].toReversed()) {
      const down = await steps.move(downgrade, '-1')
      if (down.length > 0) return [...problems, ...down, r.text]
      const wrong = lines(`back from ${r.id}`, await steps.catalog(), catalogs[i]!)
      if (wrong.length > 0) return [...problems, ...wrong, r.text]
    }
    problems.push(
      ...(await whole.move(downgrade, 'base')),
      ...lines('all the way down', await whole.catalog(), nothing),
    )
    problems.push(...(await whole.move(upgrade, 'head')), ...lines('up again', await whole.catalog(), goal))
    return problems
  } finally {
    await whole.close()
    await steps.close()
  }
}
