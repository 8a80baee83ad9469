/** drizzle-kit's folders: 0.x with `meta/_journal.json`, 1.x with a folder for each migration. */
import { createHash } from 'node:crypto'
import { badHistory, byNumber, dateOf, splitName } from './history.ts'
import type { ForeignMigration, FoundFile, HistoryFormat } from './history.ts'

interface Entry {
  readonly tag: string
  readonly when: number
}

const own = (file: FoundFile): string => createHash('sha256').update(file.text).digest('hex')
/** What stands between statements in drizzle's files is a comment already. */
const body = (text: string): string =>
  text.replaceAll(/^--> statement-breakpoint[ \t]*$/gm, '').replaceAll('--> statement-breakpoint', '')

export const drizzle: HistoryFormat = {
  tool: 'drizzle',
  usual: './drizzle',
  read(files) {
    const journal = files.find((f) => f.path === 'meta/_journal.json')
    return journal === undefined ? folders(files) : journaled(journal, files)
  },
  tables: [{ schema: 'drizzle', name: '__drizzle_migrations', columns: ['hash', 'created_at'] }],
  // drizzle-orm compares the youngest row with the journal's dates, and looks at nothing else.
  applied(rows, migrations) {
    const last = Math.max(-1, ...rows.map((row) => Number(row['created_at'] ?? -1)))
    return migrations.filter((m) => (m.date?.getTime() ?? Infinity) <= last).map((m) => m.key)
  },
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
