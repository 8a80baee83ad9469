// The adapter of ambix for a peers' harness: revision files, models and the commands of each job.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const J = JSON.stringify
const put = (dir, name, text) => {
  mkdirSync(dirname(join(dir, name)), { recursive: true })
  writeFileSync(join(dir, name), text)
}
const cli = (dir, ctx, args) => ({ argv: [ctx.node24 ?? ctx.node, ctx.ambix, ...args], cwd: dir, env: { DATABASE_URL: ctx.dbUrl(ctx.db) } })

function column(c) {
  const types = {
    varchar: `varchar(${c.length})`,
    numeric: `numeric(${c.precision}, ${c.scale})`,
    timestamptz: 'timestamp({ withTimeZone: true })',
    enum: `${c.enum}()`,
  }
  let text = types[c.type] ?? `${c.type}()`
  if (c.identity) text += ".primaryKey().identity({ generation: 'byDefault' })"
  else if (!c.nullable) text += '.notNull()'
  if (c.default === 'now()') text += '.default(sql`now()`)'
  else if (c.default) text += `.default(${c.default})`
  return text
}

export default {
  name: 'ambix',
  available: (ctx) => !!ctx.ambix,
  write(dir, revisions) {
    put(dir, 'ambix.config.json', J({ migrations: './migrations' }))
    revisions.forEach((r, i) =>
      put(
        dir,
        `migrations/${r.pad}_${r.label}_${r.id}.ts`,
        `/**
 * ${r.label}
 *
 * Revision ID: ${r.id}
 */
import type { Operations } from 'ambix'

export const revision = '${r.id}'
export const downRevision = ${i === 0 ? 'null' : `'${revisions[i - 1].id}'`}
export const branchLabels: string[] = []
export const dependsOn: string[] = []

export function upgrade(op: Operations): void {
${r.up.map((s) => `  op.execute(${J(s)})`).join('\n')}
}

export function downgrade(op: Operations): void {
${r.down.map((s) => `  op.execute(${J(s)})`).join('\n')}
}
`,
      ),
    )
  },
  cmds: {
    status: (d, c) => cli(d, c, ['current']),
    history: (d, c) => cli(d, c, ['history']),
    noop: (d, c) => cli(d, c, ['upgrade', 'head']),
    up: (d, c) => cli(d, c, ['upgrade', 'head']),
    down: (d, c) => cli(d, c, ['downgrade', 'base']),
    offline: (d, c) => cli(d, c, ['upgrade', 'head', '--sql']),
    stamp: (d, c) => cli(d, c, ['stamp', 'head']),
  },
  writeModels(dir, model) {
    put(dir, 'ambix.config.json', J({ schema: './schema.ts' }))
    mkdirSync(join(dir, 'migrations'), { recursive: true })
    put(
      dir,
      'schema.ts',
      `import { table, enumType, bigint, varchar, text, numeric, boolean, timestamp, jsonb, index, foreignKey, sql } from 'ambix/schema'
${model.tables
  .map(
    (t) => `${t.cols
      .filter((c) => c.type === 'enum')
      .map((c) => `export const ${c.enum} = enumType(${J(c.enum)}, ${J(c.values)})\n`)
      .join('')}export const ${t.name} = table(${J(t.name)}, {
${t.cols.map((c) => `  ${c.name}: ${column(c)},`).join('\n')}
}, (t) => [${t.indexes.map((x) => `index(${J(x.name)}).on(${x.cols.map((q) => `t.${q}`).join(', ')})`).join(', ')}, foreignKey(${J(t.fk.name)}).on(t.${t.fk.col}).references(${J(t.fk.table)}, ${J(t.fk.refcol)})])`,
  )
  .join('\n')}
`,
    )
  },
  modelSchema: 'ddl',
  diff: { noChange: (d, c) => cli(d, c, ['check']), oneChange: (d, c) => cli(d, c, ['check']) },
  noChangeCodes: [0, 2],
}
