/** What to write instead of a method that none of ambix's builders has. */
import { createRequire } from 'node:module'
import { closest } from '../closest.ts'

/** What other tools' builders call it. */
const spellings: Readonly<Record<string, string>> = {
  $default: 'defaultFn(…)',
  $defaultfn: 'defaultFn(…)',
  $onupdate: 'defaultFn(…)',
  autoincrement: 'identity()',
  defaultnow: 'default(sql`now()`)',
  defaultrandom: 'default(sql`gen_random_uuid()`)',
  defaultto: 'default(…)',
  generatedalwaysas: 'generatedAs(…)',
  generatedalwaysasidentity: "identity({ generation: 'always' })",
  generatedbydefaultasidentity: 'identity()',
  nonnull: 'notNull()',
  nonullable: 'notNull()',
  notnullable: 'notNull()',
  optional: 'nullable()',
  pk: 'primaryKey()',
  primary: 'primaryKey()',
  required: 'notNull()',
}

/**
 * The next step after `message`, V8's own, about code in `file`, as in `text(...).notNul is not a function` and
 * `text(...).notNull.unique is not a function`; undefined where it is about nothing that ambix makes. `builders`: what the file was given
 * in place of an import.
 */
export function adviceOnMethod(file: string, message: string, builders?: object): string | undefined {
  const [, maker, between, method] =
    /^([\w$]+)\(\.\.\.\)((?:\.[\w$]+(?:\(\.\.\.\))?)*)\.([\w$]+) is not a function$/.exec(message) ?? []
  if (maker === undefined || method === undefined) return undefined
  const methods = methodsOf(file, maker, builders)
  const uncalled = /\.([\w$]+)$/.exec(between ?? '')?.[1]
  if (uncalled !== undefined && methods.includes(uncalled)) return `Call it: .${uncalled}()`
  const said = spellings[method.toLowerCase()]
  const name = said === undefined ? closest(method, methods) : said
  return name === undefined || !methods.includes(name.split('(')[0]!) ? undefined : `Did you mean .${name}?`
}

/** The methods of what the function of that name makes, as the file's own import would find it; none where it makes no builder. */
function methodsOf(file: string, maker: string, builders: object | undefined): readonly string[] {
  try {
    const all: unknown = builders ?? createRequire(file)('ambix/schema')
    const made = (all as Record<string, (() => object) | undefined>)[maker]?.()
    const names: string[] = []
    for (
      let of: unknown = made;
      typeof of === 'object' && of !== null && of !== Object.prototype;
      of = Object.getPrototypeOf(of)
    )
      if (of !== made) names.push(...Object.getOwnPropertyNames(of))
    return names
  } catch {
    return []
  }
}
