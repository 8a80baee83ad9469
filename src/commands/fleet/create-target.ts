/** Creates a target from one script: the schema that the revisions make in a scratch database, the rows that they insert, the stamp. */
import { append } from '../../util/append.ts'
import type { ConfigInput } from '../../config/load.ts'
import type { Target } from '../../config/config.ts'
import type { Dialect, FleetSql, Statement } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import { AmbixError } from '../../errors.ts'
import type { Operation } from '../../operations/kinds.ts'
import { stampSteps } from '../../revisions/steps/stamp.ts'
import { readSchemas } from '../../runtime/fleet/schemas.ts'
import { inspect, readState, statementError } from '../../runtime/history.ts'
import { runSteps } from '../../runtime/runner.ts'
import type { RevisionStep } from '../../runtime/types.ts'
import { refText } from '../../schema/keys.ts'
import type { Schema } from '../../schema/model.ts'
import { Ancestry } from '../project/ancestry.ts'
import { projectOf } from '../project/project.ts'
import type { CommonOptions, Project } from '../project/project.ts'
import { compareWithRevisions } from '../run/made.ts'
import { checkedTarget } from './checked.ts'
import { withFleet } from './place.ts'
import type { FleetPlace } from './place.ts'
import { enter } from './plans.ts'
import type { Place } from './plans.ts'
import { stampedSteps } from '../run/stamped.ts'

export interface CreateTargetOptions extends CommonOptions {
  /** Properties of the target that `targets` does not give. */
  readonly schema?: string
  readonly targetUrl?: string
}

export interface CreateTargetResult {
  readonly target: string
  readonly schema?: string
  /** The revisions that it is stamped with. */
  readonly revisions: readonly string[]
  readonly statements: number
  /** Rows that the revisions insert. */
  readonly rows: number
}

/** Throws FLEET.TARGETS where it is not empty or its properties are missing, DATABASE.*, REVISION.*. */
export async function createTarget(
  config: ConfigInput,
  id: string,
  options: CreateTargetOptions = {},
): Promise<CreateTargetResult> {
  return withFleet(config, options, async (fleet) => {
    const target = await targetOf(fleet, id, options)
    return fleet.use(target, async (place) => {
      const { connection } = place.lent
      try {
        return await create(fleet, place, options)
      } catch (error) {
        throw statementError(connection, error, `The target ${id} cannot be made`, place.dialect)
      }
    })
  })
}

async function targetOf(fleet: FleetPlace, id: string, options: CreateTargetOptions): Promise<Target> {
  const { schema, targetUrl } = options
  if (schema !== undefined || targetUrl !== undefined)
    return checkedTarget({ id, schema, url: targetUrl }, 'create-target')
  for await (const page of fleet.reader.pages(100)) {
    const found = page.find((target) => target.id === id)
    if (found !== undefined) return found
  }
  throw new AmbixError('FLEET.TARGETS', `No target has the id ${id}`, {
    next: [
      'Add it to what `targets` reads',
      { text: 'Or say what it is', command: `ambix create-target ${id} --schema ${id}` },
    ],
  })
}

async function create(fleet: FleetPlace, place: Place, options: CreateTargetOptions): Promise<CreateTargetResult> {
  const { target, lent, dialect, path } = place
  const { connection } = lent
  const sql = dialect.session.fleet
  if (sql === undefined)
    throw new AmbixError('FLEET.TARGETS', `A target of ${dialect.name} is not made from a script of the head`, {
      next: [{ text: 'Run the revisions on it', command: 'ambix upgrade head --targets' }],
    })
  const settings = { ...fleet.settingsOf(target), leaseLock: !place.capabilities.advisoryLock }
  await enter(place)
  if (target.schema !== undefined) {
    // Only where it is missing: the role that may write into it may not be allowed to create schemas.
    const there = await readSchemas(connection, dialect, settings, [target.schema])
    if (!there.has(target.schema)) await connection.script([sql.createSchema(target.schema)])
  }
  const heads = fleet.project.graph().effectiveHeads
  const { heads: rows } = await readState(connection, dialect, settings)
  const inner = innerProject(fleet, place)
  const seeds: Seed[] = []
  const { current, difference } = await compareWithRevisions(inner, heads, {
    run: true,
    diff: { hints: [], keepClosed: true },
    onMade: async (scratch, made) => append(seeds, await rowsOf(scratch.connection, dialect, sql, made)),
  })
  const full = [...current.objects.values()].find((o) => o.kind === 'table' || o.kind === 'enum')
  if (rows.length > 0 || full !== undefined)
    throw new AmbixError('FLEET.TARGETS', `The target ${target.id} is not empty`, {
      why: rows.length > 0 ? `It is at ${rows.join(', ')}.` : `It has ${refText(full!)}.`,
      next: [{ text: 'Bring it to the head by its revisions', command: 'ambix upgrade head --targets' }],
    })
  const statements = [...compiled(place, difference.upgrade, current, seeds)]
  const steps = stepsOf(fleet, heads, statements)
  await runSteps({
    connection,
    dialect,
    settings,
    plan: () => steps,
    heads: [],
    seen: await inspect(connection, dialect, settings),
    ...(path === undefined ? {} : { path }),
    openAnother: () => fleet.another(target),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  return {
    target: target.id,
    ...(target.schema === undefined ? {} : { schema: target.schema }),
    revisions: heads,
    statements: statements.length,
    rows: seeds.reduce((sum, s) => sum + s.rows, 0),
  }
}

function innerProject(fleet: FleetPlace, { target, lent }: Place): Project {
  const outer = fleet.projectOf(target)
  const url = async (): Promise<string> => fleet.urlOf(target)
  const { schema } = target
  const inner = projectOf(
    { ...outer.settings, url, ...(schema === undefined ? {} : { versionTableSchema: schema }) },
    { ...outer.options, connection: lent.connection },
  )
  return { ...inner, graph: outer.graph }
}

interface Seed {
  readonly statements: readonly string[]
  readonly rows: number
}

/** The rows of the tables after all revisions ran on an empty database: those that the revisions themselves insert. */
async function rowsOf(scratch: Connection, dialect: Dialect, sql: FleetSql, made: Schema): Promise<readonly Seed[]> {
  const seeds: Seed[] = []
  for (const table of made.objects.values()) {
    if (table.kind !== 'table') continue
    const name = `${table.schema === undefined ? '' : `${dialect.quote(table.schema)}.`}${dialect.quote(table.name)}`
    const columns = table.columns.filter((c) => c.generated === undefined).map((c) => c.name)
    if (columns.length === 0) continue
    const rows = await scratch.values(`SELECT ${columns.map((c) => dialect.quote(c)).join(', ')} FROM ONLY ${name}`)
    if (rows.length === 0) continue
    const counters: string[] = []
    for (const column of columns) {
      const last = (await scratch.values(sql.counters(name, column)))[0]?.[0]
      if (last !== undefined && last !== null) counters.push(sql.setCounter(name, column, last))
    }
    seeds.push({
      statements: [...rows.map((row) => sql.insertRow(name, columns, row)), ...counters],
      rows: rows.length,
    })
  }
  return seeds
}

/** Rows are inserted after the tables are created, and before the triggers. */
function compiled(
  { dialect, serverVersion }: Place,
  operations: readonly Operation[],
  before: Schema,
  seeds: readonly Seed[],
): readonly Statement[] {
  const tables = operations.findLastIndex((o) => o.kind === 'createTable') + 1
  const statements = dialect.compile(operations, before, { offline: false, serverVersion })
  const at = statements.findLastIndex((s) => operations.indexOf(s.source) < tables) + 1
  const rows = seeds.flatMap((s) =>
    s.statements.map((text): Statement => {
      const source: Operation = { kind: 'execute', sql: text }
      return { sql: text, transaction: 'inside', hazards: [], source }
    }),
  )
  return [...statements.slice(0, at), ...rows, ...statements.slice(at)]
}

/** One step with everything, which stamps the first head, and one for each further head. */
function stepsOf(
  fleet: FleetPlace,
  heads: readonly string[],
  statements: readonly Statement[],
): readonly RevisionStep[] {
  const graph = fleet.project.graph()
  const ancestry = new Ancestry(graph, new Map())
  return stampedSteps(stampSteps(graph, [], [...heads]), ancestry).map((step, i) =>
    i === 0 ? { ...step, statements: () => statements } : step,
  )
}
