/** Finds the packages of an ORM in the user's project, and says plainly which one is missing or does not fit. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AmbixError } from '../../errors.ts'
import { messageOf } from '../../util/redact.ts'

export interface OrmPackage {
  /** `drizzle-kit`. */
  readonly name: string
  readonly version: string
  readonly folder: string
}

/**
 * The package in the project's node_modules, with its version. Throws SCHEMA.SOURCE with the line that installs it, or,
 * where its major version is not one of `majors`, with both versions.
 */
export function findPackage(
  name: string,
  projectDir: string,
  wanted: { readonly by: string; readonly from: string; readonly below?: string },
): OrmPackage {
  const found = locate(name, projectDir)
  if (found === undefined) {
    throw new AmbixError('SCHEMA.SOURCE', `${wanted.by} needs the package "${name}", which is not installed`, {
      why: `It was looked for from ${projectDir}.`,
      next: [{ text: 'Install it in your project', command: `npm i -D ${name}` }],
      data: { package: name },
    })
  }
  const known = (text: string): number[] => text.split('.').map((part) => Number.parseInt(part, 10) || 0)
  const older = (a: string, b: string): boolean => {
    const [x, y] = [known(a), known(b)]
    for (let i = 0; i < 3; i++) if ((x[i] ?? 0) !== (y[i] ?? 0)) return (x[i] ?? 0) < (y[i] ?? 0)
    return false
  }
  const tooOld = older(found.version, wanted.from)
  if (tooOld || (wanted.below !== undefined && !older(found.version, wanted.below))) {
    throw new AmbixError('SCHEMA.SOURCE', `${wanted.by} cannot read ${name} ${found.version}`, {
      why: `It reads ${name} from ${wanted.from}${wanted.below === undefined ? '' : ` up to, but not including, ${wanted.below}`}; the project has one that is too ${tooOld ? 'old' : 'new'}.`,
      next: [
        {
          text: 'Install a version that fits',
          command: `npm i -D ${name}@${wanted.from.split('.')[0] === '0' ? `~${wanted.from}` : `^${wanted.from}`}`,
        },
      ],
      data: { package: name, version: found.version, from: wanted.from, below: wanted.below },
    })
  }
  return found
}

/** The package's folder and version, without loading it; undefined where it is not installed. */
export function locate(name: string, projectDir: string): OrmPackage | undefined {
  const require = createRequire(join(projectDir, 'package.json'))
  for (const folder of require.resolve.paths(name) ?? []) {
    const file = join(folder, name, 'package.json')
    if (!existsSync(file)) continue
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as { version?: string }
    return { name, version: parsed.version ?? '0.0.0', folder: dirname(file) }
  }
  return undefined
}

/** Imports an entry of a package as the project's own code would. Throws SCHEMA.SOURCE with the package's own words. */
export async function importFrom(entry: string, projectDir: string): Promise<Record<string, unknown>> {
  try {
    const file = createRequire(join(projectDir, 'package.json')).resolve(entry)
    const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>
    const inner = module['default']
    return typeof inner === 'object' && inner !== null ? { ...inner, ...module } : module
  } catch (cause) {
    throw new AmbixError('SCHEMA.SOURCE', `The package entry "${entry}" cannot be loaded`, {
      why: messageOf(cause),
      next: [
        {
          text: 'Install it again',
          command: `npm i -D ${entry
            .split('/')
            .slice(0, entry.startsWith('@') ? 2 : 1)
            .join('/')}`,
        },
      ],
      data: { entry },
      cause,
    })
  }
}
