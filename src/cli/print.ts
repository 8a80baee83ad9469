/** How results and failures look: data on stdout, talk on stderr, colour on terminals only. */
import { styleText } from 'node:util'
import type { AmbixError, NextAction } from '../errors.ts'

export interface Streams {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
}
type Style = Parameters<typeof styleText>[0]

export interface Printer {
  readonly quiet: boolean
  readonly verbose: boolean
  readonly json: boolean
  /** With `json`: each thing that is told is one line, failures too. */
  readonly lines: boolean
  /** Data: always printed, on stdout. */
  data(text: string): void
  /** Talk: on stderr, silent with -q. */
  say(text: string): void
  warn(text: string): void
  style(style: Style, text: string): string
  /** The same for stderr. */
  styleErr(style: Style, text: string): string
  /** A text in which commands are named as they are typed here: `app db upgrade` for `ambix upgrade`. */
  called(text: string): string
  /** A command that the user may type, with the package manager's `npx` in front where one started this process. */
  command(text: string): string
}

/** How the package manager that started this process runs a project's own commands; empty where none did. */
function runner(agent = process.env['npm_config_user_agent'] ?? ''): string {
  const known: Readonly<Record<string, string>> = { npm: 'npx ', pnpm: 'pnpm ', yarn: 'yarn ', bun: 'bunx ' }
  return known[agent.split('/')[0]!] ?? ''
}

export function createPrinter(
  flags: Pick<Printer, 'quiet' | 'verbose' | 'json' | 'lines'> & { readonly program?: string },
  streams: Streams,
): Printer {
  const paint = (stream: NodeJS.WritableStream) => {
    let colours: boolean | undefined
    return (style: Style, text: string): string => {
      // styleText checks NO_COLOR, FORCE_COLOR and whether the stream is a terminal: called once, not for each of 5,000 lines.
      colours ??= styleText('red', '-', { stream: stream as NodeJS.WriteStream, validateStream: true }) !== '-'
      return colours ? styleText(style, text, { validateStream: false }) : text
    }
  }
  const styleErr = paint(streams.stderr)
  const { program = 'ambix' } = flags
  const called = (text: string): string =>
    program === 'ambix' ? text : text.replaceAll(/\bambix (?=[a-z<-])/g, `${program} `)
  return {
    ...flags,
    called,
    command: (text) => (program === 'ambix' && text.startsWith('ambix ') ? `${runner()}${text}` : called(text)),
    data: (text) => void streams.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`),
    say: (text) => void (flags.quiet || streams.stderr.write(`${called(text)}\n`)),
    warn: (text) => void streams.stderr.write(`${styleErr('yellow', 'warning:')} ${called(text)}\n`),
    style: paint(streams.stdout),
    styleErr,
  }
}

const longest = 120

/** A message as part of a line: shortened, so that the line fits most terminals. */
export function shortened(message: string): string {
  const shown = message.replace(/\p{Cc}+/gu, ' ')
  // A letter takes one or two units: where these are few enough, the letters need not be counted.
  if (shown.length <= longest) return shown
  const letters = [...shown]
  if (letters.length <= longest) return shown
  const cut = letters.slice(0, longest - 1).join('')
  const blank = cut.lastIndexOf(' ')
  return `${(blank > longest / 2 ? cut.slice(0, blank) : cut).trimEnd()}…`
}

/** The version of the `--json` formats (docs/json.md): removing a key or changing its meaning raises it. */
export const jsonVersion = 1

/** The results of a command: a list with one for each database, however many there are. */
export function resultsJson(results: readonly object[]): string {
  return JSON.stringify(
    results.map((result) => ({ version: jsonVersion, ...result })),
    undefined,
    2,
  )
}

/** The next action for errors without one, by the first part of the code. */
const usual: Readonly<Record<string, string>> = {
  CONFIG: 'Fix the configuration; nothing was done',
  USAGE: 'See how it is used, with --help',
  FILES: 'Look at the path and its permissions, and run it again',
  MODULE: 'Fix the file; nothing was changed',
  SCHEMA: 'Fix the schema; nothing was changed',
  ENUM: 'Fix the schema; nothing was changed',
  OPERATION: 'Fix the revision; nothing of it was run',
  REVISION: 'Fix the revision files, or name another revision; nothing was changed',
  DATABASE: 'Look at the database and its URL, and run it again',
  FLEET: 'Fix the targets or their control database, and run it again: it goes on where it was',
  HINTS: 'Fix the hints; nothing was changed',
  SQL: 'Fix the SQL; nothing of it was run',
}

/** The next actions: never empty. */
function nextOf(error: AmbixError): readonly NextAction[] {
  if (error.next.length > 0) return error.next
  const text = usual[error.code.split('.')[0]!]
  return text === undefined ? [] : [{ text }]
}

/** A sentence of a list begins with a capital; a path or an id stays as it is. */
const capital = (text: string): string =>
  /^[a-z]+(?:[ ,;:]|$)/.test(text) ? text[0]!.toUpperCase() + text.slice(1) : text

/** What to do next, as lines under an error; a command stands behind a text of one line, else below it. */
export function actionLines(
  { text, command }: NextAction,
  style: Printer['styleErr'],
  typed: Printer['command'],
): readonly string[] {
  const [first, ...rest] = text.split('\n')
  const shown = command === undefined ? undefined : style('cyan', typed(command))
  const behind = shown === undefined || rest.length > 0 ? '' : `: ${shown}`
  const below = shown === undefined || rest.length === 0 ? [] : [`    ${shown}`]
  return [`  ${style('green', '→')} ${first}${behind}`, ...rest.map((l) => `    ${l}`), ...below]
}

/** An error as printed for users: what, why, what next, and its code to look up. Paths are relative to `cwd`. */
export function failureText(
  error: AmbixError,
  style: Printer['styleErr'],
  cwd = '',
  typed: Printer['command'] = (text) => text,
): string {
  const near = (text: string): string => (cwd.length < 2 ? text : text.replaceAll(`${cwd}/`, ''))
  const lines = [
    `${style(['red', 'bold'], 'error:')} ${near(error.message.replace(/(?<!\.)\.$/, ''))} ${style('dim', `[${error.code}]`)}`,
  ]
  if (error.why !== undefined)
    lines.push(
      ...near(error.why)
        .split('\n')
        .map((l) => `  ${l}`),
    )
  for (const { text, command } of nextOf(error))
    lines.push(
      ...actionLines({ text: near(capital(text)), ...(command === undefined ? {} : { command }) }, style, typed),
    )
  return lines.join('\n')
}

/** The failure as data, for `--json`. */
export const failureJson = (error: AmbixError, lines: boolean): string =>
  errorJson(
    {
      code: error.code,
      message: error.message,
      why: error.why,
      next: nextOf(error),
      ...(error.data === undefined ? {} : { data: error.data }),
    },
    lines,
  )

/** An object by itself, or a line among others. */
export const errorJson = (error: object, lines: boolean): string =>
  lines ? JSON.stringify({ version: jsonVersion, event: 'error', error }) : JSON.stringify({ error }, undefined, 2)
