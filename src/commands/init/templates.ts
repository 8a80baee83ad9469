/** The templates of `ambix init`, each as the files that it writes. */
import type { Start } from '../../config/registry.ts'

export interface TemplateFile {
  readonly path: string
  readonly text: string
  /** Kept where it exists. */
  readonly keep?: boolean
}
export interface Template {
  readonly name: string
  readonly summary: string
  files(migrations: string, start: Start): readonly TemplateFile[]
}

const gitignore: TemplateFile = {
  path: '.gitignore',
  text: '.ambix/\nnode_modules/\n.env\n.env.*\n!.env.example\n',
  keep: true,
}

const config = (
  schema: string,
  migrations: string,
  start: Start,
  format = '',
): string => `import { defineConfig } from 'ambix'

export default defineConfig({
  // The target schema.
  schema: '${schema}',
  migrations: './${migrations}',
${format}  // DATABASE_URL names the database; without it, ${start.embedded}.
  url: process.env.DATABASE_URL ?? '${start.url}',
})
`

/** A project with a schema in SQL gets revisions in SQL. */
export const writesSql = "  // Revisions are .sql files; 'ts' writes them in TypeScript.\n  format: 'sql',\n"

/** A further database. */
const beside = (url: string, name: string): string => url.replace(/[^/]+?(\.\w+)?$/u, `${name}$1`)

const models = `import { table, integer, varchar, timestamp, sql } from 'ambix/schema'

export const users = table('users', {
  id: integer().primaryKey().identity(),
  email: varchar(120).notNull().unique(),
  createdAt: timestamp({ withTimeZone: true }).named('created_at').notNull().default(sql\`now()\`),
})
`

const multidb = (start: Start): string => `import type { EnvironmentContext } from 'ambix'

// Runs every command for each of these databases; a URL may come from the environment.
const databases = {
  main: { url: process.env.MAIN_DATABASE_URL ?? '${beside(start.url, 'main')}', schema: './src/schema.ts' },
  // logs: { url: process.env.LOGS_DATABASE_URL ?? '${beside(start.url, 'logs')}', schema: './src/logs.ts' },
}

export default async function env(context: EnvironmentContext): Promise<void> {
  for (const [database, options] of Object.entries(databases)) {
    context.configure(options)
    // Reaches upgrade(op, args) and downgrade(op, args), where \`args.database\` says which one it is.
    await context.runMigrations({ database })
  }
}
`

/** For a project with an ORM's models: only the config, which refers to them. */
export function ormFiles(
  orm: { readonly entry: string; readonly call: string },
  migrations: string,
  start: Start,
): readonly TemplateFile[] {
  const text = config('', migrations, start)
    .replace(
      `import { defineConfig } from 'ambix'\n`,
      `import { defineConfig } from 'ambix'\nimport { ${orm.call.split('(')[0]!} } from '${orm.entry}'\n`,
    )
    .replace(`schema: ''`, `schema: ${orm.call}`)
  return [{ path: 'ambix.config.ts', text }, gitignore]
}

export const templates: readonly Template[] = [
  {
    name: 'generic',
    summary: 'Models in TypeScript, one database',
    files: (migrations, start) => [
      { path: 'ambix.config.ts', text: config('./src/schema.ts', migrations, start) },
      { path: 'src/schema.ts', text: models, keep: true },
      gitignore,
    ],
  },
  {
    name: 'sql',
    summary: 'The schema as DDL in schema.sql, revisions as .sql files, one database',
    files: (migrations, start) => [
      { path: 'ambix.config.ts', text: config('./schema.sql', migrations, start, writesSql) },
      { path: 'schema.sql', text: start.ddl, keep: true },
      gitignore,
    ],
  },
  {
    name: 'multidb',
    summary: 'Several databases, driven by env.ts',
    files: (migrations, start) => [
      { path: 'ambix.config.ts', text: config('./src/schema.ts', migrations, start) },
      { path: 'src/schema.ts', text: models, keep: true },
      { path: `${migrations}/env.ts`, text: multidb(start) },
      gitignore,
    ],
  },
]
