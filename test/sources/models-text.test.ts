/** What a written module of models looks like, and that importing it declares what it was written from. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { diff } from '../../src/diff/diff.ts'
import { renderModels } from '../../src/revisions/write/models.ts'
import { collectSchema } from '../../src/schema/resolve/collect.ts'
import { keyOf } from '../../src/schema/keys.ts'
import type { Schema, SchemaObject, Table } from '../../src/schema/model.ts'
import { importModule } from '../../src/util/import-module.ts'

const schemaOf = (...objects: readonly SchemaObject[]): Schema => ({
  objects: new Map(objects.map((o) => [keyOf(o), o])),
  dependencies: new Map(),
  uncovered: [],
})

const table = (name: string, more: Partial<Table> = {}): Table => ({
  kind: 'table',
  name,
  columns: [{ name: 'id', type: { kind: 'integer' }, nullable: false }],
  constraints: [{ kind: 'primaryKey', name: `${name}_pkey`, columns: ['id'] }],
  indexes: [],
  ...more,
})

const pointing = (name: string, to: string, as = `${name}_${to}_fkey`): Table =>
  table(name, {
    columns: [
      { name: 'id', type: { kind: 'integer' }, nullable: false },
      { name: to, type: { kind: 'integer' }, nullable: true },
    ],
    constraints: [
      { kind: 'primaryKey', name: `${name}_pkey`, columns: ['id'] },
      { kind: 'foreignKey', name: as, columns: [to], references: { name: to }, referencedColumns: ['id'] },
    ],
  })

/** What the module declares, against what it was written from. */
async function left(schema: Schema, text: string): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'ambix-text-'))
  try {
    const file = join(folder, 'models.ts')
    writeFileSync(file, text)
    const { schema: declared } = collectSchema([await importModule(file)], { names: { most: 63, unit: 'bytes' } })
    const normal = postgres.normalize(declared)
    return diff(postgres.normalize(schema), normal, { hints: [] }).upgrade
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('tables stand before those that point to them; circles and selves are named', async () => {
  const schema = schemaOf(pointing('a', 'b'), pointing('b', 'a'), pointing('c', 'a'), pointing('self', 'self'))
  const { text, notes } = renderModels(schema)
  expect(notes).toEqual([])
  expect(text).toContain("a: integer().references('a', 'id'),")
  expect(text).toContain('b: integer().references(() => b.id),')
  expect(text).toContain('a: integer().references(() => a.id),')
  expect(text).toContain("self: integer().references('self', 'id'),")
  expect(await left(schema, text)).toEqual([])
})

test('constants are free and legal names, whatever the tables are called', async () => {
  const names = [
    'table',
    'text',
    'class',
    'user_accounts',
    'UserAccounts',
    '1st',
    'two words',
    '漢字',
    '-',
    't',
    '__proto__',
    'constructor',
  ]
  const schema = schemaOf(...names.map((n) => table(n)))
  const { text } = renderModels(schema)
  const constants = [...text.matchAll(/^export const (\S+) =/gm)].map((m) => m[1])
  expect(constants).toHaveLength(names.length)
  expect(new Set(constants).size).toBe(names.length)
  expect(text).toContain("export const userAccounts = table('user_accounts'")
  expect(await left(schema, text)).toEqual([])
})

test('names are said only where PostgreSQL would choose others', async () => {
  // Two constraints of one name: neither gets it by itself.
  const schema = schemaOf(
    table('b'),
    pointing('a', 'b', 'same'),
    pointing('c', 'b', 'same'),
    pointing('d', 'b', 'd_b_fkey'),
  )
  const { text } = renderModels(schema)
  expect(text).toContain("foreignKey('same')")
  expect(text).not.toContain('d_b_fkey')
  expect(renderModels(schema, { everyName: true }).text).toContain("name: 'd_b_fkey'")
  expect(await left(schema, text)).toEqual([])
})

test('numbers as names keep their place, texts with backticks and line ends their letters', async () => {
  const odd: Table = table('odd', {
    columns: [
      { name: 'b', type: { kind: 'text' }, nullable: true, comment: 'one\ntwo `${x}` \\ \u2028' },
      {
        name: '1',
        type: { kind: 'text' },
        nullable: true,
        default: { kind: 'sql', sql: "('`' || '${x}' || E'\\\\')" },
      },
    ],
    constraints: [],
  })
  const schema = schemaOf(odd)
  const { text } = renderModels(schema)
  expect(text).toContain('column1: text()')
  expect(text.indexOf('b: text()')).toBeLessThan(text.indexOf('column1: text()'))
  expect(await left(schema, text)).toEqual([])
})

test('what models cannot say is named in the head', () => {
  const invalid: Table = table('t', { indexes: [{ name: 'half', elements: [{ column: 'id' }], invalid: true }] })
  const { text, notes } = renderModels({ ...schemaOf(invalid), uncovered: ['language plfoo'] })
  expect(notes).toEqual(['the index half of t is not valid', 'language plfoo: ambix does not read such objects'])
  expect(text).toContain('// - the index half of t is not valid\n')
})
