/** What stands inside the keys of a configuration: a wrong value or a misspelled name there is refused before anything is done. */
import { AmbixError } from '../errors.ts'
import { dataOf } from '../schema/declared.ts'
import { type AnyShape, flag, shape, shown, word } from '../schema/shapes.ts'
import { closest } from '../util/closest.ts'

export const func: AnyShape = shape('a function', (v) => typeof v === 'function')
export const record: AnyShape = shape('an object', (v) => typeof v === 'object' && v !== null && !Array.isArray(v))
const list: AnyShape = shape('a list of objects', (v) => Array.isArray(v) && v.every(record.fits))
const nameOrFunction: AnyShape = shape('a template or a function', (v) => word.fits(v) || func.fits(v))

/** Keys by name, or `each`: keys of any name. */
type Inner = { readonly keys: Readonly<Record<string, AnyShape>> } | { readonly each: AnyShape; readonly of?: Inner }

const only = (keys: Readonly<Record<string, AnyShape>>): Inner => ({ keys })
const all = (shape: AnyShape, names: readonly string[]): Inner =>
  only(Object.fromEntries(names.map((name) => [name, shape])))

const inner: Readonly<Record<string, Inner>> = {
  namingConvention: all(nameOrFunction, ['ix', 'uq', 'ck', 'fk', 'pk', 'ex']),
  capabilities: all(flag, ['advisoryLock', 'transactionalDdl', 'concurrentIndex']),
  manage: { each: flag },
  environments: { each: record },
  operations: {
    each: record,
    of: only({
      ...Object.fromEntries(
        ['create', 'expand', 'reverse', 'apply', 'footprint', 'render'].map((name) => [name, func]),
      ),
      compile: record,
    }),
  },
  handlers: { each: record, of: { each: func } },
  commands: {
    each: record,
    of: only({
      summary: word,
      description: word,
      positionals: list,
      options: list,
      example: word,
      run: func,
    }),
  },
  postWriteHooks: { each: record, of: only({ command: word, cwd: word }) },
}

/** The names that kinds have in `manage`. */
const managed =
  'table enum sequence domain composite range view routine trigger policy extension schema definition comment grant rule'.split(
    ' ',
  )
/** Kinds as people call them beside. */
const calledOtherwise = new Map([
  ['function', 'routine'],
  ['procedure', 'routine'],
  ['type', 'enum'],
])

/** Throws CONFIG.INVALID for what stands inside `key`. Its value is of the right kind itself. */
export function checkInside(key: string, value: unknown, where: string): void {
  if (typeof value !== 'object' || value === null) return
  if (key === 'manage') checkKinds(value, where)
  if (key === 'schema') checkSources(value, where)
  else if (key === 'targets') {
    for (const source of ['sql', 'file'])
      if (source in value && !word.fits((value as Record<string, unknown>)[source]))
        throw wrong(`${where}: targets.${source}`, word, (value as Record<string, unknown>)[source])
  } else if (key === 'driver') {
    const { open } = value as { open?: unknown }
    if (!func.fits(open)) throw wrong(`${where}: driver.open`, func, open)
  } else if (Object.hasOwn(inner, key)) checkKeys(value, inner[key]!, where, key)
}

/** Without it, an `exec` that is no command would be a collection that declares nothing: a schema without tables. */
function checkSources(value: object, where: string, path = 'schema'): void {
  if (Array.isArray(value)) {
    for (const [i, one] of (value as readonly unknown[]).entries()) {
      if (Array.isArray(one) || typeof one === 'function') continue
      if (typeof one === 'object' && one !== null) checkSources(one, where, `${path}[${i}]`)
      else if (!word.fits(one)) throw wrong(`${where}: ${path}[${i}]`, word, one)
    }
    return
  }
  for (const source of ['exec', 'url']) {
    const given = (value as Record<string, unknown>)[source]
    // A table may have such a name.
    if (Object.keys(value).join() === source && !word.fits(given) && dataOf(given) === undefined)
      throw wrong(`${where}: ${path}.${source}`, word, given)
  }
}

function checkKeys(value: object, wanted: Inner, where: string, path: string): void {
  for (const [key, given] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`
    const known = 'each' in wanted ? wanted.each : wanted.keys[key]
    if (known === undefined) {
      const keys = Object.keys((wanted as { readonly keys: object }).keys)
      const meant = closest(key, keys)
      throw new AmbixError('CONFIG.INVALID', `${where}: ${path} has an unknown key: ${key}`, {
        next: [meant === undefined ? `It takes ${keys.join(', ')}` : `Did you mean ${meant}?`],
      })
    }
    if (given === undefined) continue
    if (!known.fits(given)) throw wrong(`${where}: ${at}`, known, given)
    if ('of' in wanted && wanted.of !== undefined) checkKeys(given as object, wanted.of, where, at)
  }
}

/** A kind that has no such name would manage nothing, silently. Other kinds are those of `definition(…)`, by any name. */
function checkKinds(value: object, where: string): void {
  for (const kind of Object.keys(value)) {
    if (managed.includes(kind)) continue
    const one = kind.toLowerCase().replace(/ies$/u, 'y').replace(/s$/u, '')
    const meant = calledOtherwise.get(one) ?? managed.find((known) => known === one)
    if (meant !== undefined)
      throw new AmbixError('CONFIG.INVALID', `${where}: manage has an unknown kind: ${kind}`, {
        next: [`Did you mean ${meant}?`],
      })
  }
}

function wrong(what: string, wanted: AnyShape, given: unknown): AmbixError {
  return new AmbixError('CONFIG.INVALID', `${what} must be ${wanted.wants}`, { why: `${shown(given)} was given` })
}
