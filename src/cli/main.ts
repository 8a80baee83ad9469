/** The command line's entry: parses the arguments, runs one action, prints errors, sets the exit code. */
import { dirname, relative } from 'node:path'
import type { ConfigInput } from '../config/load.ts'
import { isInMemory } from '../config/registry.ts'
import { AmbixError, isAmbixError } from '../errors.ts'
import { createAction } from './action.ts'
import type { Run } from './action.ts'
import { checkPositionals, parseArgs } from './args.ts'
import { checkFleetOptions } from './fleet/specs.ts'
import type { CommandSpec, Parsed } from './args.ts'
import { lockOptions } from './lock-options.ts'
import { createPrinter, errorJson, failureJson, failureText } from './print.ts'
import type { Streams } from './print.ts'
import { messageOf, thrownText } from '../util/redact.ts'
import { commandSpecs } from './specs.ts'

/** Each action is loaded when it is needed: `current` must not load `revision`. */
const actions: Readonly<Record<string, () => Promise<{ readonly run: Run }>>> = {
  init: async () => import('./actions/init.ts'),
  report: async () => import('./actions/report.ts'),
  studio: async () => import('./actions/studio.ts'),
  revision: async () => import('./actions/revision.ts'),
  migrate: async () => import('./actions/revision.ts'),
  upgrade: async () => import('./actions/upgrade.ts'),
  downgrade: async () => import('./actions/upgrade.ts'),
  reset: async () => import('./actions/upgrade.ts'),
  current: async () => import('./actions/current.ts'),
  history: async () => import('./actions/history.ts'),
  heads: async () => import('./actions/heads.ts'),
  branches: async () => import('./actions/heads.ts'),
  show: async () => import('./actions/heads.ts'),
  merge: async () => import('./actions/merge.ts'),
  stamp: async () => import('./actions/stamp.ts'),
  check: async () => import('./actions/check.ts'),
  lint: async () => import('./actions/lint.ts'),
  diff: async () => import('./actions/diff.ts'),
  edit: async () => import('./actions/edit.ts'),
  'ensure-version': async () => import('./actions/stamp.ts'),
  'list-templates': async () => import('./actions/init.ts'),
  rebase: async () => import('./actions/merge.ts'),
  repair: async () => import('./actions/stamp.ts'),
  resume: async () => import('./actions/upgrade.ts'),
  pull: async () => import('./actions/pull.ts'),
  types: async () => import('./actions/types.ts'),
  bundle: async () => import('./actions/bundle.ts'),
  import: async () => import('./actions/import.ts'),
  completion: async () => import('./actions/completion.ts'),
  fleet: async () => import('./fleet/status.ts'),
  'create-target': async () => import('./fleet/create-target.ts'),
}

export interface MainOptions {
  readonly streams?: Streams
  readonly cwd?: string
  readonly signal?: AbortSignal
  /** Instead of a configuration file, for apps that embed the commands. */
  readonly config?: ConfigInput
  /** The arguments before a command in an application, as `app db`; `stamp`, `show`, `edit` then default to `head`, as in Flask-Migrate. */
  readonly program?: string
}

/** Runs one command line (without `node` and the script); resolves to the exit code and never throws for a user's mistake. */
export async function main(typed: readonly string[], options: MainOptions = {}): Promise<number> {
  // `ambix help upgrade` is `ambix upgrade --help`.
  const argv = typed[0] === 'help' ? [...typed.slice(1), '--help'] : typed
  const streams = options.streams ?? (ownCommandOf(typed) ? process : outputAlone())
  const json = argv.includes('--json')
  const lines = argv.includes('--targets')
  const program = options.program ?? 'ambix'
  let printer = createPrinter({ quiet: false, verbose: false, json, lines, program }, streams)
  const controller = new AbortController()
  // A second Ctrl-C finds no listener and ends the process at once, as Node does by default.
  const interrupt = (signal?: unknown): void => {
    interruptedBy ??= signal === 'SIGTERM' ? 143 : 130
    controller.abort()
    patience = setTimeout(() => printer.say('Stopping; Ctrl-C again stops at once'), 1000)
    patience.unref()
  }
  let running = true
  let stray: { readonly error: unknown } | undefined
  let interruptedBy: number | undefined
  let patience: NodeJS.Timeout | undefined
  if (options.streams === undefined) {
    guardOutput()
    watchStrays((error) => {
      stray ??= { error }
      if (!running) void fail(error, printer, streams, options.cwd ?? process.cwd(), argv.includes('--raiseerr'))
      controller.abort()
    })
  }
  if (options.streams === undefined && argv.some((word) => /^--url(?:=|$)/.test(word))) {
    // Other users of the machine can read the arguments of a process; the password in a URL must not be there.
    process.title = `${program} ${argv.filter((word, i) => !/^--url(?:=|$)/.test(word) && argv[i - 1] !== '--url').join(' ')}`
  }
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  options.signal?.addEventListener('abort', interrupt)
  try {
    const parsed = withHead(await parse(argv, options), options)
    const has = (name: string): boolean => parsed.options.has(name)
    printer = createPrinter({ quiet: has('quiet'), verbose: has('verbose'), json, lines, program }, streams)
    if (has('version')) {
      const { version } = await import('../commands/project/version.ts')
      printer.data(`ambix ${version}`)
      return 0
    }
    if (parsed.command === undefined || has('help')) {
      const { commandHelp, generalHelp } = await import('./help.ts')
      if (parsed.command !== undefined) printer.data(printer.called(commandHelp(parsed.command)))
      else if (has('help'))
        printer.data(printer.called(generalHelp([...commandSpecs, ...(await ownSpecs(argv, options))])))
      else {
        // No command is an error (C1), but one that help answers.
        streams.stderr.write(`${printer.called(generalHelp(commandSpecs))}\n`)
        return 1
      }
      return 0
    }
    checkPositionals(parsed)
    checkFleetOptions(parsed)
    const cwd = options.cwd ?? process.cwd()
    const single = (name: string): string | undefined => parsed.options.get(name)?.at(-1)
    const x = parsed.options.get('x') ?? []
    const own = async (): Promise<{ readonly run: Run }> => import('./actions/own.ts')
    const many = has('targets') ? async (): Promise<{ readonly run: Run }> => import('./fleet/run.ts') : undefined
    const { run } = await (many ?? actions[parsed.command.name] ?? own)()
    const code = await run({
      ...createAction(parsed, {
        printer,
        cwd,
        config: options.config,
        interactive: () =>
          !json &&
          !has('quiet') &&
          process.stdin.isTTY === true &&
          process.stderr.isTTY === true &&
          process.env['CI'] === undefined,
        common: {
          cwd,
          file: single('config'),
          environment: single('name'),
          url: single('url'),
          x,
          signal: controller.signal,
          command: parsed.command.name,
          ...lockOptions(single),
          say: (text) => printer.say(text),
          warn: (text) => printer.warn(text),
          ...(printer.verbose ? { onConfig: (read) => printer.say(configText(read, options, cwd)) } : {}),
          onDatabase: (url) => {
            printer.say(`Database: ${url}`)
            if (isInMemory(url)) printer.warn('this database is in memory: it is gone when the command ends')
          },
          ...(has('log-sql')
            ? { onSql: (text: string) => void streams.stderr.write(`${printer.styleErr('dim', text)}\n`) }
            : {}),
        },
      }),
    })
    if (stray !== undefined) throw stray.error
    return outputFailed ? 1 : code
  } catch (error) {
    if (stray !== undefined && isAmbixError(error, 'RUN.INTERRUPTED'))
      return await fail(
        strayError(stray.error, error.why),
        printer,
        streams,
        options.cwd ?? process.cwd(),
        argv.includes('--raiseerr'),
      )
    const told = interruptedBy === undefined || isAmbixError(error, 'RUN.INTERRUPTED') ? error : stopped(error)
    const code = await fail(told, printer, streams, options.cwd ?? process.cwd(), argv.includes('--raiseerr'))
    return interruptedBy ?? code
  } finally {
    running = false
    if (options.streams === undefined) givenBack()
    clearTimeout(patience)
    process.removeListener('SIGINT', interrupt)
    process.removeListener('SIGTERM', interrupt)
  }
}

/** An embedded `db stamp` is `db stamp head` (Flask-Migrate). */
function withHead(parsed: Parsed, { program }: MainOptions): Parsed {
  if (program === undefined || parsed.positionals.length > 0) return parsed
  return ['stamp', 'show', 'edit'].includes(parsed.command?.name ?? '') ? { ...parsed, positionals: ['head'] } : parsed
}

function configText(
  { file, environment }: { readonly file?: string; readonly environment?: string },
  { config }: MainOptions,
  cwd: string,
): string {
  const where = file !== undefined ? relative(cwd, file) : config === undefined ? 'none, all defaults' : 'given in code'
  return `Configuration: ${where}${environment === undefined ? '' : `, environment ${environment}`}`
}

/** After an interrupt, the command fails with the error by which the server cancelled its statement. */
function stopped(cause: unknown): AmbixError {
  return new AmbixError('RUN.INTERRUPTED', 'The run was interrupted', {
    why: 'Nothing was changed or written.',
    next: ['Run the same command again'],
    cause,
  })
}

/** Parses the arguments by ambix's own commands; an unknown command may be one of the project's. */
async function parse(argv: readonly string[], options: MainOptions): Promise<Parsed> {
  try {
    const parsed = parseArgs(argv, commandSpecs)
    // Reached by an alias: a project's own command with that name has precedence.
    if (parsed.command === undefined || argv.some((word) => actions[word] !== undefined)) return parsed
    const own = (await ownSpecs(argv, options)).filter((c) => argv.includes(c.name))
    return own.length === 0 ? parsed : parseArgs(argv, [...commandSpecs, ...own])
  } catch (error) {
    // An option of a project's own command is unknown to ambix.
    if (!isAmbixError(error) || argv.some((word) => actions[word] !== undefined)) throw error
    let unread: AmbixError | undefined
    const own = await ownSpecs(argv, options, (e) => (unread = e))
    if (own.length === 0) throw unread === undefined ? error : withUnread(error, unread)
    return parseArgs(argv, [...commandSpecs, ...own])
  }
}

/** The project's own commands; none where no configuration can be read. */
async function ownSpecs(
  argv: readonly string[],
  options: MainOptions,
  unread?: (error: AmbixError) => void,
): Promise<readonly CommandSpec[]> {
  const { ownCommandSpecs } = await import('./own-commands.ts')
  return ownCommandSpecs(argv, options.config, options.cwd, unread)
}

/** An unknown command may be one that a configuration adds which cannot be read. Where there is none, there are no such commands. */
function withUnread(error: AmbixError, unread: AmbixError): AmbixError {
  if (error.code !== 'USAGE.UNKNOWN_COMMAND' || unread.code === 'CONFIG.NOT_FOUND') return error
  return new AmbixError(error.code, error.message, {
    ...(error.data === undefined ? {} : { data: error.data }),
    why: `The project's own commands are not known, as its configuration cannot be read: ${unread.message}${unread.why === undefined ? '' : ` (${unread.why})`}`,
    next: [...error.next, ...unread.next],
  })
}

/** Whether the first argument is not a command of ambix: the project's own command may then print to stdout. */
const ownCommandOf = (argv: readonly string[]): boolean =>
  !argv.some((word) => actions[word] !== undefined || commandSpecs.some((c) => c.aliases?.includes(word)))

let alone: Streams | undefined

/** stdout is for ambix's results: output of the project's code goes to stderr, with the progress messages. */
function outputAlone(): Streams {
  if (alone !== undefined) return alone
  const { stdout, stderr } = process
  const write = stdout.write.bind(stdout)
  stdout.write = stderr.write.bind(stderr)
  // Everything else (colours, width, a terminal or none) is that of the real stream.
  alone = { stdout: Object.create(stdout, { write: { value: write } }) as NodeJS.WritableStream, stderr }
  return alone
}

/** Code that waits for stdout to drain writes to the real one. */
function givenBack(): void {
  if (alone === undefined) return
  alone = undefined
  delete (process.stdout as Partial<NodeJS.WriteStream>).write
}

let guarded = false
let outputFailed = false

/** A full disk behind stdout is an error with a message; a reader that closed the pipe (`| head`) is no failure. */
function guardOutput(): void {
  if (guarded) return
  guarded = true
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || outputFailed) return
    outputFailed = true
    // The run may have ended by now, with its exit code set.
    process.exitCode = 1
    const full = error.code === 'ENOSPC'
    const failure = new AmbixError(
      'FILES.WRITE',
      `The output cannot be written: ${full ? 'The disk is full' : error.message}.`,
      { next: [full ? 'Make room, or write it elsewhere' : 'Look at where the output goes'], cause: error },
    )
    process.stderr.write(`${failureText(failure, (_style, text) => text)}\n`)
  })
}

let watched = false

/** Errors of the project's own timers and unawaited promises, while a command runs and after it. */
function watchStrays(tell: (error: unknown) => void): void {
  if (watched) return
  watched = true
  process.on('uncaughtException', (error: unknown) => {
    process.exitCode = 1
    tell(strayOf(error))
  })
}

/** A rejection without a file of ambix in its stack is the project's: such as a connection that its models open and do not await. */
function strayOf(error: unknown): unknown {
  const own = dirname(import.meta.dirname)
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  if (isAmbixError(error) || stack.split('\n').some((line) => line.includes(own))) return error
  return new AmbixError('MODULE.LOAD', "A promise or a timer of the project's own failed, and nothing waited for it", {
    why: messageOf(error),
    next: ['Connect and set timers where the app starts, not where files are imported; or wait for the promise'],
    cause: error,
  })
}

/** A failure outside of what was awaited, with what became of the run. */
function strayError(error: unknown, stays: string | undefined): unknown {
  if (!isAmbixError(error)) return error
  return new AmbixError(error.code, error.message, {
    why: [error.why, stays].filter((w) => w !== undefined).join('\n'),
    next: error.next,
    data: error.data,
    cause: error,
  })
}

async function fail(
  thrown: unknown,
  printer: ReturnType<typeof createPrinter>,
  streams: Streams,
  cwd: string,
  raise: boolean,
): Promise<number> {
  const error = isAmbixError(thrown)
    ? thrown
    : ((await import('./file-failure.ts')).fileFailure(thrown) ??
      (await import('./thrown-by-project.ts')).thrownByProject(thrown) ??
      thrown)
  if (!isAmbixError(error)) {
    const { redact } = await import('../util/redact.ts')
    const text = error instanceof Error ? (error.stack ?? error.message) : thrownText(error)
    if (printer.json)
      streams.stdout.write(
        `${errorJson({ code: 'INTERNAL', message: redact(thrownText(error)), next: [{ text: 'Report it, with what stands on stderr' }] }, printer.lines)}\n`,
      )
    streams.stderr.write(`ambix: internal error, please report it:\n${redact(text)}\n`)
    return 1
  }
  if (printer.json) streams.stdout.write(`${failureJson(error, printer.lines)}\n`)
  else streams.stderr.write(`${printer.called(failureText(error, printer.styleErr, cwd, printer.command))}\n`)
  if (raise) {
    const { redact } = await import('../util/redact.ts')
    streams.stderr.write(`${redact((error as AmbixError).stack ?? '')}\n`)
    if (error.cause instanceof Error)
      streams.stderr.write(`caused by: ${redact(error.cause.stack ?? error.cause.message)}\n`)
  }
  return error.code === 'DATABASE.LOCKED' || error.code === 'DATABASE.BLOCKED' ? 3 : findings.has(error.code) ? 2 : 1
}

/** Failures that are findings: something to decide or to know, not something that broke. */
const findings: ReadonlySet<string> = new Set(['DIFF.DECISION_NEEDED', 'RUN.HAZARD'])
