/** The command line of fleets: the options of --targets, and the fleet commands. */
import { AmbixError } from '../../errors.ts'
import type { CommandSpec, OptionSpec, Parsed } from '../args.ts'

export const fleet: readonly OptionSpec[] = [
  { name: 'targets', help: 'Run it on every target that `targets` of the configuration names (docs/fleets.md)' },
  { name: 'parallel', value: 'N', help: 'With --targets: how many at once (default: 8)' },
  { name: 'per-host', value: 'N', help: 'With --targets: how many of them on one server (default: 4)' },
]
export const fleetRun: readonly OptionSpec[] = [
  ...fleet,
  {
    name: 'stages',
    value: 'LIST',
    help: 'With --targets: tags and shares one after the other, such as canary,10%,100%',
  },
  { name: 'max-failures', value: 'N', help: 'With --targets: begin no further target once so many have failed' },
  { name: 'restart', help: 'With --targets: begin a new run, instead of going on with one that was left unfinished' },
]
/** Options of a fleet without --targets would be a run on the database of the configuration alone. Throws USAGE.INVALID. */
export function checkFleetOptions({ command, options }: Parsed): void {
  if (options.has('targets') || command?.options.includes(fleet[0]!) !== true) return
  const given = fleetRun.find(({ name }) => options.has(name))
  if (given !== undefined)
    throw new AmbixError('USAGE.INVALID', `--${given.name} is for many targets, and --targets is not there`, {
      next: [`Add --targets, or leave --${given.name} out`],
    })
}

export const fleetCommands: readonly CommandSpec[] = [
  {
    name: 'fleet',
    summary: 'Show the state of the fleet: how many targets are at which revision, which failed, which are behind',
    description:
      'Reads the control database alone: what the last runs told of each target. `ambix current --targets` asks the targets themselves.',
    positionals: [{ name: 'status' }],
    options: [],
    example: 'ambix fleet status',
  },
  {
    name: 'create-target',
    summary: 'Make a new target from one script of the head, and stamp it',
    description:
      'The target is one that `targets` names, or --schema and --target-url say what it is. Its schema is made where it is missing; it must be empty. The revisions are run once in a scratch database, and what they make there is what the target gets, with the rows that they write.',
    positionals: [{ name: 'ID' }],
    options: [
      { name: 'schema', value: 'NAME', help: 'The schema of the target' },
      { name: 'target-url', value: 'URL', help: 'The database of the target (default: the configured one)' },
    ],
    example: 'ambix create-target north',
  },
]
