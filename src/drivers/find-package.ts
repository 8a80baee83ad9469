/** Finds a driver's package: in the user's project first, then next to ambix itself. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AmbixError } from '../errors.ts'
import { messageOf } from '../util/redact.ts'

/** The file that `name` (a package or a subpath of one) resolves to from a folder; undefined where it is not installed. */
export function resolvePackage(name: string, projectDir: string): string | undefined {
  for (const from of [join(projectDir, 'package.json'), import.meta.filename]) {
    try {
      return createRequire(from).resolve(name)
    } catch {
      // not there: the next place
    }
  }
  return undefined
}

/** Imports the package. Throws DATABASE.DRIVER_MISSING with the line that installs it. */
export async function importPackage(
  name: string,
  projectDir: string,
  wantedBy: string,
): Promise<Record<string, unknown>> {
  const file = resolvePackage(name, projectDir)
  if (file === undefined) {
    throw new AmbixError('DATABASE.DRIVER_MISSING', `${wantedBy} needs the "${name}" package, which is not installed`, {
      next: [{ text: 'Install it in your project', command: `npm i ${name}` }],
      data: { package: name },
    })
  }
  try {
    const module = await load(file)
    const fallback = module['default']
    return typeof fallback === 'object' && fallback !== null ? { ...fallback, ...module } : module
  } catch (cause) {
    throw new AmbixError('DATABASE.DRIVER_MISSING', `The "${name}" package is installed but cannot be loaded`, {
      why: messageOf(cause),
      next: [{ text: 'Install it again', command: `npm i ${name}` }],
      data: { package: name },
      cause,
    })
  }
}

/** By `require`, which takes half the time for a CommonJS package with many files; a module that awaits at its top can only be imported. */
async function load(file: string): Promise<Record<string, unknown>> {
  try {
    return createRequire(file)(file) as Record<string, unknown>
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>
  }
}
