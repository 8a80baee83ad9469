/** How results and failures look: data on stdout, talk on stderr, colour on terminals only. */
import { styleText } from 'node:util'
import type { AmbixError } from '../errors.ts'

export interface Streams {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
}
type Style = Parameters<typeof styleText>[0]

export interface Printer {
  readonly quiet: boolean
  readonly verbose: boolean
  readonly json: boolean
  /** Data: always printed, on stdout. */
  data(text: string): void
  /** Talk: on stderr, silent with -q. */
  say(text: string): void
  warn(text: string): void
  style(style: Style, text: string): string
  /** The same for what goes to stderr. */
  styleErr(style: Style, text: string): string
}

export function createPrinter(flags: { readonly quiet: boolean; readonly verbose: boolean; readonly json: boolean }, streams: Streams): Printer {
  const paint = (stream: NodeJS.WritableStream) => (style: Style, text: string): string =>
    // styleText looks at NO_COLOR, FORCE_COLOR and whether the stream is a terminal.
    styleText(style, text, { stream: stream as NodeJS.WriteStream, validateStream: true })
  const styleErr = paint(streams.stderr)
  return {
    ...flags,
    data: (text) => void streams.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`),
    say: (text) => void (flags.quiet || streams.stderr.write(`${text}\n`)),
    warn: (text) => void streams.stderr.write(`${styleErr('yellow', 'warning:')} ${text}\n`),
    style: paint(streams.stdout),
    styleErr,
  }
}

/** One failure as a person reads it: what, why, what next, and its code to look up. */
export function failureText(error: AmbixError, style: Printer['styleErr']): string {
  const lines = [`${style(['red', 'bold'], 'error:')} ${error.message} ${style('dim', `[${error.code}]`)}`]
  if (error.why !== undefined) lines.push(...error.why.split('\n').map((l) => `  ${l}`))
  for (const action of error.next) {
    const [first, ...rest] = action.text.split('\n')
    const command = action.command === undefined ? '' : `: ${style('cyan', action.command)}`
    lines.push(`  ${style('green', '→')} ${first}${rest.length === 0 ? command : ''}`, ...rest.map((l) => `    ${l}`))
    if (rest.length > 0 && action.command !== undefined) lines.push(`    ${style('cyan', action.command)}`)
  }
  return lines.join('\n')
}

/** The failure as data, for `--json`. */
export function failureJson(error: AmbixError): string {
  return JSON.stringify({ error: { code: error.code, message: error.message, why: error.why, next: error.next, ...(error.data === undefined ? {} : { data: error.data }) } }, undefined, 2)
}
