/** Prisma's folder of migrations: a folder for each, with `migration.sql`, and optionally a `down.sql` written by hand. */
import { createHash } from 'node:crypto'
import { badHistory, byNumber, dateOf, splitName } from './history.ts'
import type { HistoryFormat } from './history.ts'

export const prisma: HistoryFormat = {
  tool: 'prisma',
  usual: './prisma/migrations',
  needs: 'with-downgrades',
  read: (files) =>
    files
      .filter((f) => /^[^/]+\/migration\.sql$/.test(f.path))
      .toSorted((a, b) => byNumber(a.path, b.path))
      .map((file) => {
        const key = file.path.split('/')[0]!
        const parts = splitName(key)
        const down = files.find((f) => f.path === `${key}/down.sql`)
        return {
          key,
          name: parts?.words || key,
          date: dateOf(parts?.number ?? ''),
          up: file.text,
          ...(down === undefined ? {} : { down: down.text }),
          transaction: true,
          path: file.path,
          checksum: createHash('sha256').update(file.text).digest('hex'),
        }
      }),
  tables: [{ name: '_prisma_migrations', columns: ['migration_name', 'checksum', 'finished_at', 'rolled_back_at'] }],
  applied(rows) {
    const failed = rows.find((r) => r['finished_at'] === null && r['rolled_back_at'] === null)
    if (failed !== undefined) {
      throw badHistory(
        `The row ${failed['migration_name'] ?? ''} of _prisma_migrations`,
        'that migration failed and was not resolved',
        'Resolve it first: npx prisma migrate resolve',
      )
    }
    return rows.filter((r) => r['rolled_back_at'] === null).map((r) => r['migration_name'] ?? '')
  },
  kept: (rows, m) => rows.find((r) => r['migration_name'] === m.key && r['rolled_back_at'] === null)?.['checksum'],
}
