/** Opens a revision in the user's editor. */
import { spawnSync } from 'node:child_process'
import { AmbixError } from '../errors.ts'
import type { ConfigInput } from '../config/load.ts'
import { resolveShown } from './heads.ts'
import { withProject } from './project/project.ts'
import type { CommonOptions } from './project/project.ts'

/** The files that were opened (C32). Throws REVISION.UNKNOWN for base, FILES.READ when no editor starts. */
export async function edit(config: ConfigInput, name: string, options: CommonOptions = {}): Promise<readonly string[]> {
  return withProject(config, options, async (project) => {
    const graph = project.graph()
    const files = (await resolveShown(project, [name])).map((id) => graph.revisions[graph.indexOf.get(id)!]!.file)
    if (files.length === 0)
      throw new AmbixError('REVISION.UNKNOWN', `${name} is not a revision that can be edited`, {
        next: [
          graph.revisions.length > 0
            ? 'Name one by its id, or head'
            : { text: 'There are no revisions yet: write one', command: 'ambix revision -m "…"' },
        ],
      })
    const named = process.env['VISUAL'] || process.env['EDITOR'] || undefined
    if (named === undefined && process.stdin.isTTY !== true)
      throw new AmbixError('FILES.READ', 'An editor needs a terminal, and there is none here', {
        next: ['Set EDITOR to a program that needs none, or open the file yourself', ...files],
      })
    const editors = named === undefined ? ['sensible-editor', 'editor', 'nano', 'vim', 'code'] : [named]
    for (const editor of editors) {
      const [bin, ...args] = editor.split(/\s+/)
      const done = spawnSync(bin!, [...args, ...files], { stdio: 'inherit' })
      if (done.error === undefined && done.status === 0) return files
      if (done.error === undefined)
        throw new AmbixError('FILES.READ', `${editor} ended with ${done.status ?? done.signal}`)
    }
    throw new AmbixError('FILES.READ', `No editor could be started (${editors.join(', ')})`, {
      next: ['Set EDITOR, or open the file yourself', ...files],
    })
  })
}
