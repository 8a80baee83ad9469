/** `ambix completion`: scripts for bash, zsh and fish, generated from the table of commands. */
import { AmbixError } from '../../errors.ts'
import type { Run } from '../action.ts'
import { templates } from '../../commands/init/templates.ts'
import { globalOptions } from '../args.ts'
import type { CommandSpec, OptionSpec } from '../args.ts'
import { ownCommandSpecs } from '../own-commands.ts'
import { commandSpecs } from '../specs.ts'

const flagsOf = (command: CommandSpec): string[] =>
  [...command.options, ...globalOptions].flatMap((o) => [
    ...(o.name.length > 1 ? [`--${o.name}`] : []),
    ...(o.short === undefined ? [] : [`-${o.short}`]),
  ])

/** The completions of a value or an argument: `ts|sql` gives two; for a revision, the symbolic names. */
function choices(value: string | undefined): readonly string[] {
  if (value === undefined) return []
  if (value === 'REVISION') return ['head', 'heads', 'base', '+1', '-1']
  if (/^[a-z]+$/.test(value) || value.includes('|')) return value.split('|')
  return []
}

/** `"--config"|"-c"` for each option, as patterns of `case`; `before` is put in front of the flag. */
const patterns = (options: readonly OptionSpec[], before: string): string =>
  options
    .flatMap((o) => [...(o.name.length > 1 ? [`--${o.name}`] : []), ...(o.short === undefined ? [] : [`-${o.short}`])])
    .map((flag) => `"${before}${flag}"`)
    .join('|')

function bash(commandSpecs: readonly CommandSpec[]): string {
  const cases = commandSpecs.map((c) => {
    const words = [...new Set(c.positionals.flatMap((p) => choices(p.name)))]
    return `    ${c.name}) flags="${[...new Set(flagsOf(c))].join(' ')}"; words="${words.join(' ')}" ;;`
  })
  const values = commandSpecs.flatMap((c) => {
    const taking = c.options.filter((o) => o.value !== undefined)
    const chosen = taking.filter((o) => optionChoices(c, o).length > 0)
    const free = taking.filter((o) => optionChoices(c, o).length === 0)
    return [
      ...chosen.map((o) => `    ${patterns([o], `${c.name} `)}) words="${optionChoices(c, o).join(' ')}"; flags="" ;;`),
      ...(free.length === 0 ? [] : [`    ${patterns(free, `${c.name} `)}) return ;;`]),
    ]
  })
  const globalsWithValue = globalOptions.filter((o) => o.value !== undefined)
  return `# bash completion of ambix: eval "$(ambix completion bash)"
_ambix() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="" word words="" flags="" skip=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [ -n "$skip" ]; then skip=""; continue; fi
    case "$word" in
      ${patterns(globalsWithValue, '')}) skip=1 ;;
      -*) ;;
      *) command="$word"; break ;;
    esac
  done
  if [ -n "$skip" ]; then return; fi
  case "$command" in
    "") words="${commandSpecs.map((c) => c.name).join(' ')}"; flags="${globalOptions
      .filter((o) => o.name.length > 1)
      .map((o) => `--${o.name}`)
      .join(' ')}" ;;
${cases.join('\n')}
  esac
  case "$command $prev" in
${values.join('\n')}
    ${globalsWithValue.map((o) => `*" --${o.name}"`).join('|')}) return ;;
  esac
  case "$cur" in -*) words="$flags $words" ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _ambix ambix`
}

const optionChoices = (command: CommandSpec, option: OptionSpec): readonly string[] =>
  command.name === 'init' && option.name === 'template' ? templates.map((t) => t.name) : choices(option.value)

function zsh(commandSpecs: readonly CommandSpec[]): string {
  const quote = (text: string): string =>
    text.replaceAll("'", `'\\''`).replaceAll('[', '(').replaceAll(']', ')').replaceAll(':', ' ')
  const commands = commandSpecs.map((c) => `    '${c.name}:${quote(c.summary)}'`)
  const cases = commandSpecs.map((c) => {
    const lines = [...c.options, ...globalOptions.filter((g) => !c.options.some((o) => o.name === g.name))]
      .filter((o) => o.name.length > 1)
      .map(
        (o) =>
          `'--${o.name}${o.value === undefined ? '' : '='}[${quote(o.help)}]${o.value === undefined ? '' : `:${quote(o.value)}:`}'`,
      )
    return `    ${c.name}) _arguments ${lines.join(' ')} '*:revision:' ;;`
  })
  return `#compdef ambix
# zsh completion of ambix: eval "$(ambix completion zsh)"
_ambix() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case "$words[2]" in
${cases.join('\n')}
  esac
}
compdef _ambix ambix`
}

function fish(commandSpecs: readonly CommandSpec[]): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = commandSpecs.flatMap((c) => [
    `complete -c ambix -n __fish_use_subcommand -f -a ${c.name} -d ${quote(c.summary)}`,
    ...c.options.map(
      (o) =>
        `complete -c ambix -n '__fish_seen_subcommand_from ${c.name}' -l ${o.name}${o.short === undefined ? '' : ` -s ${o.short}`}${o.value === undefined ? '' : ' -r'} -d ${quote(o.help)}`,
    ),
  ])
  const globals = globalOptions
    .filter((o) => o.name.length > 1)
    .map((o) => `complete -c ambix -l ${o.name}${o.value === undefined ? '' : ' -r'} -d ${quote(o.help)}`)
  return ['# fish completion of ambix: ambix completion fish | source', ...lines, ...globals].join('\n')
}

const scripts: Readonly<Record<string, (commands: readonly CommandSpec[]) => string>> = { bash, zsh, fish }

export const run: Run = async ({ words, printer, config, cwd, common }) => {
  const script = Object.hasOwn(scripts, words[0]!) ? scripts[words[0]!] : undefined
  if (script === undefined)
    throw new AmbixError('USAGE.INVALID', `There is no completion for ${words[0]}`, {
      next: ['It is bash, zsh or fish'],
    })
  // With the project's own commands, as they are when the script is generated.
  const own = await ownCommandSpecs(common.file === undefined ? [] : ['-c', common.file], config, cwd)
  printer.data(script([...commandSpecs, ...own]))
  return 0
}
