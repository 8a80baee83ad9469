/** Steps of the graph as the runtime takes them: loaded, recorded and compiled just before each runs. */
import type { Statement } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import { namedAsIn, passDefaultSchema } from '../../operations/default-schema.ts'
import type { Operation } from '../../operations/kinds.ts'
import { fold } from '../../operations/operation.ts'
import type { RunStep } from '../../revisions/steps/path.ts'
import type { RevisionStep, StepMemory } from '../../runtime/types.ts'
import type { Schema } from '../../schema/model.ts'
import type { Ancestry } from '../project/ancestry.ts'
import { versionEdits } from '../project/state.ts'
import { loadBody } from './bodies.ts'
import type { LoadedBody } from './bodies.ts'
import { compileOperations } from './compile.ts'
import type { CompileRequest, SchemaBefore } from './compile.ts'
import { inRevision } from './in-revision.ts'
import type { MoveDirection } from './types.ts'

export interface Planning {
  readonly request: CompileRequest
  readonly direction: MoveDirection
  /** The second argument of `upgrade(op, args)`. */
  readonly args: Readonly<Record<string, unknown>>
  /** The rows of the history; absent where the configuration ignores edits. */
  readonly ancestry: Ancestry | undefined
  /** By path, those of the files that were read already. */
  readonly texts?: ReadonlyMap<string, string>
  /** A dry run: the schema that each step will meet, which tells what its statements cost. */
  readonly foreseen?: Foreseen
  /** How the schema is read that a step meets. */
  before(connection: Connection | undefined, memory: StepMemory | undefined): SchemaBefore
}

/** The live schema, and what it becomes step by step while nothing is run. */
export class Foreseen {
  readonly #read: () => Promise<Schema>
  #now: Schema | undefined

  constructor(read: () => Promise<Schema>) {
    this.#read = read
  }

  schema = async (): Promise<Schema> => (this.#now ??= await this.#read())

  async ran(operations: readonly Operation[]): Promise<void> {
    const before = await this.schema()
    this.#now = passDefaultSchema(before, fold(before, namedAsIn(before, operations), { blind: true }).schema)
  }
}

/** Throws REVISION.LOAD and REVISION.IRREVERSIBLE for a downgrade, which is not begun if it cannot be finished. */
export async function plannedSteps(
  steps: readonly RunStep[],
  { request, direction, args, ancestry, texts, before, foreseen }: Planning,
): Promise<RevisionStep[]> {
  const { project, dialect } = request
  const bodies = new Map<RunStep, Promise<LoadedBody>>()
  const load = async (step: RunStep): Promise<LoadedBody> => {
    const body =
      bodies.get(step) ??
      loadBody(
        step.revision,
        direction,
        args,
        project.settings.operations,
        dialect.session.text,
        texts?.get(step.revision.file),
      )
    bodies.set(step, body)
    return body
  }
  if (direction === 'downgrade') for (const step of steps) await load(step)
  return steps.map((step) => {
    let checksum: string | undefined
    let source = ''
    let early: readonly Statement[] | undefined
    let read: Promise<readonly Operation[]> | undefined
    const history = (): Promise<readonly Operation[]> =>
      (read ??= import('./history-operations.ts').then((m) =>
        m.historyOperations(project, args, step.revision, direction),
      ))
    const compile = async (operations: readonly Operation[], schema: SchemaBefore): Promise<readonly Statement[]> => {
      if (foreseen === undefined) return compileOperations(request, operations, schema, history)
      const known = await foreseen.schema()
      const statements = await compileOperations(request, operations, foreseen.schema, history, known)
      await foreseen.ran(operations)
      return statements
    }
    const prepare = async (): Promise<void> => {
      if (early !== undefined) return
      const body = await load(step)
      // Steps that need the schema, or are refused, are compiled just before they run.
      early = await compile(body.operations, unread).catch(() => undefined)
      if (early === undefined) return
      ;({ checksum, source } = body)
      bodies.delete(step)
      read = undefined
    }
    return {
      ...runtimeStep(step),
      ...(ancestry === undefined ? {} : { recordedAs: () => ancestry.record(step.revision.id, source) }),
      get checksum() {
        return checksum
      },
      recorded: async () => {
        const body = await load(step)
        ;({ checksum, source } = body)
        return body
      },
      prepare,
      ready: async () => {
        await prepare()
        return early
      },
      statements: async (given, memory) => {
        const compiled = early
        early = undefined
        if (compiled !== undefined) return compiled
        const body = await load(step)
        bodies.delete(step)
        ;({ checksum, source } = body)
        try {
          return await inRevision(step.revision, direction, async () => compile(body.operations, before(given, memory)))
        } finally {
          // It grows with the steps, and is not kept for each of them.
          read = undefined
        }
      },
    }
  })
}

/** A step of the graph in the runtime's form, without its checksum and statements as yet. */
export function runtimeStep(step: RunStep): Omit<RevisionStep, 'checksum' | 'statements'> {
  return {
    revision: step.revision.id,
    direction: step.direction,
    message: step.revision.message,
    down: step.revision.downRevision,
    edits: versionEdits(step.edits),
  }
}

/** The schema before a step whose predecessor is still running. */
async function unread(): Promise<never> {
  throw new Error('the schema is not there to be read yet')
}

/** The schema before the revision when it began: read now, or kept from an unfinished run. */
export function remembered(read: () => Promise<Schema>, memory: StepMemory | undefined): () => Promise<Schema> {
  if (memory === undefined) return read
  return async () => {
    const told = await memory.recall()
    if (told !== undefined) return revived(told)
    const schema = await read()
    memory.keep(kept(schema))
    return schema
  }
}

const kept = (schema: Schema): string =>
  JSON.stringify({ ...schema, objects: [...schema.objects], dependencies: [...schema.dependencies] })

function revived(text: string): Schema {
  // A cast: `kept` wrote it.
  const read = JSON.parse(text) as { objects: []; dependencies: []; uncovered: readonly string[] }
  return { objects: new Map(read.objects), dependencies: new Map(read.dependencies), uncovered: read.uncovered }
}
