/** Implements `hazards: 'refuse'`: checks every revision of a run before the first one runs. */
import { append } from '../../util/append.ts'
import { AmbixError } from '../../errors.ts'
import type { Operation } from '../../operations/kinds.ts'
import { fold } from '../../operations/operation.ts'
import type { Revision } from '../../revisions/revision.ts'
import type { Schema } from '../../schema/model.ts'
import { loadOperations } from './bodies.ts'
import type { CompileRequest } from './compile.ts'
import { historyOperations } from './history-operations.ts'
import { isRefused, lintRevision } from './lint-revisions.ts'
import type { LintFinding } from './lint-revisions.ts'
import type { MoveDirection } from './types.ts'

/** Throws RUN.HAZARD with every hazard that is not allowed. */
export async function refuseHazards(
  request: CompileRequest & { readonly args: Readonly<Record<string, unknown>> },
  direction: MoveDirection,
  revisions: readonly Revision[],
  live: () => Promise<Schema>,
  allowed: readonly string[],
): Promise<void> {
  const { project, args } = request
  let before = await live()
  const refused: LintFinding[] = []
  for (const revision of revisions) {
    const operations = await loadOperations(
      revision,
      direction,
      args,
      project.settings.operations,
      request.dialect.session.text,
    )
    const history = async (): Promise<readonly Operation[]> => historyOperations(project, args, revision, direction)
    const findings = await lintRevision(request, revision, operations, before, history, { allowed, direction })
    append(refused, findings.filter(isRefused))
    before = fold(before, operations, { blind: true }).schema
  }
  if (refused.length === 0) return
  const first = refused[0]!
  const count = refused.length === 1 ? 'a hazard' : `${refused.length} hazards`
  throw new AmbixError('RUN.HAZARD', `The ${direction} has ${count} that nobody allowed; nothing was run`, {
    why: refused
      .map((f) => `${f.file}:${f.line}: revision ${f.revision}: ${f.code} ${f.object}: ${f.message}`)
      .join('\n'),
    next: howToAllow(refused, first, direction),
    data: { hazards: refused.map(({ revision, code, object }) => ({ revision, code, object })) },
  })
}

function howToAllow(refused: readonly LintFinding[], first: LintFinding, direction: MoveDirection): AmbixError['next'] {
  const entries = refused
    .filter((f) => f.revision === first.revision)
    .map((f) => `${f.code}:${f.object}`)
    .filter((entry, i, all) => all.indexOf(entry) === i)
  const line = first.file.endsWith('.sql')
    ? `-- allow: ${entries.join(', ')}`
    : `export const allow = [${entries.map((entry) => `'${entry.replaceAll(/[\\']/g, '\\$&')}'`).join(', ')}]`
  return [
    { text: `Accept them in ${first.file}: ${line}` },
    {
      text: 'Or for this run',
      command: `ambix ${direction} ${[...new Set(refused.map((f) => `--allow ${quoted(`${f.code}:${f.object}`)}`))].join(' ')}`,
    },
  ]
}

const quoted = (word: string): string => (/^[\w.:-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
