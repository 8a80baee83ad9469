/** Writes the module that contains a project's revisions, for a program without their files; and checks whether it is up to date. */
import { dirname, join, relative, resolve } from 'node:path'
import type { ConfigInput } from '../config/load.ts'
import { AmbixError } from '../errors.ts'
import { readRevisionText } from '../revisions/files/files.ts'
import type { Revision } from '../revisions/revision.ts'
import { stringLiteral, templateText } from '../revisions/write/literal.ts'
import { checksumOf } from './project/checksum.ts'
import { withProject } from './project/project.ts'
import type { CommonOptions } from './project/project.ts'
import { refuseForeign, writeGenerated } from '../revisions/files/write.ts'
import { says } from './project/says.ts'

export interface BundleOptions extends CommonOptions {
  /** Relative to the project's folder; default `_bundle.ts` in the first folder of the revisions. */
  readonly out?: string
  /** Writes nothing; see `upToDate`. */
  readonly check?: boolean
}

export interface BundleResult {
  readonly text: string
  /** Relative to the project's folder. */
  readonly file: string
  readonly revisions: number
  /** Whether the file had the same content before. */
  readonly upToDate: boolean
}

/** A file with the same content is not written. Throws REVISION.* where the revisions do not fit together, FILES.*. */
export async function bundle(config?: ConfigInput, options: BundleOptions = {}): Promise<BundleResult> {
  return withProject(config, options, async (project) => {
    const { settings } = project
    const file = resolve(settings.dir, options.out ?? join(settings.locations[0]!, '_bundle.ts'))
    if (!/\.[cm]?[jt]s$/.test(file))
      throw new AmbixError('USAGE.INVALID', `--out is a module, not ${options.out}`, {
        next: [{ text: 'For example', command: 'ambix bundle --out src/migrations.ts' }],
      })
    const { revisions } = project.graph()
    const text = textOf({
      revisions,
      config: settings.file,
      environment: settings.envFile,
      shown: (path) => relative(settings.dir, path).replaceAll('\\', '/'),
      specifier: (path) => specifierOf(path, file),
      typed: file.endsWith('ts'),
    })
    refuseForeign(file, options.check === true ? undefined : mark)
    const upToDate = says(file, text)
    if (options.check !== true && !upToDate) writeGenerated(file, text, mark)
    return { text, file: relative(settings.dir, file), revisions: revisions.length, upToDate }
  })
}

const mark = 'Written by `ambix bundle`'

interface Parts {
  readonly revisions: readonly Revision[]
  readonly config: string | undefined
  readonly environment: string | undefined
  readonly shown: (path: string) => string
  readonly specifier: (path: string) => string
  readonly typed: boolean
}

function textOf({ revisions, config, environment, shown, specifier, typed }: Parts): string {
  const imports = [
    ...(typed ? ["import type { Bundle } from 'ambix'"] : []),
    ...(config === undefined ? [] : [configImport(config, specifier)]),
    ...(environment === undefined ? [] : [`import * as env from ${stringLiteral(specifier(environment))}`]),
  ]
  const entries = revisions.map((revision) => {
    const { id, downRevision, branchLabels, dependsOn, doc, createDate, file, format } = revision
    const name = `revision_${id.replaceAll(/\W/g, '_')}`
    if (format !== 'sql') imports.push(`import * as ${name} from ${stringLiteral(specifier(file))}`)
    const names = (list: readonly string[]): string => `[${list.map(stringLiteral).join(', ')}]`
    const lines = [
      `id: ${stringLiteral(id)}`,
      `downRevision: ${names(downRevision)}`,
      ...(branchLabels.length === 0 ? [] : [`branchLabels: ${names(branchLabels)}`]),
      ...(dependsOn.length === 0 ? [] : [`dependsOn: ${names(dependsOn)}`]),
      ...(doc === '' ? [] : [`doc: ${stringLiteral(doc)}`]),
      ...(createDate === undefined ? [] : [`createDate: ${stringLiteral(createDate)}`]),
      `file: ${stringLiteral(shown(file))}`,
      `format: ${stringLiteral(format)}`,
      `checksum: ${stringLiteral(checksumOf(revision))}`,
      // Line ends as in the checksum: a template normalizes them too.
      format === 'sql'
        ? `text: \`${templateText(readRevisionText(file).replaceAll('\r\n', '\n'))}\``
        : `module: ${name}`,
    ]
    return `    {\n${lines.map((l) => `      ${l},\n`).join('')}    },\n`
  })
  return `${typed ? '// @ts-nocheck: the imports end in .ts, as Node and bundlers take them\n' : ''}/** ${mark}: run it again instead of changing it. */
${imports.join('\n')}

const bundle${typed ? ': Bundle' : ''} = {
  config${config === undefined ? ': {}' : config.endsWith('package.json') ? ': packageFile.ambix' : ''},
  revisions: [
${entries.join('')}  ],
${environment === undefined ? '' : '  env,\n'}}
export default bundle
`
}

/** A `package.json` has it under a key of its own. */
function configImport(file: string, specifier: (path: string) => string): string {
  const from = stringLiteral(specifier(file))
  const name = file.endsWith('package.json') ? 'packageFile' : 'config'
  return `import ${name} from ${from}${file.endsWith('.json') ? " with { type: 'json' }" : ''}`
}

function specifierOf(path: string, file: string): string {
  const way = relative(dirname(file), path).replaceAll('\\', '/')
  return way.startsWith('.') ? way : `./${way}`
}
