/** `ambix completion`: scripts for bash, zsh and fish, made from the table of commands. */
import { AmbixError } from '../../errors.ts'
import type { Run } from '../action.ts'
import { globalOptions } from '../args.ts'
import type { CommandSpec } from '../args.ts'
import { commandSpecs } from '../specs.ts'

const flagsOf = (command: CommandSpec): string[] =>
  [...command.options, ...globalOptions].flatMap((o) => [
    ...(o.name.length > 1 ? [`--${o.name}`] : []),
    ...(o.short === undefined ? [] : [`-${o.short}`]),
  ])

function bash(): string {
  const cases = commandSpecs.map((c) => `    ${c.name}) words="${[...new Set(flagsOf(c))].join(' ')}" ;;`)
  return `# bash completion of ambix: eval "$(ambix completion bash)"
_ambix() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" command="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) command="$word"; break ;; esac
  done
  case "$command" in
    "") words="${commandSpecs.map((c) => c.name).join(' ')} ${globalOptions
      .filter((o) => o.name.length > 1)
      .map((o) => `--${o.name}`)
      .join(' ')}" ;;
${cases.join('\n')}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _ambix ambix`
}

function zsh(): string {
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

function fish(): string {
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

const scripts: Readonly<Record<string, () => string>> = { bash, zsh, fish }

export const run: Run = async ({ words, printer }) => {
  const script = scripts[words[0]!]
  if (script === undefined)
    throw new AmbixError('USAGE.INVALID', `There is no completion for ${words[0]}`, {
      next: ['It is bash, zsh or fish'],
    })
  printer.data(script())
  return 0
}
