/** Runners of plain SQL files: dbmate, Flyway, golang-migrate, goose, graphile-migrate. */
import { crc32 } from 'node:zlib'
import { badHistory, byNumber, dateOf, splitName } from './history.ts'
import type { ForeignMigration, FoundFile, HistoryFormat } from './history.ts'

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
const inFolder = (files: readonly FoundFile[], fits: RegExp): FoundFile[] =>
  files.filter((f) => fits.test(baseName(f.path))).toSorted((a, b) => byNumber(baseName(a.path), baseName(b.path)))

/** Two migrations with one number have no order. */
function once(migrations: readonly ForeignMigration[]): readonly ForeignMigration[] {
  const seen = new Map<string, string>()
  for (const m of migrations) {
    const other = seen.get(m.key)
    if (other !== undefined) throw badHistory(m.path, `it has the same version, ${m.key}, as ${other}`)
    seen.set(m.key, m.path)
  }
  return migrations
}

/** A file with an up and a down part, each after a marker line. */
function parts(
  file: FoundFile,
  up: RegExp,
  down: RegExp,
): { readonly up: string; readonly down?: string; readonly upLine: string } {
  const lines = file.text.split('\n')
  const at = lines.findIndex((l) => up.test(l))
  if (at < 0) throw badHistory(file.path, `it has no line that begins the part for going up`)
  const to = lines.findIndex((l) => down.test(l))
  const end = to > at ? to : lines.length
  const rest = to < 0 ? undefined : lines.slice(to + 1, to < at ? at : undefined).join('\n')
  return { up: lines.slice(at + 1, end).join('\n'), ...(rest === undefined ? {} : { down: rest }), upLine: lines[at]! }
}

export const dbmate: HistoryFormat = {
  tool: 'dbmate',
  usual: './db/migrations',
  read: (files) =>
    once(
      inFolder(files, /^\d+.*\.sql$/).map((file) => {
        const name = baseName(file.path).replace(/\.sql$/, '')
        const { number, words } = splitName(name) ?? { number: /^\d+/.exec(name)![0], words: name }
        const body = parts(file, /^--\s*migrate:up\b/, /^--\s*migrate:down\b/)
        return {
          key: number,
          name: words || name,
          date: dateOf(number),
          up: body.up,
          ...(body.down === undefined ? {} : { down: body.down }),
          transaction: !/transaction:\s*false/.test(body.upLine),
          path: file.path,
        }
      }),
    ),
  tables: [{ name: 'schema_migrations', columns: ['version'] }],
  applied: (rows) => rows.map((r) => r['version'] ?? ''),
}

export const golangMigrate: HistoryFormat = {
  tool: 'golang-migrate',
  usual: './migrations',
  read: (files) =>
    once(
      inFolder(files, /^\d+_.*\.up\.sql$/).map((file) => {
        const name = baseName(file.path).replace(/\.up\.sql$/, '')
        const { number, words } = splitName(name)!
        const down = files.find((f) => f.path === file.path.replace(/\.up\.sql$/, '.down.sql'))
        return {
          key: String(BigInt(number)),
          name: words || name,
          date: dateOf(number),
          up: file.text,
          ...(down === undefined ? {} : { down: down.text }),
          transaction: true,
          path: file.path,
        }
      }),
    ),
  tables: [{ name: 'schema_migrations', columns: ['version', 'dirty'] }],
  // One row: the version that the database is at.
  applied(rows, migrations) {
    const [row] = rows
    if (row === undefined) return []
    if (/^(?:t|true|1)$/.test(row['dirty'] ?? '')) {
      throw badHistory(
        'schema_migrations',
        `version ${row['version'] ?? ''} is dirty: it failed half-way`,
        'Clean it up first: migrate force <version>',
      )
    }
    const reached = BigInt(row['version'] ?? '0')
    const known = migrations.filter((m) => BigInt(m.key) <= reached).map((m) => m.key)
    return known.includes(String(reached)) ? known : [...known, String(reached)]
  },
}

export const goose: HistoryFormat = {
  tool: 'goose',
  usual: './migrations',
  read: (files) =>
    once(
      inFolder(files, /^\d+_.*\.(?:sql|go)$/).map((file) => {
        const name = baseName(file.path).replace(/\.\w+$/, '')
        const { number, words } = splitName(name)!
        const common = { key: String(BigInt(number)), name: words || name, date: dateOf(number), path: file.path }
        if (file.path.endsWith('.go')) return { ...common, transaction: true }
        const body = parts(file, /^--\s*\+goose\s+up\b/i, /^--\s*\+goose\s+down\b/i)
        const plain = (text: string): string => text.replaceAll(/^--\s*\+goose\s+.*$/gim, '')
        return {
          ...common,
          up: plain(body.up),
          ...(body.down === undefined ? {} : { down: plain(body.down) }),
          transaction: !/^--\s*\+goose\s+no\s+transaction/im.test(file.text),
        }
      }),
    ),
  tables: [{ name: 'goose_db_version', columns: ['version_id', 'is_applied', 'id'] }],
  // Every run adds a row: the last one of a version counts. Version 0 is goose's own.
  applied(rows) {
    const last = new Map<string, boolean>()
    for (const row of rows.toSorted((a, b) => Number(a['id'] ?? 0) - Number(b['id'] ?? 0)))
      last.set(row['version_id'] ?? '', /^(?:t|true|1)$/.test(row['is_applied'] ?? ''))
    return [...last].filter(([version, there]) => there && version !== '0').map(([version]) => version)
  },
}

/** Flyway's checksum: CRC-32 of the lines without their ends, as a signed number, so that line endings do not matter. */
function lineSum(text: string): string {
  const lines = text.split(/\r\n|\r|\n/)
  return String(lines.reduce((sum, line) => crc32(line, sum), 0) | 0)
}

export const flyway: HistoryFormat = {
  tool: 'flyway',
  usual: './sql',
  needs: 'with-downgrades',
  read(files) {
    const repeatable = files.find((f) => /^R__.*\.sql$/.test(baseName(f.path)))
    if (repeatable !== undefined) {
      throw badHistory(
        repeatable.path,
        'a repeatable migration has no place in a history',
        'Declare its objects in the schema, and leave the file out of the folder',
      )
    }
    const version = (path: string): string => /^[VU]([\d._]+?)__/.exec(baseName(path))![1]!.replaceAll('_', '.')
    const order = (a: string, b: string): number => {
      const [x, y] = [a.split('.'), b.split('.')]
      for (let i = 0; i < Math.max(x.length, y.length); i++) {
        const d = byNumber(x[i] ?? '0', y[i] ?? '0')
        if (d !== 0) return d
      }
      return 0
    }
    return once(
      files
        .filter((f) => /^V[\d._]+?__.*\.sql$/.test(baseName(f.path)))
        .toSorted((a, b) => order(version(a.path), version(b.path)))
        .map((file) => {
          const key = version(file.path)
          const undo = files.find((f) => /^U[\d._]+?__.*\.sql$/.test(baseName(f.path)) && version(f.path) === key)
          const name = baseName(file.path)
            .replace(/^V[\d._]+?__/, '')
            .replace(/\.sql$/, '')
            .replaceAll('_', ' ')
          return {
            key,
            name,
            date: dateOf(key),
            up: file.text,
            ...(undo === undefined ? {} : { down: undo.text }),
            transaction: true,
            path: file.path,
            checksum: lineSum(file.text),
          }
        }),
    )
  },
  tables: [{ name: 'flyway_schema_history', columns: ['version', 'success', 'type', 'installed_rank', 'checksum'] }],
  kept: (rows, m) =>
    rows
      .toSorted((a, b) => Number(b['installed_rank'] ?? 0) - Number(a['installed_rank'] ?? 0))
      .find((r) => r['version'] === m.key && r['type'] === 'SQL')?.['checksum'],
  applied(rows) {
    const there = new Set<string>()
    for (const row of rows.toSorted((a, b) => Number(a['installed_rank'] ?? 0) - Number(b['installed_rank'] ?? 0))) {
      const version = row['version']
      if (version === null || version === undefined) continue
      if (!/^(?:t|true|1)$/.test(row['success'] ?? '')) {
        throw badHistory('flyway_schema_history', `version ${version} failed`, 'Repair it first: flyway repair')
      }
      // `flyway repair` records a deleted file as a row of the type DELETE.
      if (/^(?:UNDO|DELETE)/.test(row['type'] ?? '')) there.delete(version)
      else there.add(version)
    }
    return [...there]
  },
}

export const graphileMigrate: HistoryFormat = {
  tool: 'graphile-migrate',
  usual: './migrations',
  needs: 'with-downgrades',
  read: (files) =>
    files
      .filter((f) => /^committed\/\d+.*\.sql$/.test(f.path))
      .toSorted((a, b) => byNumber(baseName(a.path), baseName(b.path)))
      .map((file) => {
        const key = baseName(file.path)
        const header = (name: string): string | undefined =>
          new RegExp(`^--!\\s*${name}:\\s*(.*)$`, 'mi').exec(file.text)?.[1]?.trim()
        const words = header('Message') ?? splitName(key.replace(/\.sql$/, ''))?.words ?? key
        return {
          key,
          name: words === '' ? key : words,
          up: file.text.replaceAll(/^--!.*$/gm, '').trimStart(),
          transaction: !/^--!\s*no-transaction/im.test(file.text),
          path: file.path,
          ...(header('Hash') === undefined ? {} : { checksum: header('Hash') }),
        }
      }),
  tables: [{ schema: 'graphile_migrate', name: 'migrations', columns: ['filename', 'hash'] }],
  applied: (rows) => rows.map((r) => r['filename'] ?? ''),
  kept: (rows, m) => rows.find((r) => r['filename'] === m.key)?.['hash'],
}
