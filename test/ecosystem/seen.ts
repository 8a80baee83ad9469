/** What of each ORM's models is seen: read back from the catalogs of the database that ambix made, and shown in docs/sources.md. */

/** A feature, and SQL that is true where the schemas of the models have it. */
export const features: Readonly<Record<string, string>> = {
  'native enums': `SELECT 1 FROM pg_type t, ours o WHERE t.typnamespace = o.oid AND t.typtype = 'e'`,
  'arrays of enums': `SELECT 1 FROM pg_attribute a, tables t, pg_type y, pg_type e WHERE a.attrelid = t.oid AND y.oid = a.atttypid AND e.oid = y.typelem AND e.typtype = 'e'`,
  'a second schema': `SELECT 1 FROM tables t WHERE t.relnamespace::regnamespace::text = 'audit'`,
  'serial columns': `SELECT 1 FROM pg_attrdef d, tables t WHERE d.adrelid = t.oid AND pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%'`,
  'identity columns': `SELECT 1 FROM pg_attribute a, tables t WHERE a.attrelid = t.oid AND a.attidentity <> ''`,
  'generated columns': `SELECT 1 FROM pg_attribute a, tables t WHERE a.attrelid = t.oid AND a.attgenerated <> ''`,
  'defaults, constants and expressions': `SELECT 1 FROM (SELECT pg_get_expr(d.adbin, d.adrelid) AS x FROM pg_attrdef d, tables t WHERE d.adrelid = t.oid) s HAVING bool_or(x LIKE '''it''''s new''%') AND bool_or(x LIKE 'gen_random_uuid()' OR x LIKE 'uuid_generate_v4()')`,
  json: `SELECT 1 FROM pg_attribute a, tables t WHERE a.attrelid = t.oid AND a.atttypid = 'jsonb'::regtype`,
  arrays: `SELECT 1 FROM pg_attribute a, tables t WHERE a.attrelid = t.oid AND a.atttypid = 'text[]'::regtype`,
  'timestamps with precision': `SELECT 1 FROM pg_attribute a, tables t WHERE a.attrelid = t.oid AND format_type(a.atttypid, a.atttypmod) LIKE 'timestamp(3)%'`,
  'composite keys': `SELECT 1 FROM pg_constraint c, tables t WHERE c.conrelid = t.oid AND c.contype = 'p' AND cardinality(c.conkey) > 1`,
  'composite foreign keys': `SELECT 1 FROM pg_constraint c, tables t WHERE c.conrelid = t.oid AND c.contype = 'f' AND cardinality(c.conkey) > 1`,
  'foreign key actions': `SELECT 1 FROM pg_constraint c, tables t WHERE c.conrelid = t.oid AND c.contype = 'f' HAVING bool_or(c.confdeltype = 'c') AND bool_or(c.confdeltype = 'n') AND bool_or(c.confdeltype = 'r')`,
  'self reference': `SELECT 1 FROM pg_constraint c, tables t WHERE c.conrelid = t.oid AND c.confrelid = t.oid`,
  'many-to-many': `SELECT 1 FROM tables t WHERE (SELECT count(*) FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'f') = 2 AND t.relname ~ '(?i)product.*categor|categor.*product'`,
  checks: `SELECT 1 FROM pg_constraint c, tables t WHERE c.conrelid = t.oid AND c.contype = 'c'`,
  'unique constraints': `SELECT 1 FROM pg_constraint c, tables t WHERE c.conrelid = t.oid AND c.contype = 'u'`,
  'partial indexes': `SELECT 1 FROM pg_index i, tables t WHERE i.indrelid = t.oid AND i.indpred IS NOT NULL`,
  'expression indexes': `SELECT 1 FROM pg_index i, tables t WHERE i.indrelid = t.oid AND i.indexprs IS NOT NULL`,
}

/** One row: the names of the features that the database has. */
export const seenSql = `WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'audit')),
  tables AS (SELECT c.oid, c.relname, c.relnamespace FROM pg_class c, ours o WHERE c.relnamespace = o.oid AND c.relkind = 'r' AND c.relname NOT LIKE 'ambix%')
SELECT ${Object.entries(features)
  .map(([name, sql]) => `EXISTS (${sql}) AS "${name}"`)
  .join(', ')}`

const all = Object.keys(features)
const without = (...names: readonly string[]): readonly string[] => all.filter((name) => !names.includes(name))

/** By the ORM's folder under fixtures/. What is missing, the ORM itself cannot say, or the project has no example of it. */
export const seen: Readonly<Record<string, readonly string[]>> = {
  drizzle: without(),
  // What is unique is an index to Prisma.
  prisma: without(
    'identity columns',
    'generated columns',
    'checks',
    'unique constraints',
    'partial indexes',
    'expression indexes',
  ),
  typeorm: without('expression indexes'),
  sequelize: without(
    'identity columns',
    'generated columns',
    'timestamps with precision',
    'composite foreign keys',
    'checks',
  ),
  'mikro-orm': without('arrays of enums', 'identity columns'),
}
