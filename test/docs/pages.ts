/** The pages that are made from tables in the source: docs/commands.md and docs/errors.md. */
import type { CommandSpec, OptionSpec } from '../../src/cli/args.ts'
import { globalOptions } from '../../src/cli/args.ts'
import { commandSpecs } from '../../src/cli/specs.ts'
import { codes } from '../../src/errors.ts'

const made = (from: string): string =>
  `<!-- Made from ${from} by test/docs/pages.ts: npx vitest run test/docs/generated.test.ts -u -->`

/** What a table of flags cannot say. */
export const remarks: Readonly<Record<string, string>> = {
  revision:
    'Without `--autogenerate` the file is empty and yours to fill. With it, the database must stand at the parent of the new revision; when nothing differs no file is written and the exit code is 0. What can be read in two ways ends with exit code 2 and the hints to choose from ([enums.md](enums.md)).',
  migrate: 'The same as `revision --autogenerate`, for those who come from Flask-Migrate.',
  import: 'See [alembic.md](alembic.md#taking-over-a-database).',
}

const flag = (o: OptionSpec): string => {
  const long = o.name === o.short ? `-${o.name}` : `${o.short === undefined ? '' : `-${o.short}, `}--${o.name}`
  return `\`${long}${o.value === undefined ? '' : ` ${o.value}`}\``.replaceAll('|', '\\|')
}

const table = (options: readonly OptionSpec[]): string[] => [
  '| option | |',
  '|---|---|',
  ...options.map(
    (o) => `| ${flag(o)} | ${o.help.replaceAll('|', '\\|')}${o.repeat === true ? '. May be repeated' : ''} |`,
  ),
]

const words = (command: CommandSpec): string =>
  command.positionals
    .map((p) => {
      const word = p.many === true ? `${p.name}...` : p.name
      return ` ${p.optional === true ? `[${word}]` : word}`
    })
    .join('')

export function commandsPage(): string {
  return [
    '# Commands',
    '',
    made('src/cli/specs.ts'),
    '',
    'Every command is also a function of the package `ambix` that takes the configuration and returns data: `await upgrade({ file: "ambix.config.ts" }, "head")`.',
    '',
    'Results go to stdout, messages to stderr. Exit codes: **0** done, **1** failure, **2** a finding: something differs, the database is not at the heads, a decision is needed. **3** another process holds the lock (`DATABASE.LOCKED`). **130** (after SIGTERM 143): interrupted, with nothing half done; a second Ctrl-C stops at once.',
    '',
    '## Every command',
    '',
    ...table(globalOptions),
    '',
    'Flags may stand before or after the command.',
    '',
    '## How revisions are named',
    '',
    '| | |',
    '|---|---|',
    '| `3f2a9c81d04e`, `3f2a` | an id, or as much of its beginning as is unique |',
    '| `head`, `heads`, `base` | the one head, all heads, nothing at all |',
    '| `+2`, `-1` | so many steps from where the database is |',
    '| `3f2a+1`, `head-2` | so many steps from a revision |',
    '| `billing@head`, `billing@+1` | within the branch that has a label |',
    '| `current` | where the database is: in `show`, `edit` and ranges |',
    '| `3f2a:head`, `base:`, `:3f2a` | a range: for `history -r`, and for `--sql` |',
    ...commandSpecs.flatMap((command) => [
      '',
      `## ${command.name}`,
      '',
      `${command.summary}. \`ambix ${command.name}${words(command)}\``,
      ...[command.description ?? remarks[command.name]].flatMap((text) => (text === undefined ? [] : ['', text])),
      ...(command.options.length === 0 ? [] : ['', ...table(command.options)]),
      '',
      '```sh',
      command.example,
      '```',
    ]),
    '',
  ].join('\n')
}

const rooms: Readonly<Record<string, string>> = {
  CONFIG: 'The configuration',
  USAGE: 'The command line',
  FILES: 'Files',
  MODULE: "The project's own code",
  HOOK: 'Post-write hooks',
  SCHEMA: 'The schema',
  ENUM: 'Enums',
  OPERATION: 'Operations of a revision',
  DIFF: 'Autogenerate',
  HINTS: 'Hints',
  REVISION: 'Revisions and their graph',
  VERSION: 'The version table',
  DATABASE: 'Databases',
  RUN: 'Running',
  FLEET: 'Fleets',
  SQL: 'SQL texts',
  IMPORT: 'Taking over from another tool',
}

export function errorsPage(): string {
  const lines = [
    '# Errors',
    '',
    made('src/errors.ts'),
    '',
    'Every failure that you can fix is an `AmbixError`: a stable `code`, a `message`, `why` it happened, and `next`, what can be done. On the command line:',
    '',
    '```text',
    'error: No revision is known by the name 3f2b [REVISION.UNKNOWN]',
    '  why it happened, where there is more to say',
    '  → what to do next: the command that does it',
    '```',
    '',
    'With `--json` the same is printed on stdout as `{ "error": { "code", "message", "why", "next", "data" } }`. In code, go by the code and not by the text:',
    '',
    '```ts',
    "import { isAmbixError, upgrade } from 'ambix'",
    '',
    'try {',
    "  await upgrade({ file: 'ambix.config.ts' })",
    '} catch (error) {',
    "  if (isAmbixError(error, 'DATABASE.LOCKED')) process.exitCode = 75",
    '  else throw error',
    '}',
    '```',
    '',
    'The exit code is 1, but for `DIFF.DECISION_NEEDED` and `RUN.HAZARD`, which are 2: nothing broke, something must be decided, `DATABASE.LOCKED` and `DATABASE.BLOCKED`, which are 3, and `RUN.INTERRUPTED`, which is 130. No message holds a password.',
  ]
  let room = ''
  for (const [code, sentence] of Object.entries(codes)) {
    const own = code.slice(0, code.indexOf('.'))
    if (own !== room) lines.push('', `## ${rooms[own] ?? own}`, '', '| code | |', '|---|---|')
    room = own
    lines.push(`| \`${code}\` | ${sentence} |`)
  }
  return [...lines, ''].join('\n')
}
