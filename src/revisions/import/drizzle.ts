/** drizzle-kit's folders: 0.x with `meta/_journal.json`, 1.x with a folder for each migration. */
import { createHash } from 'node:crypto'
import { badHistory, byNumber, dateOf, splitName } from './history.ts'
import type { ForeignMigration, FoundFile, HistoryFormat, TableRows } from './history.ts'

interface Entry {
  readonly tag: string
  readonly when: number
}

const own = (file: FoundFile): string => createHash('sha256').update(file.text).digest('hex')
/** The separator between statements in drizzle's files is a comment already. */
const body = (text: string): string =>
  text.replaceAll(/^--> statement-breakpoint[ \t]*$/gm, '').replaceAll('--> statement-breakpoint', '')

export const drizzle: HistoryFormat = {
  tool: 'drizzle',
  usual: './drizzle',
  needs: 'with-downgrades',
  read(files) {
    const journal = files.find((f) => f.path === 'meta/_journal.json')
    return journal === undefined ? folders(files) : journaled(journal, files)
  },
  tables: [{ schema: 'drizzle', name: '__drizzle_migrations', columns: ['hash', 'created_at'] }],
  // drizzle-orm reads only the newest row, and never runs an older file that was not applied: here that is a gap.
  applied: (rows, migrations) =>
    rows.map(
      (row) => migrations.find((m) => isOf(row, m))?.key ?? `the row of created_at ${row['created_at'] ?? 'NULL'}`,
    ),
  kept: (rows, m) => rows.find((row) => isOf(row, m))?.['hash'],
}

/** A row has the time of the journal; folders of 1.x have it in their names, to the second. */
const isOf = (row: TableRows[number], migration: ForeignMigration): boolean => {
  const [at, of] = [Number(row['created_at'] ?? Number.NaN), migration.date?.getTime()]
  return at === of || (of !== undefined && of % 1000 === 0 && Math.floor(at / 1000) * 1000 === of)
}

function journaled(journal: FoundFile, files: readonly FoundFile[]): ForeignMigration[] {
  let entries: readonly Entry[]
  try {
    entries = (JSON.parse(journal.text) as { entries: readonly Entry[] }).entries
  } catch {
    throw badHistory(journal.path, 'it is not the JSON that drizzle-kit writes')
  }
  return entries.map((entry) => {
    const path = `${entry.tag}.sql`
    const file = files.find((f) => f.path === path)
    if (file === undefined)
      throw badHistory(
        path,
        'meta/_journal.json names it, and it is not there',
        'Restore the file from version control',
      )
    const date = new Date(entry.when)
    return {
      key: entry.tag,
      name: splitName(entry.tag)?.words || entry.tag,
      date,
      up: body(file.text),
      transaction: true,
      path,
      checksum: own(file),
    }
  })
}

function folders(files: readonly FoundFile[]): ForeignMigration[] {
  return files
    .filter((f) => /^[^/]+\/migration\.sql$/.test(f.path))
    .toSorted((a, b) => byNumber(a.path, b.path))
    .map((file) => {
      const key = file.path.split('/')[0]!
      const parts = splitName(key)
      return {
        key,
        name: parts?.words || key,
        date: dateOf(parts?.number ?? ''),
        up: body(file.text),
        transaction: true,
        path: file.path,
        checksum: own(file),
      }
    })
}
