/** The bodies of revisions: loaded when they run, recorded into operations, checksummed for the history. */
import { thrownText } from '../../util/redact.ts'
import { AmbixError, isAmbixError } from '../../errors.ts'
import type { Operation } from '../../operations/kinds.ts'
import { reverseAll } from '../../operations/operation.ts'
import { recordAsync } from '../../operations/recorder.ts'
import type { Operations, RecordOptions } from '../../operations/recorder.ts'
import { readRevisionText } from '../../revisions/files/files.ts'
import type { Revision } from '../../revisions/revision.ts'
import { parseSqlRevision } from '../../revisions/files/sql-file.ts'
import type { SqlTextRules } from '../../util/split-sql.ts'
import { evaluateModule, startsNothing } from '../../util/evaluate.ts'
import { noteWritten, placeInStack, placeOfError, placeText } from '../../util/written-at.ts'
import { checksumOfText } from '../project/checksum.ts'

type Direction = 'upgrade' | 'downgrade'
/** The operations that the project's configuration adds. */
type OwnOperations = RecordOptions['operations']
type Body = (op: Operations, args: Readonly<Record<string, unknown>>) => void | Promise<void>

/**
 * The operations of a revision in one direction.
 * Throws REVISION.LOAD (the file throws or lacks `upgrade`), REVISION.IRREVERSIBLE (no `downgrade`, and an operation that
 * has no reverse), and OPERATION.INVALID from the recorder.
 */
export async function loadOperations(
  revision: Revision,
  direction: Direction,
  args: Readonly<Record<string, unknown>> = {},
  own?: OwnOperations,
  rules?: SqlTextRules,
): Promise<readonly Operation[]> {
  return operationsOf(revision, sourceOf(revision), direction, args, own, rules)
}

export interface LoadedBody {
  readonly operations: readonly Operation[]
  /** As `checksumOf`, of the text that was evaluated; a script without parts has no use for it. */
  readonly checksum: string
  /** The text. */
  readonly source: string
}

/** As `loadOperations`, with the checksum: one read of the file for both, and none where its text is given. */
export async function loadBody(
  revision: Revision,
  direction: Direction,
  args: Readonly<Record<string, unknown>> = {},
  own?: OwnOperations,
  rules?: SqlTextRules,
  source = sourceOf(revision),
): Promise<LoadedBody> {
  if (revision.format === 'sql' && parseSqlRevision(source, revision.file, rules).appliedOnly)
    throw appliedOnly(revision)
  return new Loaded(await operationsOf(revision, source, direction, args, own, rules), source, revision.body?.checksum)
}

/** A class, since a getter of its own makes each object a slow one. */
class Loaded implements LoadedBody {
  readonly operations: readonly Operation[]
  readonly source: string
  #checksum: string | undefined

  constructor(operations: readonly Operation[], source: string, checksum: string | undefined) {
    this.operations = operations
    this.source = source
    this.#checksum = checksum
  }

  get checksum(): string {
    return (this.#checksum ??= checksumOfText(this.source))
  }
}

/** The hazards that a revision accepts by name. Throws REVISION.LOAD where it is no list of texts. */
export async function loadAllowed(revision: Revision, rules?: SqlTextRules): Promise<readonly string[]> {
  const source = sourceOf(revision)
  if (revision.format === 'sql') return parseSqlRevision(source, revision.file, rules).allow
  if (revision.body === undefined && !/\ballow\b/.test(source)) return []
  const { allow } = await evaluate(revision, source)
  if (allow === undefined) return []
  if (Array.isArray(allow) && allow.every((entry) => typeof entry === 'string')) return allow
  throw new AmbixError('REVISION.LOAD', `${revision.file}: allow is not a list of texts`, {
    next: ["Write `export const allow = ['DATA_LOSS:posts.body']`"],
  })
}

/** Empty for a module that a bundle holds. */
const sourceOf = (revision: Revision): string =>
  revision.body === undefined ? readRevisionText(revision.file) : (revision.body.text ?? '')

/** A stub does nothing, and to run it would only pretend that it was done. */
function appliedOnly(revision: Revision): AmbixError {
  return new AmbixError(
    'REVISION.LOAD',
    `Revision ${revision.id} was imported without statements: it can only be where it is applied already`,
    {
      why: revision.file,
      next: [
        {
          text: 'On a database where its work is done, say so',
          command: `ambix stamp ${revision.id}`,
        },
        'Or write its SQL into the file, under `-- upgrade`, and take out the line `-- ambix:applied-only`',
        'Or delete the file and import again with --script, which brings the statements',
      ],
      data: { revision: revision.id },
    },
  )
}

async function operationsOf(
  revision: Revision,
  source: string,
  direction: Direction,
  args: Readonly<Record<string, unknown>>,
  own: OwnOperations,
  rules?: SqlTextRules,
): Promise<readonly Operation[]> {
  if (revision.format === 'sql') return sqlOperations(revision, source, direction, rules)
  const module = await evaluate(revision, source)
  const body = module[direction]
  if (body !== undefined && typeof body !== 'function') {
    throw new AmbixError('REVISION.LOAD', `${revision.file}: ${direction} is not a function`)
  }
  if (direction === 'upgrade' || body !== undefined) {
    if (body === undefined) {
      throw new AmbixError('REVISION.LOAD', `${revision.file} has no upgrade`, {
        next: ['Write `export function upgrade(op: Operations): void { … }`'],
      })
    }
    return run(revision, direction, body as Body, args, own, startsNothing(module))
  }
  return reverseUp(revision, await operationsOf(revision, source, 'upgrade', args, own, rules))
}

async function run(
  revision: Revision,
  direction: Direction,
  body: Body,
  args: Readonly<Record<string, unknown>>,
  own: OwnOperations,
  safe: boolean,
): Promise<readonly Operation[]> {
  let asynchronous = false
  try {
    const operations = await recordAsync(
      (op) => {
        const result = body(op, args)
        asynchronous = typeof result === 'object' && result !== null && 'then' in result
        return result
      },
      { codeFile: revision.file, startsNothing: safe, ...(own === undefined ? {} : { operations: own }) },
    )
    if (asynchronous && !operations.some((o) => o.kind === 'run')) throw promised(direction)
    return operations
  } catch (cause) {
    if (isAmbixError(cause)) {
      const { file, line, column } = cause.data ?? {}
      const places = file === revision.file ? [file, line, column] : [revision.file]
      const at = places.filter((part) => part !== undefined).join(':')
      throw new AmbixError(cause.code, `${cause.message}`, {
        why: [cause.why, `In ${direction} of revision ${revision.id}, ${at}`].filter(Boolean).join('\n'),
        next: cause.next,
        data: cause.data,
        cause,
      })
    }
    throw new AmbixError('REVISION.LOAD', `${direction} of revision ${revision.id} throws`, {
      why: `${thrownText(cause)}${place(cause, revision.file)}`,
      next: [`Fix ${revision.file}; nothing of this revision was run`],
      cause,
    })
  }
}

/** Effects of an asynchronous body other than `op` happen again for every plan, script and dry run, and in no transaction. */
function promised(direction: Direction): AmbixError {
  return new AmbixError('OPERATION.INVALID', `${direction} returns a promise, and has no op.run`, {
    why: `\`op\` records what is to be done; nothing is to be awaited for it. What ${direction} does beside it is outside of the revision's transaction, and is done by --sql and --dry-run too.`,
    next: [
      `Write \`export function ${direction}(op: Operations): void\`, without async and await`,
      'Put work on data into op.run(async ({ db }) => { … })',
    ],
  })
}

function reverseUp(revision: Revision, upgrade: readonly Operation[]): readonly Operation[] {
  try {
    return reverseAll(upgrade)
  } catch (cause) {
    if (!isAmbixError(cause, 'REVISION.IRREVERSIBLE')) throw cause
    const at = placeOfError(cause)
    throw new AmbixError('REVISION.IRREVERSIBLE', `Revision ${revision.id} cannot be undone: ${cause.message}`, {
      why: [
        `${revision.file} has no downgrade of its own.`,
        at === undefined ? undefined : `The operation is at ${placeText(at)}. ${cause.why ?? ''}`.trim(),
      ]
        .filter((w) => w !== undefined)
        .join('\n'),
      next: ['Write `export function downgrade(op: Operations): void { … }` in it'],
      cause,
    })
  }
}

function sqlOperations(
  revision: Revision,
  source: string,
  direction: Direction,
  rules: SqlTextRules | undefined,
): readonly Operation[] {
  const part = parseSqlRevision(source, revision.file, rules)[direction]
  if (part === undefined) {
    throw new AmbixError(
      'REVISION.IRREVERSIBLE',
      `Revision ${revision.id} cannot be undone: ${revision.file} has no downgrade part`,
      {
        next: ['Add a line `-- downgrade` and the statements that undo it'],
      },
    )
  }
  return part.statements.map((s): Operation => {
    const op: Operation = { kind: 'execute', sql: s.text, ...(part.transaction ? {} : { autocommit: true }) }
    const column = s.offset - source.lastIndexOf('\n', s.offset - 1)
    noteWritten(op, { file: revision.file, line: s.line, column, text: s.text })
    return op
  })
}

async function evaluate(revision: Revision, source: string): Promise<Readonly<Record<string, unknown>>> {
  if (revision.body?.module !== undefined) return revision.body.module
  try {
    const builtins: Record<string, object> = {}
    if (source.includes('ambix/schema')) builtins['ambix/schema'] = await import('../../schema.ts')
    const quick = evaluateModule(revision.file, source, builtins)
    if (quick !== undefined) return quick
    const { importModule } = await import('../../util/import-module.ts')
    return await importModule(revision.file)
  } catch (cause) {
    const why = isAmbixError(cause)
      ? (cause.why ?? cause.message)
      : `${thrownText(cause)}${place(cause, revision.file)}`
    throw new AmbixError('REVISION.LOAD', `Revision ${revision.id} cannot be loaded`, {
      why: `${revision.file}: ${why}`,
      next: ['Fix the file; nothing of it was run'],
      cause,
    })
  }
}

/** ` (file:12:3)` where the stack names the user's file. */
function place(error: unknown, file: string): string {
  const at = error instanceof Error ? placeInStack(error.stack, file) : undefined
  return at === undefined ? '' : ` (${placeText(at)})`
}
