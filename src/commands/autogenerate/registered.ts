/** Whether every table that the project's code declares is among the models: a missing one would never be migrated. */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { AmbixError } from '../../errors.ts'
import { moduleFiles, modulesSource } from '../../sources/modules.ts'
import type { SourceContext } from '../../sources/source.ts'
import type { Project } from '../project/project.ts'
import { scopeOf } from '../project/scope.ts'

const code = /\.(?:ts|mts|cts|js|mjs|cjs|tsx|jsx)$/
const notModel = /\.d\.[cm]?ts$|\.(?:test|spec)\.[cm]?[jt]sx?$/

/**
 * Loads the other modules of the project that import `ambix/schema`, and compares what they export with the models.
 * Nothing to do for a schema that is DDL or given in the configuration. Throws SCHEMA.INVALID naming tables and files.
 */
export async function allModelsRegistered(project: Project): Promise<void> {
  const { schema, dir, locations } = project.settings
  const paths =
    typeof schema === 'string'
      ? [schema]
      : Array.isArray(schema) && schema.every((p): p is string => typeof p === 'string')
        ? schema
        : []
  if (paths.length === 0 || paths.some((p) => p.endsWith('.sql'))) return
  const own = new Set(moduleFiles(paths, dir))
  const context: SourceContext = {
    dialect: await project.dialect(),
    projectDir: dir,
    scope: scopeOf(project),
    scratch: async () => {
      throw new Error('models need no scratch database')
    },
  }
  const known = await modulesSource(paths).read(context)
  const strangers: string[] = []
  for (const file of filesBeside([...own])) {
    if (
      own.has(file) ||
      locations.some((l) => file.startsWith(`${l}${sep}`)) ||
      !/['"]ambix\/schema['"]/.test(readFileSync(file, 'utf8'))
    )
      continue
    const more = await modulesSource([...own, file]).read(context)
    for (const [key, object] of more.objects) {
      if (object.kind === 'table' && !known.objects.has(key)) strangers.push(`${object.name} in ${relative(dir, file)}`)
    }
  }
  if (strangers.length === 0) return
  throw new AmbixError(
    'SCHEMA.INVALID',
    `${strangers.length === 1 ? 'A table is' : 'Tables are'} declared but not among the models: ${strangers.join(', ')}`,
    {
      next: ['Export it from the schema, or name its file in `schema` of the configuration'],
      data: { tables: strangers },
    },
  )
}

function filesBeside(files: readonly string[]): readonly string[] {
  const found = new Set<string>()
  for (const folder of new Set(files.map((f) => dirname(f)))) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (code.test(name) && !notModel.test(name) && !/(?:^|[\\/])(?:node_modules|dist|\.[^\\/]*)[\\/]/.test(name))
        found.add(join(folder, name))
    }
  }
  return [...found].toSorted()
}
