/** Reads a command line against a table of commands: flags anywhere, `-1` is a revision, every mistake is named. */
import { AmbixError } from '../errors.ts'
import { closest } from '../util/closest.ts'

export interface OptionSpec {
  readonly name: string
  readonly short?: string
  /** The name of the value in help; absent for a switch. */
  readonly value?: string
  readonly repeat?: boolean
  readonly help: string
}
export interface PositionalSpec {
  readonly name: string
  /** How an error names it where it is missing; its name is then the list of choices. */
  readonly what?: string
  readonly optional?: boolean
  readonly many?: boolean
}
export interface CommandSpec {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly summary: string
  /** Longer text for `--help`. */
  readonly description?: string
  readonly positionals: readonly PositionalSpec[]
  readonly options: readonly OptionSpec[]
  readonly example: string
}

export interface Parsed {
  readonly command: CommandSpec | undefined
  readonly positionals: readonly string[]
  readonly options: ReadonlyMap<string, readonly string[]>
}

export const globalOptions: readonly OptionSpec[] = [
  { name: 'config', short: 'c', value: 'FILE', help: 'Configuration file (default: ambix.config.* here or above)' },
  { name: 'name', short: 'n', value: 'NAME', help: 'Environment of the configuration to use' },
  { name: 'url', value: 'URL', help: 'Database to use instead of the configured one' },
  { name: 'x', short: 'x', value: 'KEY=VALUE', repeat: true, help: 'Argument for env.ts; may be repeated' },
  { name: 'json', help: 'Print the result as JSON' },
  { name: 'verbose', short: 'v', help: 'Print more' },
  { name: 'quiet', short: 'q', help: 'Print results and errors only' },
  { name: 'log-sql', help: 'Print each statement on stderr as it is sent' },
  {
    name: 'lock-wait',
    value: 'TIME',
    help: 'How long to wait for another deployer, or another process with the embedded database, such as 60s',
  },
  { name: 'raiseerr', help: 'Show the whole stack trace of an error' },
  { name: 'help', short: 'h', help: 'Show help' },
  { name: 'version', help: 'Show the version' },
]

/** A revision that starts with a minus: `-1`, `-r-3:` is handled by its flag. */
const relative = /^-\d+(:.*)?$/

/** Throws USAGE.INVALID or USAGE.UNKNOWN_COMMAND with the nearest name there is. */
export function parseArgs(argv: readonly string[], commands: readonly CommandSpec[]): Parsed {
  const command = findCommand(argv, commands)
  const known = [...(command?.options ?? []), ...globalOptions]
  const options = new Map<string, string[]>()
  const words: string[] = []
  let commandSeen = false
  const put = (spec: OptionSpec, value: string): void => {
    const old = options.get(spec.name)
    if (old === undefined) options.set(spec.name, [value])
    else if (spec.repeat || spec.value === undefined) old.push(value)
    else throw new AmbixError('USAGE.INVALID', `--${spec.name} is given twice`)
  }
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i]!
    if (arg === '--') {
      words.push(...argv.slice(i + 1))
      break
    }
    if (longDash.test(arg))
      throw new AmbixError('USAGE.INVALID', `${arg} does not begin with a hyphen`, {
        why: 'A page or a word processor has made one long dash of it.',
        next: [`Type ${arg.replace(longDash, arg.replace(longDash, '').length === 1 ? '-' : '--')}`],
      })
    if (!arg.startsWith('-') || arg === '-' || relative.test(arg)) {
      if (!commandSeen && command !== undefined && isName(command, arg)) commandSeen = true
      else words.push(arg)
      continue
    }
    const long = arg.startsWith('--')
    const equals = long ? arg.indexOf('=') : -1
    const name = long ? arg.slice(2, equals < 0 ? undefined : equals) : arg[1]!
    // Before the subcommand a short flag is the global one; after it the command's own comes first (`current -c`).
    const order = commandSeen ? known : [...globalOptions, ...known]
    const spec = order.find((o) => (long ? o.name === name : o.short === name))
    if (spec === undefined && command === undefined && words.length > 0) throw unknownCommand(words[0]!, commands)
    if (spec === undefined) throw unknownOption(arg, name, long, command, known)
    if (spec.value === undefined) {
      if (equals >= 0) throw new AmbixError('USAGE.INVALID', `--${name} takes no value`)
      put(spec, 'true')
      // Several switches in one argument: `-vq`.
      if (!long && arg.length > 2)
        for (const letter of arg.slice(2)) {
          const more = order.find((o) => o.short === letter && o.value === undefined)
          if (more === undefined) throw unknownOption(arg, letter, false, command, known)
          put(more, 'true')
        }
      continue
    }
    let value = long
      ? equals < 0
        ? undefined
        : arg.slice(equals + 1)
      : arg.length > 2
        ? arg.slice(arg[2] === '=' ? 3 : 2)
        : undefined
    if (value === undefined) {
      const next = argv[i + 1]
      // A text with blanks in it is not an option (as in argparse): `-m "-- dash"`.
      if (next === undefined || (next.startsWith('-') && next !== '-' && !/^-\d|\s/.test(next))) {
        throw new AmbixError('USAGE.INVALID', `${arg} needs a value: ${spec.value}`)
      }
      value = next
      i++
    }
    put(spec, value)
  }
  if (command === undefined && words.length > 0) throw unknownCommand(words[0]!, commands)
  return { command, positionals: words, options }
}

/** Throws USAGE.INVALID when a positional is missing or too many are given. */
export function checkPositionals(parsed: Parsed): void {
  const { command, positionals } = parsed
  if (command === undefined) return
  const required = command.positionals.filter((p) => !p.optional)
  const missing = required[positionals.length]
  if (missing !== undefined) {
    const choices = missing.what === undefined ? [] : [`One of ${missing.name.split('|').join(', ')}`]
    throw new AmbixError('USAGE.INVALID', `${command.name} needs ${missing.what ?? missing.name}`, {
      next: [...choices, { text: 'For example', command: command.example }],
    })
  }
  if (!command.positionals.some((p) => p.many) && positionals.length > command.positionals.length) {
    throw new AmbixError(
      'USAGE.INVALID',
      `${command.name} does not understand ${positionals.slice(command.positionals.length).join(' ')}`,
      {
        next: [{ text: 'For example', command: command.example }],
      },
    )
  }
}

const isName = (command: CommandSpec, word: string): boolean =>
  command.name === word || (command.aliases ?? []).includes(word)

/** The first argument that is no flag and no flag's value. */
function findCommand(argv: readonly string[], commands: readonly CommandSpec[]): CommandSpec | undefined {
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i]!
    if (arg === '--') return undefined
    // A project's own command may have the name of an alias.
    if (!arg.startsWith('-')) return commands.find((c) => c.name === arg) ?? commands.find((c) => isName(c, arg))
    const spec = globalOptions.find((o) => arg === `--${o.name}` || arg === `-${o.short}`)
    if (spec?.value !== undefined) i++
  }
  return undefined
}

/** Words of other tools, and what they are here. */
const otherCommands: Readonly<Record<string, string>> = {
  add: 'revision',
  create: 'revision',
  make: 'revision',
  new: 'revision',
  deploy: 'upgrade',
  run: 'upgrade',
  up: 'upgrade',
  down: 'downgrade',
  rollback: 'downgrade',
  undo: 'downgrade',
  list: 'history',
  log: 'history',
  validate: 'check',
  verify: 'check',
  version: '--version',
}
const otherOptions: Readonly<Record<string, string>> = {
  database: 'url',
  db: 'url',
  dry: 'dry-run',
  env: 'name',
  environment: 'name',
}

/** A dash of a word processor, where `--` or `-` was copied from a page. */
const longDash = /^[\u2010-\u2015\u2212]+(?=[a-z])/i

function unknownOption(
  arg: string,
  name: string,
  long: boolean,
  command: CommandSpec | undefined,
  known: readonly OptionSpec[],
): AmbixError {
  const names = known.map((o) => o.name)
  const meant = otherOptions[name]
  const guess = long
    ? meant !== undefined && names.includes(meant)
      ? meant
      : nearest(name, names)
    : names.find((one) => one === arg.slice(1))
  return new AmbixError(
    'USAGE.INVALID',
    `${command === undefined ? 'ambix' : `ambix ${command.name}`} has no option ${arg}`,
    {
      next: [
        ...(guess === undefined ? [] : [{ text: `Did you mean --${guess}?` }]),
        { text: 'All options', command: command === undefined ? 'ambix --help' : `ambix ${command.name} --help` },
      ],
    },
  )
}

function unknownCommand(word: string, commands: readonly CommandSpec[]): AmbixError {
  const names = commands.flatMap((c) => [c.name, ...(c.aliases ?? [])])
  const meant = otherCommands[word.toLowerCase()]
  const guess = meant ?? nearest(word, names)
  return new AmbixError('USAGE.UNKNOWN_COMMAND', `There is no command ${word}`, {
    next: [
      ...(guess === undefined ? [] : [{ text: 'Did you mean', command: `ambix ${guess}` }]),
      { text: 'All commands', command: 'ambix --help' },
    ],
  })
}

/** The closest one, or one that begins alike: `ver` is nearer to `version` than to nothing. */
function nearest(word: string, among: readonly string[]): string | undefined {
  return closest(word, among) ?? (word.length < 3 ? undefined : among.find((one) => one.startsWith(word.slice(0, 3))))
}
