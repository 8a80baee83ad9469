/** Gathers what the page of `ambix studio` and `ambix report` shows. Nothing is written, to the database least of all. */
import { relative } from 'node:path'
import type { ConfigInput } from '../config/load.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { isAmbixError } from '../errors.ts'
import type { Operation } from '../operations/kinds.ts'
import { fold } from '../operations/operation.ts'
import { appliedSet, effectiveCurrent } from '../revisions/steps/rows.ts'
import { renderOperation } from '../revisions/write/render.ts'
import { refText } from '../schema/keys.ts'
import type { Schema, SchemaObject, Table } from '../schema/model.ts'
import { messageOf } from '../util/redact.ts'
import { compileOperations } from './run/compile.ts'
import { loadOperations } from './run/bodies.ts'
import { schemaBefore } from './run/schema-before.ts'
import { withProject } from './project/project.ts'
import type { CommonOptions, Project } from './project/project.ts'
import { runtimeSettings } from './project/state.ts'
import type { ReportData, ReportObject, ReportRevision } from './report-data.ts'

export interface ReportOptions extends CommonOptions {
  /** Asks no database: the history alone. */
  readonly offline?: boolean
}

/** Throws REVISION.* for a history that cannot be read as a graph. */
export async function report(config?: ConfigInput, options: ReportOptions = {}): Promise<ReportData> {
  return withProject(config, options, async (project) => {
    const graph = project.graph()
    const asked = options.offline === true ? {} : await ask(project)
    const rows = (asked.rows ?? []).filter((id) => graph.indexOf.has(id))
    const current = new Set(effectiveCurrent(graph, rows))
    const applied = appliedSet(graph, rows)
    const dialect = await project.dialect()
    const revisions: ReportRevision[] = []
    const after = new Map<string, Schema>()
    const done = new Map<string, readonly Operation[]>()
    for (const index of graph.topological) {
      const r = graph.revisions[index]!
      const before = schemaBefore(r.downRevision, after, done, graph)
      const body = await bodyOf(project, dialect, r, before)
      after.set(r.id, body.schema)
      done.set(r.id, body.operations)
      revisions.push({
        id: r.id,
        message: r.message,
        doc: r.doc.replaceAll(/^[ \t]*(?:Revision ID|Revises|Create Date)[ \t]*:.*(?:\r?\n|$)/gm, '').trim(),
        ...(r.createDate === undefined ? {} : { date: r.createDate }),
        file: relative(project.settings.dir, r.file),
        down: r.downRevision,
        dependsOn: r.dependsOn,
        labels: r.branchLabels,
        head: graph.heads.includes(r.id),
        current: current.has(r.id),
        applied: applied.has(r.id),
        ...(asked.appliedAt?.get(r.id) === undefined ? {} : { appliedAt: asked.appliedAt.get(r.id) }),
        ...body.shown,
        changes: changesOf(before, body.schema),
      })
    }
    return {
      version: 1,
      project: project.settings.dir.split(/[\\/]/).at(-1) ?? '',
      ...(asked.database === undefined ? {} : { database: asked.database }),
      ...(asked.problem === undefined ? {} : { databaseProblem: asked.problem }),
      madeAt: new Date().toISOString(),
      revisions,
      ...(asked.drift === undefined ? {} : { drift: asked.drift }),
    }
  })
}

interface Asked {
  readonly database?: string
  readonly rows?: readonly string[]
  readonly appliedAt?: ReadonlyMap<string, string>
  readonly drift?: readonly string[]
  readonly problem?: string
}

/** Without an answer from the database the page still shows the history. */
async function ask(project: Project): Promise<Asked> {
  try {
    const { rowsInEnvironment } = await import('./project/environment.ts')
    const rows = await rowsInEnvironment(project)
    const { shownUrl } = await project.session()
    const entries = await appliedEntries(project)
    return { database: shownUrl, rows, ...entries, ...(await driftOf(project)) }
  } catch (error) {
    if (!isAmbixError(error)) throw error
    return { problem: error.message }
  }
}

async function appliedEntries(project: Project): Promise<{ readonly appliedAt: ReadonlyMap<string, string> }> {
  const { readHistory } = await import('../runtime/history.ts')
  const { connection, dialect } = await project.session()
  const appliedAt = new Map<string, string>()
  for (const e of await readHistory(connection, dialect, runtimeSettings(project)))
    if (e.direction !== 'downgrade' && e.status === 'done') appliedAt.set(e.revision, e.finishedAt ?? e.startedAt)
  return { appliedAt }
}

async function driftOf(project: Project): Promise<{ readonly drift?: readonly string[] }> {
  const { compare } = await import('./autogenerate/compare.ts')
  try {
    const comparison = await compare(project, { hints: [], askRows: false, configured: {} })
    try {
      return { drift: comparison.difference.upgrade.map((op) => outdented(renderOperation(op))) }
    } finally {
      await comparison.close()
    }
  } catch (error) {
    // No models, or models that cannot be read: the history is there all the same.
    if (!isAmbixError(error)) throw error
    return {}
  }
}

type Shown = Pick<ReportRevision, 'operations' | 'up' | 'back' | 'hazards' | 'problem'>

async function bodyOf(
  project: Project,
  dialect: Dialect,
  revision: Parameters<typeof loadOperations>[0],
  before: Schema,
): Promise<{ readonly schema: Schema; readonly operations: readonly Operation[]; readonly shown: Shown }> {
  const own = project.settings.operations
  const nothing = { operations: [], up: [], back: [], hazards: [] }
  try {
    const operations = await loadOperations(revision, 'upgrade', {}, own)
    const schema = fold(before, operations, { blind: true }).schema
    const request = { project, dialect, offline: true }
    const up = await compileOperations(request, operations, async () => before)
    const hazards = [...new Set(up.flatMap((s) => s.hazards.map((h) => `${h.code} ${h.object}: ${h.message}`)))]
    const shown = {
      operations: operations.map((op) => outdented(renderOperation(op))),
      up: up.map((s) => s.sql),
      hazards,
    }
    try {
      const back = await compileOperations(
        request,
        await loadOperations(revision, 'downgrade', {}, own),
        async () => schema,
      )
      return { schema, operations, shown: { ...shown, back: back.map((s) => s.sql) } }
    } catch (error) {
      return { schema, operations, shown: { ...shown, back: [], problem: `downgrade: ${messageOf(error)}` } }
    }
  } catch (error) {
    return { schema: before, operations: [], shown: { ...nothing, problem: messageOf(error) } }
  }
}

function changesOf(before: Schema, after: Schema): Record<string, ReportObject | null> {
  const changes: Record<string, ReportObject | null> = {}
  for (const [key, object] of after.objects) if (before.objects.get(key) !== object) changes[key] = drawn(object, after)
  for (const key of before.objects.keys()) if (!after.objects.has(key)) changes[key] = null
  return changes
}

function drawn(object: SchemaObject, schema: Schema): ReportObject {
  const name = 'name' in object ? refText(object) : ''
  const common = { kind: object.kind, name, ...(object.comment === undefined ? {} : { comment: object.comment }) }
  if (object.kind === 'enum') return { ...common, labels: object.values }
  if (object.kind === 'table') return { ...common, ...tableParts(object, schema) }
  return common
}

function tableParts(table: Table, schema: Schema): Pick<ReportObject, 'columns' | 'foreignKeys' | 'parts'> {
  const primary = new Set(table.constraints.flatMap((c) => (c.kind === 'primaryKey' ? c.columns : [])))
  const foreignKeys = table.constraints.flatMap((c) =>
    c.kind === 'foreignKey'
      ? [
          {
            name: c.name,
            columns: c.columns,
            to: `table:${refText(c.references)}`,
            toColumns: c.referencedColumns ?? [],
          },
        ]
      : [],
  )
  const parts = [
    ...table.constraints.flatMap((c) =>
      c.kind === 'unique'
        ? [`unique ${c.name} (${c.columns.join(', ')})`]
        : c.kind === 'check'
          ? [`check ${c.name}: ${c.sql}`]
          : [],
    ),
    ...table.indexes.map(
      (i) =>
        `${i.unique === true ? 'unique ' : ''}index ${i.name} (${i.elements.map((e) => e.column ?? e.expression ?? '').join(', ')})`,
    ),
  ]
  return {
    columns: table.columns.map((c) => {
      const base = c.type.element ?? c.type
      const enumName = base.name === undefined ? undefined : refText({ schema: base.schema, name: base.name })
      return {
        name: c.name,
        type: typeText(c.type),
        nullable: c.nullable,
        primary: primary.has(c.name),
        ...(c.default === undefined
          ? {}
          : { default: 'sql' in c.default ? c.default.sql : String((c.default as { value?: unknown }).value) }),
        ...(enumName !== undefined && schema.objects.has(`enum:${enumName}`) ? { enum: `enum:${enumName}` } : {}),
        ...(c.comment === undefined ? {} : { comment: c.comment }),
      }
    }),
    foreignKeys,
    parts,
  }
}

/** Printed for the body of a function: two blanks too many. */
const outdented = (text: string): string => text.replaceAll(/^ {2}/gm, '')

/** A short description; the SQL of the revision is exact. */
function typeText(type: object): string {
  const t = type as Readonly<Record<string, unknown>> & { readonly kind: string }
  if (typeof t['element'] === 'object' && t['element'] !== null) return `${typeText(t['element'])}[]`
  if (t.kind === 'custom' && typeof t['sql'] === 'string') return t['sql']
  if (typeof t['name'] === 'string') return typeof t['schema'] === 'string' ? `${t['schema']}.${t['name']}` : t['name']
  const args = ['length', 'precision', 'scale'].flatMap((key) => (typeof t[key] === 'number' ? [String(t[key])] : []))
  return `${t.kind.replace(/^\w+\./, '')}${args.length === 0 ? '' : `(${args.join(', ')})`}`
}
