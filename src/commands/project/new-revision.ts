/** The parents of a new revision, its folder and its file name (specs/alembic.md C21). */
import { AmbixError, isAmbixError } from '../../errors.ts'
import { createDate, fileName } from '../../revisions/files/file-names.ts'
import { writeNewFile } from '../../revisions/files/write.ts'
import type { RevisionGraph } from '../../revisions/graph/graph.ts'
import { resolveRef } from '../../revisions/targets/resolve.ts'
import { newRevisionId, validateNewId, validateNewLabel } from '../../revisions/revision.ts'
import { dirname, resolve } from 'node:path'
import type { Project } from './project.ts'

export interface NewRevisionOptions {
  readonly message?: string
  readonly revId?: string
  /** Default `head`; `base` starts a new root. */
  readonly head?: string
  readonly splice?: boolean
  readonly branchLabels?: readonly string[]
  readonly dependsOn?: readonly string[]
  readonly versionPath?: string
}

export interface NewRevision {
  readonly id: string
  readonly downRevision: readonly string[]
  readonly branchLabels: readonly string[]
  readonly dependsOn: readonly string[]
  readonly message: string
  readonly createDate: string
  readonly date: Date
  readonly folder: string
}

/** Checks and completes the given properties of a new revision. Throws REVISION.*, CONFIG.INVALID. */
export function planRevision(project: Project, options: NewRevisionOptions, parents?: readonly string[]): NewRevision {
  const graph = project.graph()
  const id = options.revId ?? newRevisionId()
  validateNewId(id)
  const taken = graph.indexOf.get(id)
  if (taken !== undefined) {
    throw new AmbixError('REVISION.DUPLICATE', `The id ${id} is taken by ${graph.revisions[taken]!.file}`, {
      next: ['Choose another --rev-id'],
    })
  }
  // Ids and labels share one namespace: a file with a duplicate would make every command fail.
  const labelled = graph.labels.get(id)
  if (labelled !== undefined) {
    throw new AmbixError('REVISION.LABEL', `The id ${id} is a branch label of ${graph.revisions[labelled]!.id}`, {
      next: ['Choose another --rev-id'],
    })
  }
  const branchLabels = [...new Set(options.branchLabels)]
  for (const label of branchLabels) {
    validateNewLabel(label)
    const owner = graph.labels.get(label)
    const what =
      owner !== undefined
        ? `taken by revision ${graph.revisions[owner]!.id}`
        : label === id || graph.indexOf.has(label)
          ? 'the id of a revision'
          : undefined
    if (what !== undefined)
      throw new AmbixError('REVISION.LABEL', `The branch label ${label} is ${what}`, {
        next: ['Choose another --branch-label'],
      })
  }
  const down = parents ?? parentsOf(graph, options.head ?? 'head')
  if (options.splice !== true)
    for (const parent of down) {
      if (!graph.heads.includes(parent)) {
        throw new AmbixError('REVISION.NOT_A_HEAD', `${parent} is not a head: a revision on it starts a branch`, {
          next:
            parents === undefined || parents.length < 2
              ? [
                  { text: 'If that is meant, say so', command: `ambix revision --head ${parent} --splice …` },
                  'Or leave --head out to go on from the head',
                ]
              : [{ text: 'If that is meant, say so', command: `ambix merge ${parents.join(' ')} --splice` }],
        })
      }
    }
  const dependsOn = (options.dependsOn ?? []).flatMap((name) =>
    graph.labels.has(name) ? [name] : resolveRef(graph, name, { purpose: 'revision' }).ids,
  )
  const date = new Date()
  return {
    id,
    downRevision: down,
    branchLabels,
    dependsOn,
    message: options.message ?? '',
    createDate: createDate(date, project.settings.timezone),
    date,
    folder: folderFor(project, options.versionPath, down),
  }
}

/** The parents of a new revision. Throws REVISION.MULTIPLE_HEADS, naming the flag that chooses. */
function parentsOf(graph: RevisionGraph, head: string): readonly string[] {
  try {
    return resolveRef(graph, head, { purpose: 'revision' }).ids
  } catch (error) {
    if (!isAmbixError(error, 'REVISION.MULTIPLE_HEADS')) throw error
    const { heads } = error.data as { readonly heads: readonly string[] }
    throw new AmbixError(error.code, error.message, {
      why: error.why,
      next: [
        ...heads.slice(0, 5).map((id) => ({ text: `Go on from ${id}`, command: `ambix revision --head ${id} …` })),
        { text: 'Or join them first', command: 'ambix merge -m "merge branches"' },
      ],
      data: error.data,
      cause: error,
    })
  }
}

/** The parent's folder, the given one, or the only one. */
function folderFor(project: Project, versionPath: string | undefined, parents: readonly string[]): string {
  const { locations, dir } = project.settings
  if (versionPath !== undefined) {
    const folder = resolve(dir, versionPath)
    if (!locations.includes(folder)) {
      throw new AmbixError('CONFIG.INVALID', `${versionPath} is not one of the configured version locations`, {
        next: [`They are ${locations.join(', ')}`],
      })
    }
    return folder
  }
  const graph = project.graph()
  const parent = parents[0]
  if (parent !== undefined) {
    const file = graph.revisions[graph.indexOf.get(parent)!]!.file
    const folder = locations.findLast((l) => resolve(file).startsWith(`${l}/`) || dirname(resolve(file)) === l)
    if (folder !== undefined) return folder
  }
  if (configuredFolders(project) > 1) {
    throw new AmbixError(
      'USAGE.INVALID',
      'There are several version locations, and nothing says which one this revision goes to',
      {
        next: [{ text: 'Name one', command: `ambix revision --version-path ${locations[0]} …` }],
      },
    )
  }
  return locations.at(-1)!
}

/** A folder and its `versions` subfolder count as one. */
function configuredFolders(project: Project): number {
  const { migrations } = project.settings.raw
  return Array.isArray(migrations) ? migrations.length : 1
}

/** Writes the file under its templated name; complete or not at all. */
export function writeRevision(project: Project, planned: NewRevision, text: string, extension: string): string {
  project.checkInterrupt()
  const { fileTemplate, slugLength, timezone } = project.settings
  const name = fileName({
    rev: planned.id,
    message: planned.message,
    date: planned.date,
    template: fileTemplate,
    slugLength,
    timezone,
    extension,
  })
  return writeNewFile(planned.folder, name, text)
}

/** Parents as written in the file: null for a base, one, or a list. */
export function downRevision(parents: readonly string[]): string | readonly string[] | null {
  return parents.length === 0 ? null : parents.length === 1 ? parents[0]! : parents
}
