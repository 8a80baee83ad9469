/** The operation that a name means which is none: as other tools call it, or mistyped. */
import { closest } from '../util/closest.ts'

/** Methods of Alembic, Knex, TypeORM, node-pg-migrate and others, in lower case without underscores. */
const words: ReadonlyMap<string, string> = new Map([
  ['exec', 'execute'],
  ['getbind', 'run'],
  ['getcontext', 'run'],
  ['query', 'execute'],
  ['raw', 'execute'],
  ['rawsql', 'execute'],
  ['runasync', 'run'],
  ['runsql', 'execute'],
  ['sql', 'execute'],
])

/** Verbs for which ambix has another one. */
const verbs: readonly (readonly [RegExp, string])[] = [
  [/^(?:remove|delete)(?=[A-Z_])_?/u, 'drop'],
  [/^(?:change|modify|update)(?=[A-Z_])_?/u, 'alter'],
  [/^(?:add|make|define)(?=[A-Z_])_?/u, 'create'],
  [/^create(?=[A-Z_])_?/u, 'add'],
]

export function meantOperation(name: string, known: readonly string[]): string | undefined {
  const plain = (word: string): string => word.replaceAll('_', '').toLowerCase()
  const verbal = verbs.filter(([verb]) => verb.test(name))
  const said = [name, ...verbal.map(([verb, own]) => name.replace(verb, own))].map(plain)
  // A verb that is known is not mistyped: what another one does, or the reverse, is not meant.
  const own = [/^[a-z]*/u.exec(name)![0], ...verbal.map(([, verb]) => verb)]
  const near = verbal.length === 0 ? known : known.filter((operation) => own.some((verb) => operation.startsWith(verb)))
  return (
    words.get(plain(name)) ??
    known.find((operation) => said.includes(plain(operation))) ??
    closest(name.replaceAll('_', ''), near)
  )
}
