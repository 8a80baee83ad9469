/** PGlite itself opens a folder twice, and asks for nothing but one number. */
import { PGlite } from '@electric-sql/pglite'

for (let n = 0; n < 2; n++) {
  const db = new PGlite(process.argv[2])
  const { rows } = await db.query('SELECT count(*)::int AS n FROM pg_class')
  if (rows[0].n < 100) throw new Error('the catalog is empty')
  await db.close()
}
