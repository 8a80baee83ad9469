/** Every command of the tool as data: its arguments, flags, help and one example (specs/alembic.md C20-C35). */
import { startingDialects } from '../config/registry.ts'
import type { CommandSpec, OptionSpec } from './args.ts'
import { fleet, fleetCommands, fleetRun } from './fleet/specs.ts'

const message: OptionSpec = {
  name: 'message',
  short: 'm',
  value: 'TEXT',
  help: 'What the revision does; becomes its slug',
}
const sql: OptionSpec = { name: 'sql', help: 'Print the SQL instead of running it; no database is needed' }
const tag: OptionSpec = { name: 'tag', value: 'TAG', help: 'A text that env.ts can read' }
const splice: OptionSpec = { name: 'splice', help: 'Allow a parent that is not a head' }
const branchLabel: OptionSpec = { name: 'branch-label', value: 'LABEL', repeat: true, help: 'Give the branch a label' }
const revId: OptionSpec = { name: 'rev-id', value: 'ID', help: 'Use this id instead of a random one' }
const hints: OptionSpec = {
  name: 'hints',
  value: 'FILE',
  help: 'JSON array of answers (renames, remaps, backfills); - reads stdin',
}
const noVerify: OptionSpec = { name: 'no-verify', help: 'Write the file without trying it in a scratch database' }
const lockTimeout: OptionSpec = {
  name: 'lock-timeout',
  value: 'TIME',
  help: 'How long a statement that keeps clients out may wait for its lock, such as 3s; then the revision is rolled back and tried again',
}

const ifLocked: OptionSpec = {
  name: 'if-locked',
  value: 'wait|fail|skip|terminate',
  help: 'When another deployer is at work: wait, fail at once, leave the work to it, or end it if its own process is gone',
}
const allow: OptionSpec = {
  name: 'allow',
  value: 'CODE[:OBJECT]',
  repeat: true,
  help: 'Accept a hazard, such as DATA_LOSS:posts.body',
}
const autogenerate: readonly OptionSpec[] = [
  message,
  { name: 'sql', help: 'For an empty revision, which asks no database anyway; not with --autogenerate' },
  { name: 'head', value: 'REVISION', help: 'Parent of the new revision; base starts a new root' },
  splice,
  branchLabel,
  { name: 'version-path', value: 'FOLDER', help: 'Which of several version locations to write to' },
  revId,
  { name: 'depends-on', value: 'REVISION', repeat: true, help: 'Another revision that must be applied first' },
  hints,
  noVerify,
  { name: 'safe', help: 'Write concurrent indexes, and constraints that are validated afterwards (docs/safety.md)' },
  { name: 'no-safe', help: 'Write the short forms, in one transaction, which keep other sessions waiting' },
  { name: 'online', help: 'Swap the labels of enums online: no table is rewritten under a lock (docs/enums.md)' },
  { name: 'format', value: 'ts|sql', help: 'Kind of file to write' },
]

export const commandSpecs: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'Start a project: config, schema, migrations folder',
    description:
      'Never writes over a file. `--from-database` needs a URL and leaves the database as it is, apart from the version table.',
    positionals: [{ name: 'FOLDER', optional: true }],
    options: [
      {
        name: 'template',
        short: 't',
        value: 'NAME',
        help: 'generic (default), sql (schema and revisions as SQL) or multidb; see list-templates',
      },
      {
        name: 'dialect',
        value: 'NAME',
        help: `${startingDialects[0]} (default), ${startingDialects.slice(1, -1).join(', ')} or ${startingDialects.at(-1)}`,
      },
      { name: 'from-database', help: 'Write models and a baseline revision from the database, and stamp it' },
      { name: 'models', value: 'ts|sql', help: 'With --from-database: what to write the models in' },
    ],
    example: 'ambix init',
  },
  {
    name: 'revision',
    aliases: ['generate'],
    summary: 'Write a new revision file',
    positionals: [],
    options: [
      { name: 'autogenerate', help: 'Compare the schema with the database and write the difference' },
      ...autogenerate,
    ],
    example: 'ambix revision --autogenerate -m "add users table"',
  },
  {
    name: 'migrate',
    summary: 'revision --autogenerate',
    positionals: [],
    options: autogenerate,
    example: 'ambix migrate -m "add users table"',
  },
  {
    name: 'upgrade',
    summary: 'Upgrade the database to a revision',
    description: 'Without a revision: `head`. `FROM:TO` goes with `--sql` only.',
    positionals: [{ name: 'REVISION', optional: true }],
    options: [
      sql,
      tag,
      ifLocked,
      lockTimeout,
      { name: 'dry-run', help: 'Print what would run, with locks and hazards' },
      allow,
      ...fleetRun,
    ],
    example: 'ambix upgrade head',
  },
  {
    name: 'downgrade',
    summary: 'Downgrade the database to a revision',
    description: 'Without a revision: `-1`. With `--sql` both ends must be given: `ambix downgrade head:base --sql`.',
    positionals: [{ name: 'REVISION', optional: true }],
    options: [
      sql,
      tag,
      ifLocked,
      lockTimeout,
      { name: 'dry-run', help: 'Print what would run, with locks and hazards' },
      allow,
      ...fleetRun,
    ],
    example: 'ambix downgrade -1',
  },
  {
    name: 'reset',
    summary: 'downgrade base',
    positionals: [],
    options: [tag, ifLocked, { name: 'dry-run', help: 'Print what would run, with locks and hazards' }, allow],
    example: 'ambix reset --dry-run',
  },
  {
    name: 'current',
    aliases: ['status'],
    summary: 'Show where the database stands',
    description:
      'Never creates the version table. After the command, `-c` means `--check-heads`; before it, `--config`.',
    positionals: [],
    options: [{ name: 'check-heads', short: 'c', help: 'Exit with 2 when the database is not at all heads' }, ...fleet],
    example: 'ambix current -v',
  },
  {
    name: 'history',
    summary: 'List revisions, newest first',
    description: 'A range that begins with a minus is glued to its flag: `-r-3:`. `current` is understood in a range.',
    positionals: [],
    options: [
      { name: 'rev-range', short: 'r', value: 'START:END', help: 'Only this range; either end may be left out' },
      { name: 'indicate-current', short: 'i', help: 'Mark where the database stands' },
      { name: 'graph', help: 'Draw branches and merges' },
      { name: 'applied', help: 'What was applied to the database: when, by whom' },
    ],
    example: 'ambix history -r base:head --graph',
  },
  {
    name: 'heads',
    summary: 'List the heads',
    positionals: [],
    options: [{ name: 'resolve-dependencies', help: 'Leave out heads that others depend on' }],
    example: 'ambix heads',
  },
  { name: 'branches', summary: 'List the branch points', positionals: [], options: [], example: 'ambix branches -v' },
  {
    name: 'show',
    summary: 'Show one revision, or several',
    positionals: [{ name: 'REVISION', many: true }],
    options: [],
    example: 'ambix show head',
  },
  {
    name: 'merge',
    summary: 'Write a revision that joins heads',
    description: 'Without revisions it joins all heads. With one head there is nothing to merge, which is no failure.',
    positionals: [{ name: 'REVISION', optional: true, many: true }],
    options: [message, branchLabel, revId, splice],
    example: 'ambix merge -m "merge branches"',
  },
  {
    name: 'stamp',
    summary: 'Record which revision the database is at, without running anything',
    description: '`base` forgets everything. `--purge` reads the target first, so a wrong id changes nothing.',
    positionals: [{ name: 'REVISION', many: true }],
    options: [
      sql,
      tag,
      ifLocked,
      { name: 'purge', help: 'Forget what the version table holds first' },
      { name: 'verify', help: 'Compare the database with the revisions before' },
      ...fleetRun,
    ],
    example: 'ambix stamp head',
  },
  {
    name: 'check',
    summary: 'Check whether the database differs from the schema (exit code 2 if it does)',
    description:
      'Exit code 0: the database has what the schema says. 2: it has not. Writes nothing. With `--database` it is compared with what the revisions that are applied to it make; columns that moved are differences then. PostgreSQL: where the schema is built in a scratch database (`--database`, or a schema in SQL), a note names each routine of it whose body the server would refuse today.',
    positionals: [],
    options: [hints, { name: 'database', help: 'Compare with the applied revisions instead of the schema' }, ...fleet],
    example: 'ambix check --json',
  },
  {
    name: 'lint',
    summary: 'List the hazards of revisions (exit code 2 if one is not allowed)',
    description:
      'Asks no database. Without a word: all revisions; `FROM:TO` are those that an upgrade from FROM to TO runs. Exit code 2: a hazard is allowed neither by the revision, nor by the configuration, nor by `--allow`.',
    positionals: [{ name: 'REVISION', optional: true }],
    options: [
      allow,
      { name: 'format', value: 'text|json|sarif|github', help: 'How to print them: github makes annotations' },
      {
        name: 'style',
        help: 'Also what is often regretted: foreign keys without an index, integer keys, char(n), json, …',
      },
    ],
    example: 'ambix lint 3f2a:head --allow DATA_LOSS:posts.body',
  },
  {
    name: 'diff',
    summary: 'Print what the database would need, both ways; nothing is written',
    description:
      'What `check` finds. Without `--sql` as operations. Exit code 0, differences or none; 2 where a decision is needed.',
    positionals: [],
    options: [{ name: 'sql', help: 'Print SQL: an upgrade and a downgrade part, as in .sql revisions' }, hints],
    example: 'ambix diff --sql',
  },
  {
    name: 'edit',
    summary: 'Open a revision in your editor',
    positionals: [{ name: 'REVISION' }],
    options: [],
    example: 'ambix edit head',
  },
  {
    name: 'ensure-version',
    aliases: ['ensure_version'],
    summary: 'Create the version table',
    positionals: [],
    options: [sql],
    example: 'ambix ensure-version',
  },
  {
    name: 'list-templates',
    aliases: ['list_templates'],
    summary: 'List what init can start with',
    positionals: [],
    options: [],
    example: 'ambix list-templates',
  },
  {
    name: 'rebase',
    summary: 'Put a revision that is not applied yet onto another parent',
    positionals: [{ name: 'REVISION' }],
    options: [{ name: 'onto', value: 'REVISION', help: 'The new parent' }],
    example: 'ambix rebase 3f2a --onto head',
  },
  {
    name: 'repair',
    summary: 'Accept edited revisions as they are now',
    description: 'Without revisions it accepts every edited one.',
    positionals: [{ name: 'REVISION', optional: true, many: true }],
    options: [],
    example: 'ambix repair 3f2a9c81d04e',
  },
  {
    name: 'resume',
    summary: 'Go on with a revision that stopped in the middle of a statement',
    description:
      'For a statement that cannot run in a transaction, when the connection was lost while it ran: RUN.UNFINISHED names the part. Look whether the database has its effect, and say so; the revision is then finished.',
    positionals: [{ name: 'PART', optional: true }],
    options: [
      { name: 'done', help: 'The statement took effect: continue after it' },
      { name: 'again', help: 'It did not: run it again' },
      ifLocked,
    ],
    example: 'ambix resume --done 3f2a9c81d04e:2',
  },
  {
    name: 'pull',
    summary: 'Rewrite the models from the database',
    positionals: [],
    options: [
      { name: 'models', value: 'ts|sql', help: 'What to write' },
      { name: 'out', value: 'FILE', help: 'Where to write it; - is stdout' },
    ],
    example: 'ambix pull --out src/schema.ts',
  },
  {
    name: 'types',
    summary: 'Write the interface that Kysely wants, from the database or the schema',
    description: 'A file that says the same already, however it is formatted, is left as it is (docs/types.md).',
    positionals: [],
    options: [
      { name: 'kysely', value: 'FILE', help: 'The file to write, with `export interface Database`; - is stdout' },
      { name: 'from', value: 'database|schema', help: 'What to read (default: the database)' },
      { name: 'at', value: 'REVISION', help: 'The schema that this revision leaves, for queries in its op.run' },
      {
        name: 'enums',
        value: 'union|import|FILE',
        repeat: true,
        help: "Enums as unions of labels (default), or as the project's own: those that the models' modules export, or a file",
      },
      { name: 'camel-case', help: "Names as Kysely's CamelCasePlugin has them" },
      {
        name: 'map',
        value: 'TYPE=TYPESCRIPT',
        repeat: true,
        help: 'For a program with parsers of its own, such as bigint=number',
      },
      { name: 'check', help: 'Write nothing; exit with 2 when the file is out of date' },
    ],
    example: 'ambix types --kysely src/database.ts',
  },
  {
    name: 'bundle',
    summary: 'Write a module that holds all revisions, for a program without their files',
    description:
      'It imports the configuration and every revision, and holds the texts of `.sql` ones: what a bundler makes one file of, which `upgrade()` takes in place of a configuration (docs/bundle.md).',
    positionals: [],
    options: [
      { name: 'out', value: 'FILE', help: 'Where to write it (default: _bundle.ts beside the revisions)' },
      { name: 'check', help: 'Write nothing; exit with 2 when the file is out of date' },
    ],
    example: 'ambix bundle --check',
  },
  {
    name: 'import',
    summary: 'Take over the revisions of another tool',
    description: 'The table of the other tool is read with --stamp, and never written.',
    positionals: [
      {
        name: 'alembic|drizzle|prisma|typeorm|sequelize|knex|kysely|mikro-orm|node-pg-migrate|dbmate|flyway|golang-migrate|goose|graphile-migrate',
        what: 'the name of a tool',
      },
      { name: 'FOLDER', many: true },
    ],
    options: [
      { name: 'stamp', help: 'Mark as applied what the table of the other tool says is applied' },
      { name: 'table', value: 'NAME', help: 'That table, where the settings of the other tool give it another name' },
      { name: 'with-downgrades', help: 'Work out and prove the way back of each revision in a scratch database' },
      { name: 'record', help: 'Run migrations that are code against a recording connection, and keep their SQL' },
      { name: 'script', value: 'FILE', help: 'Alembic: what `alembic upgrade head --sql` printed, for the bodies' },
    ],
    example: 'ambix import drizzle ./drizzle --stamp',
  },
  ...fleetCommands,
  {
    name: 'report',
    summary: 'Write one HTML page with the history, the schema after each revision, and drift',
    positionals: [],
    options: [
      { name: 'html', value: 'FILE', help: 'Where to write it (default: ambix-report.html); - is stdout' },
      { name: 'offline', help: 'Do not connect: the history alone' },
    ],
    example: 'ambix report --html report.html',
  },
  {
    name: 'studio',
    summary: 'Show the same page in the browser: read-only, on this machine alone',
    positionals: [],
    options: [
      { name: 'port', value: 'N', help: 'Port on 127.0.0.1 (default: a free one)' },
      { name: 'offline', help: 'Do not connect: the history alone' },
    ],
    example: 'ambix studio',
  },
  {
    name: 'completion',
    summary: 'Print a completion script',
    positionals: [{ name: 'bash|zsh|fish' }],
    options: [],
    example: 'ambix completion bash',
  },
]
