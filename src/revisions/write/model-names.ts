/** Names of the constants in a written module: identifiers that are unique, valid and close to the names in the database. */
import { refText } from '../../schema/keys.ts'
import type { SchemaObject } from '../../schema/model.ts'
import { columnKinds } from '../../schema/types.ts'

/** All value exports of `ambix/schema` that a module may import, JavaScript's keywords, and `t`, the parameter of extras. */
const reserved: ReadonlySet<string> = new Set([
  ...Object.keys(columnKinds),
  ...'decimal domainRef compositeRef rangeRef customType untyped enumRef enumType inlineEnum schema aggregate composite definition domain extension fn grant revoke'.split(
    ' ',
  ),
  ...'materializedView policy procedure range rule sequence trigger view isSql sql table check exclude foreignKey index primaryKey unique uniqueIndex'.split(
    ' ',
  ),
  ...'break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof'.split(
    ' ',
  ),
  ...'new null return super switch this throw true try typeof var void while with yield let static await async of arguments eval undefined NaN Infinity'.split(
    ' ',
  ),
  ...'implements interface package private protected public module exports require Object t'.split(' '),
])

const suffixes: Readonly<Record<string, string>> = {
  table: 'Table',
  enum: 'Enum',
  view: 'View',
  routine: 'Function',
  sequence: 'Sequence',
  schema: 'Schema',
}

/** `user_accounts` and `UserAccounts` become `userAccounts`; a result that is not an identifier gets an underscore or its kind's name. */
export function identifierOf(name: string, kind: string): string {
  const words = name.split(/[^\p{L}\p{N}$]+/u).filter((w) => w !== '')
  const joined = words
    .map((w, i) =>
      i === 0
        ? /^\p{Lu}+$/u.test(w)
          ? w.toLowerCase()
          : w.replace(/^\p{Lu}/u, (c) => c.toLowerCase())
        : w.replace(/^./u, (c) => c.toUpperCase()),
    )
    .join('')
  const safe = joined.replaceAll(/[^\p{ID_Continue}$]/gu, '')
  if (safe === '') return kind
  return /^[\p{ID_Start}$]/u.test(safe) ? safe : `_${safe}`
}

/** Gives names, each once. */
export class ModuleNames {
  readonly #taken = new Set<string>()

  take(name: string, kind: string): string {
    const plain = identifierOf(name, kind)
    const long = `${plain}${suffixes[kind] ?? 'Type'}`
    for (let i = 1; ; i++) {
      const candidate = i === 1 ? plain : i === 2 ? long : `${long}${i - 1}`
      if (reserved.has(candidate) || this.#taken.has(candidate)) continue
      this.#taken.add(candidate)
      return candidate
    }
  }
}

const first = ['table', 'view', 'enum', 'domain', 'composite', 'range', 'routine', 'sequence']

/** By key: tables choose first, then views, types, and the rest; and by schema, for the objects that are in one. */
export function moduleNames(objects: ReadonlyMap<string, SchemaObject>): {
  readonly objects: ReadonlyMap<string, string>
  readonly schemas: ReadonlyMap<string, string>
} {
  const names = new ModuleNames()
  const found = new Map<string, string>()
  for (const kind of first)
    for (const [key, o] of objects) if (o.kind === kind && 'name' in o) found.set(key, names.take(o.name, kind))
  const schemas = new Map<string, string>()
  for (const o of objects.values()) {
    const name = o.kind === 'schema' ? o.name : 'schema' in o && o.kind !== 'extension' ? o.schema : undefined
    if (name !== undefined && !schemas.has(name)) schemas.set(name, names.take(name, 'schema'))
  }
  for (const list of ['extensions', 'triggers', 'policies', 'rules', 'definitions', 'grants'])
    found.set(`list:${list}`, names.take(list, list))
  return { objects: found, schemas }
}

export const typeKeyOf = (type: { readonly kind: string; readonly schema?: string; readonly name?: string }): string =>
  `${type.kind}:${refText(type.schema === undefined ? { name: type.name ?? '' } : { schema: type.schema, name: type.name ?? '' })}`
