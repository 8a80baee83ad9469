/** The catalog in bulk, as few queries as it takes, rows as arrays of raw text. Run by itself it reads them and prints how many. */
import { pathToFileURL } from 'node:url'
import pg from 'pg'

export async function readCatalog(url) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  const here = "n.nspname = 'public'"
  const ask = async (text) =>
    (await client.query({ text, rowMode: 'array', types: { getTypeParser: () => (v) => v } })).rows
  const relations = await ask(
    `SELECT c.oid, c.relname, c.relkind, c.relpersistence, c.reloptions, d.description FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0 WHERE ${here} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')`,
  )
  const columns = await ask(
    `SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), s.description FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum LEFT JOIN pg_description s ON s.objoid = a.attrelid AND s.objsubid = a.attnum AND s.classoid = 'pg_class'::regclass WHERE ${here} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum`,
  )
  const constraints = await ask(
    `SELECT k.conrelid, k.conname, k.contype, k.conkey, k.confrelid, k.confkey, k.confupdtype, k.confdeltype, k.conindid FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE ${here} AND k.conrelid <> 0`,
  )
  const indexes = await ask(
    `SELECT i.indexrelid, i.indrelid, c.relname, am.amname, i.indisunique, i.indisprimary, i.indkey, i.indoption FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am am ON am.oid = c.relam WHERE ${here}`,
  )
  const labels = await ask(
    `SELECT t.typname, array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid WHERE ${here} GROUP BY t.oid`,
  )
  const others = []
  for (const text of [
    `SELECT s.seqrelid, s.seqstart, s.seqincrement, s.seqmax, s.seqmin, d.refobjid, d.refobjsubid FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_depend d ON d.objid = s.seqrelid AND d.deptype IN ('a', 'i') WHERE ${here}`,
    `SELECT c.oid, pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${here} AND c.relkind IN ('v', 'm')`,
    `SELECT p.oid, pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${here} AND p.prokind IN ('f', 'p')`,
    `SELECT t.oid, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${here} AND NOT t.tgisinternal`,
  ])
    others.push(await ask(text))
  await client.query('COMMIT')
  const closed = client.end()
  return { relations, columns, constraints, indexes, labels, others, closed }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { closed, ...read } = await readCatalog(process.argv[2])
  await closed
  console.log(Object.values(read).flat().length)
}
