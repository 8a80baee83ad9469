/** Help texts, generated from the table of commands. */
import type { CommandSpec, OptionSpec } from './args.ts'
import { globalOptions } from './args.ts'

function optionLines(options: readonly OptionSpec[]): string[] {
  const left = options.map(
    (o) =>
      `${o.short === undefined || o.short === o.name ? '    ' : `-${o.short}, `}${o.name === o.short ? ` -${o.name}` : `--${o.name}`}${o.value === undefined ? '' : ` ${o.value}`}`,
  )
  const width = Math.max(...left.map((l) => l.length))
  return options.map(
    (o, i) =>
      `  ${left[i]!.padEnd(width)}  ${o.help}${o.repeat === true && !/repeated/.test(o.help) ? ' (may be repeated)' : ''}`,
  )
}

const spellings = (c: CommandSpec): string => {
  const others = (c.aliases ?? []).filter((a) => a.replaceAll('_', '-') !== c.name)
  return others.length === 0 ? '' : ` (also: ${others.join(', ')})`
}

export function generalHelp(commands: readonly CommandSpec[]): string {
  const width = Math.max(...commands.map((c) => c.name.length))
  return [
    'ambix: schema migrations with revisions that branch, merge, go up and come down',
    '',
    'Usage: ambix <command> [options]',
    '',
    'Commands:',
    ...commands.map((c) => `  ${c.name.padEnd(width)}  ${c.summary}${spellings(c)}`),
    '',
    'Options of every command:',
    ...optionLines(globalOptions),
    '',
    'Revisions: an id or its beginning, head, heads, base, +1, -1, <id>+2, <label>@head, <from>:<to>',
    'Exit codes: 0 done, 1 failure, 2 a finding (differences, not at head, a decision is needed), 3 locked, 130 interrupted',
  ].join('\n')
}

export function commandHelp(command: CommandSpec): string {
  const words = command.positionals.map((p) => {
    const word = p.many ? `${p.name}...` : p.name
    return p.optional ? `[${word}]` : word
  })
  return [
    `${command.summary}`,
    ...(command.description === undefined ? [] : ['', command.description]),
    '',
    `Usage: ambix ${[command.name, ...words].join(' ')} [options]`,
    ...(command.options.length === 0 ? [] : ['', 'Options:', ...optionLines(command.options)]),
    '',
    'Options of every command:',
    ...optionLines(
      globalOptions
        .filter((g) => !command.options.some((o) => o.name === g.name))
        .map((g) => (command.options.some((o) => o.short === g.short) ? { ...g, short: undefined } : g)),
    ),
    '',
    `Example: ${command.example}`,
  ].join('\n')
}
