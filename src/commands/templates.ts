/** What `ambix init` can start a project with: each template as the files it writes. */

export interface TemplateFile {
  readonly path: string
  readonly text: string
  /** Kept as it is when it is there already. */
  readonly keep?: boolean
}
export interface Template {
  readonly name: string
  readonly summary: string
  files(migrations: string): readonly TemplateFile[]
}

const gitignore: TemplateFile = {
  path: '.gitignore',
  text: '.ambix/\nnode_modules/\n.env\n.env.*\n!.env.example\n',
  keep: true,
}

const config = (schema: string, migrations: string): string => `import { defineConfig } from 'ambix'

export default defineConfig({
  // What the database shall look like.
  schema: '${schema}',
  migrations: './${migrations}',
  // DATABASE_URL names the database; without it, an embedded PostgreSQL in .ambix/pg.
  url: process.env.DATABASE_URL ?? 'pglite:.ambix/pg',
})
`

const models = `import { table, integer, varchar, timestamp, sql } from 'ambix/schema'

export const users = table('users', {
  id: integer().primaryKey().identity(),
  email: varchar(120).notNull().unique(),
  createdAt: timestamp({ withTimeZone: true }).named('created_at').notNull().default(sql\`now()\`),
})
`

const ddl = `-- What the database shall look like: plain DDL, in any order that PostgreSQL accepts.
CREATE TABLE users (
  id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  email varchar(120) NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);
`

const multidb = `import type { EnvironmentContext } from 'ambix'

// Runs every command for each of these databases; a URL may come from the environment.
const databases = {
  main: { url: process.env.MAIN_DATABASE_URL ?? 'pglite:.ambix/main', schema: './src/schema.ts' },
  // logs: { url: process.env.LOGS_DATABASE_URL ?? 'pglite:.ambix/logs', schema: './src/logs.ts' },
}

export default async function env(context: EnvironmentContext): Promise<void> {
  for (const [database, options] of Object.entries(databases)) {
    context.configure(options)
    // Reaches upgrade(op, args) and downgrade(op, args), where \`args.database\` says which one it is.
    await context.runMigrations({ database })
  }
}
`

export const templates: readonly Template[] = [
  {
    name: 'generic',
    summary: 'Models in TypeScript, one database',
    files: (migrations) => [
      { path: 'ambix.config.ts', text: config('./src/schema.ts', migrations) },
      { path: 'src/schema.ts', text: models, keep: true },
      gitignore,
    ],
  },
  {
    name: 'sql',
    summary: 'The schema as DDL in schema.sql, one database',
    files: (migrations) => [
      { path: 'ambix.config.ts', text: config('./schema.sql', migrations) },
      { path: 'schema.sql', text: ddl, keep: true },
      gitignore,
    ],
  },
  {
    name: 'multidb',
    summary: 'Several databases, driven by env.ts',
    files: (migrations) => [
      { path: 'ambix.config.ts', text: config('./src/schema.ts', migrations) },
      { path: 'src/schema.ts', text: models, keep: true },
      { path: `${migrations}/env.ts`, text: multidb },
      gitignore,
    ],
  },
]
