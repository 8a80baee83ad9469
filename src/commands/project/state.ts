/** The current state of the database for commands: rows of the version table, checked against the files. */
import { hostname, userInfo } from 'node:os'
import { AmbixError, isAmbixError } from '../../errors.ts'
import type { RowEdit } from '../../revisions/steps/row-book.ts'
import { checkRows } from '../../revisions/steps/rows.ts'
import { readHistory, readState } from '../../runtime/history.ts'
import { readCheckedState, readOpenState, readUnfinished } from '../../runtime/read-state.ts'
import type { CheckedState, OpenState, UnfinishedRevision } from '../../runtime/read-state.ts'
import type { DatabaseState, RevisionStep, RuntimeSettings, VersionEdit } from '../../runtime/types.ts'
import type { Project } from './project.ts'
import { version } from './version.ts'

/** The runtime's part of the settings. */
export function runtimeSettings(project: Project): RuntimeSettings {
  const { settings } = project
  return {
    versionTable: settings.versionTable,
    versionTableSchema: settings.versionTableSchema,
    transactionPerMigration: settings.transactionPerMigration,
    lockWaitMs: project.options.lockWaitMs ?? settings.lockWaitMs,
    ...(project.options.ifLocked === undefined ? {} : { ifLocked: project.options.ifLocked }),
    ...limitsOf(project),
    actor: settings.actor ?? actor(),
    toolVersion: version,
  }
}

/** A configured lock timeout is always set; the default is not where the role has one on the server. */
function limitsOf({
  settings,
  options,
}: Project): Pick<RuntimeSettings, 'lockTimeout' | 'lockRetryMs' | 'statementTimeoutMs'> {
  const ms = options.lockTimeoutMs ?? settings.lockTimeoutMs
  const unlessSet = options.lockTimeoutMs === undefined && settings.raw.lockTimeout === undefined
  return {
    ...(ms === 0 ? {} : { lockTimeout: { ms, unlessSet } }),
    lockRetryMs: settings.lockRetryMs,
    ...(settings.statementTimeoutMs === 0 ? {} : { statementTimeoutMs: settings.statementTimeoutMs }),
  }
}

let known: string | undefined

function actor(): string {
  return (known ??= userAtHost())
}

function userAtHost(): string {
  let user = process.env['USER'] ?? process.env['USERNAME']
  try {
    user ??= userInfo().username
  } catch {
    // A user id without an entry in the system's table, as in some containers.
  }
  return `${user ?? 'unknown'}@${hostname()}`
}

/** The version rows as they are; reads only, and creates nothing (C35). */
export async function readDatabaseState(project: Project): Promise<DatabaseState> {
  const { connection, dialect } = await project.session()
  return readState(connection, dialect, runtimeSettings(project))
}

/** The same with the unfinished revisions of the journal. */
export async function readStateAndJournal(project: Project): Promise<OpenState> {
  const { connection, dialect } = await project.session()
  return readOpenState(connection, dialect, runtimeSettings(project))
}

/** The same with the checksums of applied revisions; without them where the configuration ignores edits. */
export async function readCheckedDatabaseState(project: Project): Promise<CheckedState> {
  if (project.settings.edited === 'ignore') return { ...(await readStateAndJournal(project)), checksums: new Map() }
  const { connection, dialect } = await project.session()
  return readCheckedState(connection, dialect, runtimeSettings(project))
}

/** The version rows, none when there is no table yet. */
export async function readRows(project: Project): Promise<readonly string[]> {
  return (await readDatabaseState(project)).heads
}

/**
 * Refuses rows without a file, and reports when and by whom they were applied, as far as the history table has it (V27).
 * Throws VERSION.UNKNOWN_REVISION.
 */
export async function checkKnown(project: Project, rows: readonly string[]): Promise<void> {
  try {
    checkRows(project.graph(), rows)
  } catch (error) {
    if (!isAmbixError(error, 'VERSION.UNKNOWN_REVISION')) throw error
    const { connection, dialect } = await project.session()
    const history = await readHistory(connection, dialect, runtimeSettings(project)).catch(() => [])
    const unknown = rows.filter((id) => !project.graph().indexOf.has(id))
    const { fileWithBodyOf } = await import('./tampering.ts')
    const told = unknown.flatMap((id) => {
      const entry = history.findLast((e) => e.revision === id && e.status === 'done')
      if (entry === undefined) return []
      const renamed = fileWithBodyOf(project.graph(), entry.checksum ?? '')
      return [
        `${id} was applied ${entry.finishedAt ?? entry.startedAt} by ${entry.actor} (ambix ${entry.toolVersion}).`,
        ...(renamed === undefined ? [] : [`Its file is there under another id: it was renamed to ${renamed}.`]),
      ]
    })
    throw new AmbixError(error.code, error.message, {
      why: [...told, error.why ?? ''].join('\n').trim(),
      next: [
        ...(told.length === 0 && project.settings.versionTable === 'alembic_version'
          ? [
              {
                text: 'If Alembic wrote it, take over its revisions',
                command: 'ambix import alembic <its versions folder>',
              },
            ]
          : []),
        ...error.next,
      ],
      data: error.data,
      cause: error,
    })
  }
}

/** Warns of each revision that was begun and not finished, also where its file no longer exists. */
export async function noticeUnfinished(
  project: Project,
  known?: readonly UnfinishedRevision[],
): Promise<readonly UnfinishedRevision[]> {
  const { connection, dialect } = await project.session()
  const found = known ?? (await readUnfinished(connection, dialect, runtimeSettings(project)))
  const { indexOf } = project.graph()
  for (const { revision, direction } of found)
    project.warn(
      `the ${direction} of revision ${revision} was begun and not finished; ${
        indexOf.has(revision)
          ? `finish it with: ambix ${direction} ${revision}`
          : 'no revision file has it: restore the file, then finish it'
      }`,
    )
  return found
}

/** Row edits of the graph in the runtime's form. */
export function versionEdits(edits: readonly RowEdit[]): VersionEdit[] {
  return edits.map((e) =>
    e.kind === 'insert' ? { kind: 'insert', to: e.id } : e.kind === 'delete' ? { kind: 'delete', from: e.id } : e,
  )
}

export type { RevisionStep }

/** USAGE.INVALID: a target from JavaScript that is not a string. */
export function noTarget(command: string, given: unknown): AmbixError {
  const what = given === null ? 'null' : Array.isArray(given) ? 'an array' : typeof given
  return new AmbixError('USAGE.INVALID', `A target of ${command} is a string, not ${what}`, {
    next: [`Write ${command}(config, 'head'), or the id of a revision`],
  })
}
