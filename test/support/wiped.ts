/** A database made empty, in place of another one. */
import { postgres } from '../../src/dialects/postgres/index.ts'

/** Default privileges as they are where nobody has said anything: an entry that says so is no entry (manual, ALTER DEFAULT PRIVILEGES). */
const forgetDefaults = `DO $$
DECLARE
  made record;
BEGIN
  FOR made IN
    WITH d AS (
      SELECT x.defaclacl, x.defaclrole, x.defaclnamespace, x.defaclobjtype,
        format('ALTER DEFAULT PRIVILEGES FOR ROLE %I %s', pg_get_userbyid(x.defaclrole), 'IN SCHEMA ' || n.nspname) AS words,
        CASE x.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' END AS kind
      FROM pg_default_acl x LEFT JOIN pg_namespace n ON n.oid = x.defaclnamespace
    )
    SELECT 1 AS turn, format('%s REVOKE ALL ON %s FROM %s', d.words, d.kind,
        CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS sql
      FROM d, aclexplode(d.defaclacl) a WHERE a.grantee <> d.defaclrole
    UNION
    SELECT 2, format('%s GRANT ALL ON %s TO %I', d.words, d.kind, pg_get_userbyid(d.defaclrole)) FROM d WHERE d.defaclnamespace = 0
    UNION
    SELECT 3, format('%s GRANT ALL ON %s TO PUBLIC', d.words, d.kind) FROM d WHERE d.defaclnamespace = 0 AND d.defaclobjtype IN ('f', 'T')
    ORDER BY 1
  LOOP
    EXECUTE made.sql;
  END LOOP;
END
$$`

export interface Wipes {
  script(sql: string): Promise<unknown>
  values(sql: string): Promise<readonly (readonly unknown[])[]>
}

/** Empties a database as it is; false where something is left, and another one is needed. */
export async function wiped(connection: Wipes): Promise<boolean> {
  const scratch = postgres.session.scratch!
  await connection.script('ROLLBACK; RESET ALL').catch(() => undefined)
  const left = await connection
    .script(scratch.wipe.join(';\n'))
    .then(() => connection.script(forgetDefaults))
    .then(() => connection.values(scratch.leftovers))
    .catch(() => undefined)
  return left?.[0]?.[0] === '0'
}
