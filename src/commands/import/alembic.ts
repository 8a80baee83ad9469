/** Imports Alembic's versions folders: same ids, labels and dependencies; bodies from Alembic's own SQL script. */
import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ConfigInput } from '../../config/load.ts'
import { AmbixError } from '../../errors.ts'
import { cutAlembicScript, parseAlembicFile } from '../../revisions/import/alembic.ts'
import type { AlembicScriptPart } from '../../revisions/import/alembic.ts'
import { createDate, fileName } from '../../revisions/files/file-names.ts'
import { writeNewFiles } from '../../revisions/files/write.ts'
import type { NewFile } from '../../revisions/files/write.ts'
import { buildGraph } from '../../revisions/graph/graph.ts'
import type { Revision } from '../../revisions/revision.ts'
import { withProject } from '../project/project.ts'
import type { CommonOptions } from '../project/project.ts'

export interface ImportOptions extends CommonOptions {
  /** The output of `alembic upgrade head --sql` (followed by that of `downgrade head:base --sql`, if it exists). */
  readonly script?: string
}

export interface ImportResult {
  readonly revisions: readonly string[]
  readonly files: readonly string[]
  /** Without statements in the script: can only be recorded as applied. */
  readonly stubs: readonly string[]
}

/** Reads the heads of the `.py` files under the folders (no Python is needed) and writes `.sql` revisions. Throws IMPORT.ALEMBIC, REVISION.*, FILES.*. */
export async function importAlembic(
  config: ConfigInput,
  folders: string | readonly string[],
  options: ImportOptions = {},
): Promise<ImportResult> {
  return withProject(
    config,
    options,
    async (project) => {
      const cwd = options.cwd ?? process.cwd()
      const found = [folders].flat().flatMap((folder) => readFolder(resolve(cwd, folder)))
      const existing = project.graph()
      const revisions = found.filter((r) => !existing.indexOf.has(r.id))
      // Checked as one graph with the existing revisions before anything is written.
      buildGraph([...existing.revisions, ...revisions])
      const parts =
        options.script === undefined
          ? []
          : cutAlembicScript(readText(resolve(cwd, options.script)), (await project.dialect()).session.text)
      const written: NewFile[] = []
      const stubs: string[] = []
      for (const revision of revisions) {
        const own = parts.filter((p) => p.revision === revision.id)
        if (!own.some((p) => p.direction === 'upgrade')) stubs.push(revision.id)
        const date = revision.createDate === undefined ? new Date(0) : new Date(revision.createDate.replace(' ', 'T'))
        const name = fileName({
          rev: revision.id,
          message: revision.message,
          date: Number.isNaN(date.getTime()) ? new Date(0) : date,
          template: '{slug}_{rev}',
          extension: '.sql',
        })
        written.push({ path: name.replace(/^_/, ''), text: sqlRevision(revision, own, project.settings.timezone) })
      }
      const files = writeNewFiles(project.settings.locations.at(-1)!, written)
      project.rescan()
      return { revisions: revisions.map((r) => r.id), files, stubs }
    },
    { newFolders: true },
  )
}

function readFolder(folder: string): Revision[] {
  let names: string[]
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((n) => n.endsWith('.py') && !/(?:^|[\\/])(?:__\w+__|\.|[^\\/]*site-packages[\\/])/.test(n))
      .sort()
  } catch (cause) {
    throw new AmbixError('IMPORT.ALEMBIC', `The folder ${folder} cannot be read`, {
      why: (cause as Error).message,
      next: ['Name the folder that holds the .py revisions, often alembic/versions'],
      cause,
    })
  }
  const revisions = names.flatMap((name) => {
    const file = join(folder, name)
    const revision = parseAlembicFile(readText(file), file)
    return revision === undefined ? [] : [revision]
  })
  if (revisions.length === 0)
    throw new AmbixError('IMPORT.ALEMBIC', `There is no Alembic revision in ${folder}`, {
      next: ['Name the folder that holds the .py revisions, often alembic/versions'],
    })
  return revisions
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new AmbixError('FILES.READ', `${file} cannot be read`, { why: (cause as Error).message, cause })
  }
}

function sqlRevision(revision: Revision, parts: readonly AlembicScriptPart[], timezone: string): string {
  const comment = (text: string): string[] => text.split('\n').map((l) => `-- ${l}`.trimEnd())
  const list = (values: readonly string[]): string => (values.length === 0 ? 'none' : values.join(', '))
  const body = (direction: 'upgrade' | 'downgrade'): string[] =>
    parts.filter((p) => p.direction === direction).flatMap((p) => p.statements.map((s) => `${s.text};\n`))
  const up = body('upgrade')
  const known = parts.some((p) => p.direction === 'upgrade')
  const down = body('downgrade')
  return [
    ...comment(revision.doc === '' ? `imported from Alembic` : revision.doc),
    '--',
    `-- revision: ${revision.id}`,
    `-- down_revision: ${list(revision.downRevision)}`,
    ...(revision.branchLabels.length === 0 ? [] : [`-- branch_labels: ${list(revision.branchLabels)}`]),
    ...(revision.dependsOn.length === 0 ? [] : [`-- depends_on: ${list(revision.dependsOn)}`]),
    `-- create_date: ${revision.createDate ?? createDate(new Date(0), timezone)}`,
    '',
    '-- upgrade',
    ...(known
      ? up
      : ['-- ambix:applied-only', '-- Imported without statements: good for databases where it is applied already.']),
    // The downgrade of a merge is empty; those of the others are only in the script.
    ...(parts.some((p) => p.direction === 'downgrade') || (known && up.length === 0)
      ? ['', '-- downgrade', ...down]
      : []),
    '',
  ].join('\n')
}
