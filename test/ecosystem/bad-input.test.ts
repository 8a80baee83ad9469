/** Models and histories that cannot be read: a coded error with the next step, no stack trace, and nothing written. */
import { existsSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bin } from '../cli/sandbox.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive } from '../support/live.ts'
import type { TestDatabase } from '../support/server.ts'
import { installed } from './project.ts'

const modules = fileURLToPath(new URL('./node_modules', import.meta.url))

interface Mistake {
  readonly name: string
  /** `drizzle('./models.ts')`, of `ambix/drizzle`. */
  readonly source: readonly [entry: string, call: string]
  readonly files: Readonly<Record<string, string>>
  readonly code: string
  readonly says: readonly (string | RegExp)[]
}

/** Nothing listens there. */
const nowhere = 'postgres://nobody:secret@127.0.0.1:1/none'
const column = "import { pgTable, integer } from 'drizzle-orm/pg-core'\n"
const legacy = JSON.stringify({ compilerOptions: { experimentalDecorators: true, emitDecoratorMetadata: true } })
const entity = `import 'reflect-metadata'
import { Column, DataSource, Entity, PrimaryGeneratedColumn } from 'typeorm'
@Entity()
export class User {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
}
export const source = new DataSource({ type: 'postgres', url: '${nowhere}', entities: [User] })
`

const mistakes: readonly Mistake[] = [
  {
    name: 'Drizzle: models that throw',
    source: ['drizzle', "drizzle('./models.ts')"],
    files: { 'models.ts': `${column}if (process.env.REGION === undefined) throw new Error('REGION is not set')\n` },
    code: 'MODULE.LOAD',
    says: ['REGION is not set', /models\.ts:2/],
  },
  {
    name: 'Drizzle: models that connect while they are imported',
    source: ['drizzle', "drizzle('./models.ts')"],
    files: {
      'models.ts': `${column}import pg from 'pg'\nconst client = new pg.Client('${nowhere}')\nawait client.connect()\nexport const t = pgTable('t', { id: integer() })\n`,
    },
    code: 'MODULE.LOAD',
    says: ['ECONNREFUSED', 'Connect where the app starts'],
  },
  {
    name: 'Drizzle: a file without models',
    source: ['drizzle', "drizzle('./models.ts')"],
    files: { 'models.ts': 'export const nothing = 1\n' },
    code: 'SCHEMA.EMPTY',
    says: ['drizzle(./models.ts) declares nothing'],
  },
  {
    name: 'Prisma: a schema file that does not parse',
    source: ['prisma', "prisma('./schema.prisma')"],
    files: { 'schema.prisma': 'datasource db {\n  provider = "postgresql"\n}\n\nmodel User {\n  id Itn @id\n}\n' },
    code: 'SCHEMA.SOURCE',
    says: ['Itn', 'schema.prisma:6'],
  },
  {
    name: 'TypeORM: a promise of a connection that nothing waits for',
    source: ['typeorm', "typeorm('./models.ts')"],
    files: { 'tsconfig.json': legacy, 'models.ts': `${entity}void source.initialize()\n` },
    code: 'MODULE.LOAD',
    says: ['ECONNREFUSED', 'nothing waited for'],
  },
  {
    name: 'TypeORM: decorators without experimentalDecorators',
    source: ['typeorm', "typeorm('./models.ts')"],
    files: { 'tsconfig.json': '{}', 'models.ts': entity },
    code: 'MODULE.LOAD',
    says: ['"experimentalDecorators": true', '"emitDecoratorMetadata": true'],
  },
  {
    name: 'TypeORM: types of columns without emitDecoratorMetadata',
    source: ['typeorm', "typeorm('./models.ts')"],
    files: {
      'tsconfig.json': JSON.stringify({ compilerOptions: { experimentalDecorators: true } }),
      'models.ts': entity,
    },
    code: 'MODULE.LOAD',
    says: ['"emitDecoratorMetadata": true'],
  },
  {
    name: 'TypeORM: a glob that fits nothing',
    source: ['typeorm', "typeorm('./models.ts')"],
    files: {
      'tsconfig.json': legacy,
      'models.ts': entity.replace('[User]', "['dist/**/*.entity.js']"),
    },
    code: 'SCHEMA.EMPTY',
    says: ['declares nothing'],
  },
  {
    name: 'Sequelize: an instance without models',
    source: ['sequelize', "sequelize('./models.ts')"],
    files: {
      'models.ts': `import { Sequelize } from 'sequelize'\nexport const s = new Sequelize('${nowhere}', { logging: false })\n`,
    },
    code: 'SCHEMA.EMPTY',
    says: ['has no models'],
  },
  {
    name: 'MikroORM: a relation to what is not there',
    source: ['mikro-orm', "mikroOrm('./models.ts')"],
    files: {
      'models.ts': `import { defineEntity, p } from '@mikro-orm/core'\nimport { defineConfig } from '@mikro-orm/postgresql'
const Gone = defineEntity({ name: 'Gone', properties: { id: p.integer().primary() } })
const A = defineEntity({ name: 'A', properties: { id: p.integer().primary(), b: () => p.oneToMany(Gone).mappedBy('nothing' as never) } })
export default defineConfig({ clientUrl: '${nowhere}', entities: [A] })\n`,
    },
    code: 'SCHEMA.SOURCE',
    says: ['MikroORM cannot print the DDL of ./models.ts', /Gone|nothing/],
  },
]

describeLive('models that cannot be read', (server) => {
  let database: TestDatabase
  beforeAll(async () => {
    expect(installed, 'run `npm run test:ecosystem`, which installs the packages').toBe(true)
    database = await server.createDatabase()
  })
  afterAll(() => database.drop())

  test.each(mistakes)('$name', ({ source: [entry, call], files, code, says }) => {
    const dir = folderOf({
      'package.json': '{ "type": "module" }',
      'ambix.config.ts': `import { ${call.slice(0, call.indexOf('('))} } from 'ambix/${entry}'\nexport default { url: '${database.url}', schema: ${call} }\n`,
      ...files,
    })
    symlinkSync(modules, join(dir, 'node_modules'))
    const done = bin(dir, ['revision', '--autogenerate', '-m', 'x'])
    expect(done.stderr).toContain(`[${code}]`)
    for (const text of says) expect(done.stderr).toMatch(text)
    expect(done.stderr).not.toMatch(/^\s+at |secret|internal error/m)
    expect(done.code).toBe(1)
    expect(existsSync(join(dir, 'migrations')) ? readdirSync(join(dir, 'migrations')) : []).toEqual([])
  })
})
