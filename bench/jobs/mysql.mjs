/** `check` of a MariaDB database of which nothing differs, beside the bulk queries from information_schema alone. */
import { createConnection } from 'mysql2/promise'
import { startMysql } from '../../test/support/mariadb.ts'
import { interleave, node, run, table } from '../lib/measure.mjs'
import { put } from '../lib/fixture.mjs'

const ddl = (count) =>
  Array.from(
    { length: count },
    (_, i) => `CREATE TABLE t${i} (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, other_id bigint, name varchar(100) NOT NULL, state enum('draft','live','gone') NOT NULL DEFAULT 'draft',
  email text, price decimal(12,2), open tinyint(1) NOT NULL DEFAULT 1, made_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, extra json, remark text COMMENT 'as it is said',
  KEY t${i}_name (name), KEY t${i}_made (made_at, state), CONSTRAINT t${i}_other FOREIGN KEY (other_id) REFERENCES t${i === 0 ? 0 : i - 1} (id), CONSTRAINT t${i}_price CHECK (price > 0))`,
  )

export async function mysql({ ambix, floor, folder, quick, rounds }) {
  const server = await startMysql()
  const out = []
  try {
    for (const count of quick ? [200] : [500]) {
      const admin = await createConnection(`${server.url}/`)
      const name = `ambix_bench_${process.pid}`
      const url = `${server.url}/${name}`
      await admin.query(`CREATE DATABASE ${name}`)
      await admin.query(`USE ${name}`)
      for (const statement of ddl(count)) await admin.query(statement)
      const project = folder()
      put(project, 'ambix.config.json', JSON.stringify({ schema: './schema.ts' }))
      put(project, 'migrations/.keep', '')
      const command = (...words) => ({ argv: [...node, ambix, ...words], cwd: project, env: { DATABASE_URL: url } })
      await run(command('pull', '--models', 'ts', '--out', 'schema.ts'))
      const rows = await interleave(
        [
          {
            name: 'floor: node, mysql2, information_schema in bulk',
            command: () => ({ argv: [...node, floor('information.mjs'), url] }),
          },
          { name: 'ambix current (the start of the tool, connection included)', command: () => command('current') },
          {
            name: 'ambix check',
            command: () => command('check'),
            after: (r) => {
              if (!r.err.includes('No changes')) throw new Error(`a difference was found: ${r.out.slice(0, 600)}`)
            },
            goal: 2,
          },
        ],
        { rounds },
      )
      out.push(table(`MariaDB ${server.version}: check of ${count} tables, no change`, rows))
      await admin.query(`DROP DATABASE ${name}`)
      await admin.end()
    }
  } finally {
    await server.stop()
  }
  return out
}
