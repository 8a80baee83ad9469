/** Issue 13: which versions of which packages ORM sources ask for, and that docs/sources.md says so and what was seen with them. */
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { importsOf, readSource, withoutComments } from '../../scripts/floors.mjs'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { drizzle } from '../../src/drizzle.ts'
import { AmbixError } from '../../src/errors.ts'
import { mikroOrm } from '../../src/mikro-orm.ts'
import { prisma } from '../../src/prisma.ts'
import { sequelize } from '../../src/sequelize.ts'
import { orms as rows } from '../../src/sources/orm/table.ts'
import type { SchemaSource } from '../../src/sources/source.ts'
import { typeorm } from '../../src/typeorm.ts'
import { features, seen } from '../ecosystem/seen.ts'
import { folderOf } from '../support/folder.ts'

const engine = '@prisma/schema-engine-wasm'

/** Each package that a source asks for in its own words, what was there before it is asked for, and a version that is too old. */
const wanted: readonly {
  readonly orm: string
  readonly source: SchemaSource
  readonly package: string
  readonly beside?: Readonly<Record<string, string>>
  readonly missing: string
}[] = [
  { orm: 'drizzle', source: drizzle('./m.ts'), package: 'drizzle-orm', missing: 'npm i -D drizzle-orm' },
  {
    orm: 'drizzle',
    source: drizzle('./m.ts'),
    package: 'drizzle-kit',
    beside: { 'drizzle-orm': '0.45.4' },
    missing: 'npm i -D drizzle-kit',
  },
  { orm: 'prisma', source: prisma('./m.prisma'), package: 'prisma', missing: `npm i -D ${engine}` },
  { orm: 'prisma', source: prisma('./m.prisma'), package: engine, missing: `npm i -D ${engine}` },
  { orm: 'typeorm', source: typeorm('./m.ts'), package: 'typeorm', missing: 'npm i -D typeorm' },
  { orm: 'sequelize', source: sequelize('./m.ts'), package: 'sequelize', missing: 'npm i -D sequelize' },
  { orm: 'mikro-orm', source: mikroOrm('./m.ts'), package: '@mikro-orm/core', missing: 'npm i -D @mikro-orm/core' },
]

async function refusal(source: SchemaSource, packages: Readonly<Record<string, string>>): Promise<AmbixError> {
  const projectDir = folderOf({
    // Never loaded: the version is looked at first.
    'm.ts': "throw new Error('loaded')\n",
    'm.prisma': 'datasource db {\n  provider = "postgresql"\n}\n',
    ...Object.fromEntries(
      Object.entries(packages).map(([name, version]) => [
        `node_modules/${name}/package.json`,
        JSON.stringify({ name, version }),
      ]),
    ),
  })
  const scratch = (): Promise<never> => Promise.reject(new Error('No database is asked for'))
  try {
    await source.ddl!({ dialect: postgres, projectDir, scope: { schemas: ['public'] } as never, scratch })
  } catch (error) {
    expect(error).toBeInstanceOf(AmbixError)
    return error as AmbixError
  }
  throw new Error('It was not refused')
}

const commandOf = (error: AmbixError): unknown => error.next.map((n) => (typeof n === 'string' ? n : n.command))

const bounds = async (w: (typeof wanted)[number]): Promise<{ readonly from: string; readonly below: string }> =>
  (await refusal(w.source, { ...w.beside, [w.package]: '99.1.2' })).data as never

test.each(wanted)('$package, missing, too old, too new: said by number, with the line that installs it', async (w) => {
  const missing = await refusal(w.source, w.beside ?? {})
  expect(missing.code).toBe('SCHEMA.SOURCE')
  expect(missing.message).toMatch(/not installed/)
  expect(commandOf(missing)).toEqual([w.missing])

  const { from, below } = await bounds(w)
  for (const [version, word] of [
    ['0.1.2', 'old'],
    ['99.1.2', 'new'],
  ] as const) {
    const error = await refusal(w.source, { ...w.beside, [w.package]: version })
    expect(error.code).toBe('SCHEMA.SOURCE')
    expect(error.message).toBe(`${w.source.name} cannot read ${w.package} ${version}`)
    expect(error.why).toBe(
      `It reads ${w.package} from ${from} up to, but not including, ${below}; the project has one that is too ${word}.`,
    )
    expect(commandOf(error)).toEqual([expect.stringMatching(new RegExp(`^npm i -D ${w.package}@[~^]?\\d`))])
  }
})

const page = readFileSync(new URL('../../docs/sources.md', import.meta.url), 'utf8')
const pins = (
  JSON.parse(readFileSync(new URL('../ecosystem/package.json', import.meta.url), 'utf8')) as {
    dependencies: Record<string, string>
  }
).dependencies

/** Cells of the rows of the table that begins with this head, by the first cell. */
function tableOf(head: string): Map<string, readonly string[]> {
  const lines = page.slice(page.indexOf(head)).split('\n')
  const rows = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('|')),
  )
  const cells = (row: string): string[] =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  return new Map(rows.filter((_, n) => n !== 1).map((row) => [cells(row)[0]!, cells(row).slice(1)]))
}

const columns = ['Drizzle', 'Prisma', 'TypeORM', 'Sequelize', 'MikroORM']
const orms = ['drizzle', 'prisma', 'typeorm', 'sequelize', 'mikro-orm']

test('docs/sources.md: the versions that are read, and those that are tried', async () => {
  const table = tableOf('| | reads | tried with |')
  for (const [n, orm] of orms.entries()) {
    const of = wanted.filter((w) => w.orm === orm)
    const reads = await Promise.all(
      of.map(async (w) => {
        const { from, below } = await bounds(w)
        return `\`${w.package}\` ${from} to < ${below}`
      }),
    )
    const tried = of.filter((w) => pins[w.package] !== undefined).map((w) => `${pins[w.package]!.split('-')[0]}`)
    expect([columns[n], table.get(columns[n]!)?.slice(0, 2)]).toEqual([
      columns[n],
      [reads.join(', '), tried.join(', ')],
    ])
  }
})

test('docs/sources.md: what no model says is left alone', () => {
  const table = tableOf('| left alone where no model has one |')
  for (const { orm, source } of wanted) {
    const marks = [...table].slice(1).filter(([, cells]) => cells[orms.indexOf(orm)] === 'yes')
    expect([orm, marks.map(([kind]) => kind).toSorted()]).toEqual([orm, [...source.unmanaged].toSorted()])
  }
})

test('docs/sources.md: what of the models is seen, as the projects of test/ecosystem show it', () => {
  const table = tableOf('| seen |')
  expect(table.get('seen')).toEqual(columns)
  for (const feature of Object.keys(features))
    expect([feature, table.get(feature)]).toEqual([
      feature,
      orms.map((orm) => (seen[orm]!.includes(feature) ? 'yes' : '–')),
    ])
  expect(table.size).toBe(Object.keys(features).length + 1)
})

test('an adapter costs at most four files, and no other names it but the table of sources', () => {
  const files = readSource()
  expect(rows.map((row) => row.entry.replace('ambix/', '')).toSorted()).toEqual(orms.toSorted())
  const reach = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
    if (seen.has(file)) return seen
    seen.add(file)
    for (const { specifier } of importsOf(files.get(file)!)) {
      const target = posix.join(posix.dirname(file), specifier)
      if (specifier.startsWith('.') && target.startsWith('sources/orm/')) reach(target, seen)
    }
    return seen
  }
  for (const orm of orms) {
    const others = new Set(orms.filter((o) => o !== orm).flatMap((o) => [...reach(`${o}.ts`)]))
    const own = [...reach(`${orm}.ts`)].filter((file) => !others.has(file))
    expect(own).toContain(`sources/orm/${orm}.ts`)
    expect(own.length, own.join(', ')).toBeLessThanOrEqual(4)
    const naming = [...files].filter(([, text]) =>
      new RegExp(`['"](?:ambix|[./\\w]*)/${orm}(?:\\.ts)?['"]`).test(withoutComments(text)),
    )
    expect(
      naming.map(([file]) => file).filter((file) => !own.includes(file) && !file.startsWith('revisions/')),
    ).toEqual(['sources/orm/table.ts'])
  }
})
