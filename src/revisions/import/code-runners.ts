/** Tools whose migrations are code: what of it runs in what order, and which table records it. The code is recorded or left to them. */
import { badHistory, byNumber, dateOf, splitName } from './history.ts'
import type { FoundFile, HistoryFormat } from './history.ts'

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
const code = /\.[cm]?[jt]s$/
const withoutEnd = (name: string): string => name.replace(/\.[cm]?[jt]s$|\.sql$/, '')

/** Files of the folder that are migrations, in the order of their names. */
function ordered(files: readonly FoundFile[], compare: (a: string, b: string) => number): FoundFile[] {
  return files
    .filter((f) => (code.test(f.path) || f.path.endsWith('.sql')) && !/\.d\.[cm]?ts$|\.(?:test|spec)\./.test(f.path))
    .toSorted((a, b) => compare(baseName(a.path), baseName(b.path)))
}
const plain = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function fromFiles(
  tool: string,
  usual: string,
  table: HistoryFormat['tables'],
  keyOf: (file: FoundFile) => string,
  column: string,
  compare = plain,
): HistoryFormat {
  return {
    tool,
    usual,
    needs: 'record',
    read: (files) =>
      ordered(files, compare).map((file) => {
        const name = withoutEnd(baseName(file.path))
        // MikroORM's names begin with a fixed word.
        const at = splitName(name.replace(/^Migration(?=\d{14})/, ''))
        return {
          key: keyOf(file),
          name: at?.words || name,
          date: dateOf(at?.number ?? ''),
          transaction: true,
          path: file.path,
          ...(file.path.endsWith('.sql') ? { up: file.text } : {}),
        }
      }),
    tables: table,
    applied: (rows) => rows.map((r) => r[column] ?? ''),
  }
}

/** Knex stores the whole file name; a build changes its extension, so both are compared without one. */
export const knex = fromFiles(
  'knex',
  './migrations',
  [{ name: 'knex_migrations', columns: ['name'] }],
  (f) => baseName(f.path),
  'name',
)
export const kysely = fromFiles(
  'kysely',
  './migrations',
  [{ name: 'kysely_migration', columns: ['name'] }],
  (f) => withoutEnd(baseName(f.path)),
  'name',
)
export const sequelize = fromFiles(
  'sequelize',
  './migrations',
  [{ name: 'SequelizeMeta', columns: ['name'] }],
  (f) => baseName(f.path),
  'name',
)
export const mikroOrm = fromFiles(
  'mikro-orm',
  './migrations',
  [{ name: 'mikro_orm_migrations', columns: ['name'] }],
  (f) => withoutEnd(baseName(f.path)),
  'name',
)
export const nodePgMigrate = fromFiles(
  'node-pg-migrate',
  './migrations',
  [{ name: 'pgmigrations', columns: ['name'] }],
  (f) => withoutEnd(baseName(f.path)),
  'name',
  byNumber,
)

/** TypeORM names a migration by its class, whose name ends in milliseconds, and sorts by them. */
export const typeorm: HistoryFormat = {
  tool: 'typeorm',
  usual: './src/migration',
  needs: 'record',
  read: (files) =>
    ordered(files, plain)
      .filter((f) => code.test(f.path))
      .flatMap((file) => {
        const declared = /\bclass\s+(\w+?)(\d{13})\b/.exec(file.text)
        if (declared === null) {
          if (/\bMigrationInterface\b/.test(file.text))
            throw badHistory(file.path, 'its class has no name that ends in 13 digits')
          return []
        }
        const named = /\bname\s*=\s*['"]([^'"]+)['"]/.exec(file.text)?.[1]
        return [
          {
            key: named ?? `${declared[1]}${declared[2]}`,
            name: declared[1]!.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase(),
            date: new Date(Number(declared[2])),
            transaction: !/\btransaction\s*=\s*false\b/.test(file.text),
            path: file.path,
          },
        ]
      })
      .toSorted((a, b) => a.date.getTime() - b.date.getTime()),
  tables: [{ name: 'migrations', columns: ['name', 'timestamp'] }],
  applied: (rows) => rows.map((r) => r['name'] ?? ''),
}
