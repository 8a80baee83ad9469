/** Finds the packages of an ORM in the user's project; an error names the one that is missing or has an unsupported version. */
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

/** Which versions are read, and by whom. */
interface Wanted {
  readonly by: string
  readonly from: string
  readonly below: string
  /** The version to install where another is unsupported, if it is not the newest that begins as `from` does. */
  readonly tried?: string
}

/**
 * The package in the project's node_modules, with its version. Throws SCHEMA.SOURCE with the line that installs it, or,
 * where its version is not within `from` and `below`, with all three.
 */
export function findPackage(name: string, projectDir: string, wanted: Wanted): OrmPackage {
  const found = locate(name, projectDir)
  if (found !== undefined) return fitting(found, wanted)
  throw new AmbixError('SCHEMA.SOURCE', `${wanted.by} needs the package "${name}", which is not installed`, {
    why: `It was looked for from ${projectDir}.`,
    next: [{ text: 'Install it in your project', command: `npm i -D ${name}` }],
    data: { package: name },
  })
}

/** Throws SCHEMA.SOURCE where the package is too old or too new. */
export function fitting(found: OrmPackage, { by, from, below, tried }: Wanted): OrmPackage {
  const { name, version } = found
  const tooOld = older(version, from)
  if (!tooOld && older(version, below)) return found
  throw new AmbixError('SCHEMA.SOURCE', `${by} cannot read ${name} ${version}`, {
    why: `It reads ${name} from ${from} up to, but not including, ${below}; the project has one that is too ${tooOld ? 'old' : 'new'}.`,
    next: [
      {
        text: 'Install a version that fits',
        command: `npm i -D ${name}@${tried ?? (from.startsWith('0.') ? `~${from}` : `^${from}`)}`,
      },
    ],
    data: { package: name, version, from, below },
  })
}

/** By the three numbers; a preview counts as what it comes before. */
function older(a: string, b: string): boolean {
  const numbers = (text: string): number[] => text.split('.').map((part) => Number.parseInt(part, 10) || 0)
  const [x, y] = [numbers(a), numbers(b)]
  for (let i = 0; i < 3; i++) if ((x[i] ?? 0) !== (y[i] ?? 0)) return (x[i] ?? 0) < (y[i] ?? 0)
  return false
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

/** Imports an entry of a package as the project's own code would. Throws SCHEMA.SOURCE with the package's own message. */
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
