/** What default privileges would give to a new object, and what must therefore be taken away, or given, after it is made. */
import type { Operation, Target } from '../operations/kinds.ts'
import type { Grant, Schema, SchemaObject, Table } from '../schema/model.ts'
import { impliedSequence } from './make.ts'
import { sameSchema } from './needs.ts'
import { grantOps, targetOf } from './targets.ts'

interface DefaultGrant {
  readonly schema?: string
  /** TABLES, SEQUENCES, FUNCTIONS, TYPES, SCHEMAS. */
  readonly on: string
  readonly grant: Grant
  /** What everybody has by nature is taken away. */
  readonly revoked: boolean
}

const said =
  /^ALTER DEFAULT PRIVILEGES FOR ROLE (?:"(?:[^"]|"")+"|\S+)(?: IN SCHEMA ("(?:[^"]|"")+"|\S+))? (GRANT|REVOKE) ([A-Z, ]+) ON ([A-Z ]+) (?:TO|FROM) ("(?:[^"]|"")+"|\S+)( WITH GRANT OPTION)?$/

const plainName = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name)

/** The default privileges that a schema holds; whoever makes the object may not be the one they are for. */
export function defaultGrants(schema: Schema): readonly DefaultGrant[] {
  const found: DefaultGrant[] = []
  for (const object of schema.objects.values()) {
    if (object.kind !== 'definition' || object.objectKind !== 'default privileges') continue
    const m = said.exec(object.create[0] ?? '')
    if (m === null) continue
    found.push({
      ...(m[1] === undefined ? {} : { schema: plainName(m[1]) }),
      on: m[4]!,
      revoked: m[2] === 'REVOKE',
      grant: {
        grantee: m[5] === 'PUBLIC' ? 'public' : plainName(m[5]!),
        privileges: m[3]!.split(', '),
        ...(m[6] === undefined ? {} : { grantable: true }),
      },
    })
  }
  return found
}

function wordOf(object: SchemaObject): string | undefined {
  switch (object.kind) {
    case 'table':
    case 'view':
      return 'TABLES'
    case 'sequence':
      return 'SEQUENCES'
    case 'routine':
      return 'FUNCTIONS'
    case 'enum':
    case 'domain':
    case 'composite':
    case 'range':
      return 'TYPES'
    case 'schema':
      return 'SCHEMAS'
    default:
      return undefined
  }
}

const usual: Readonly<Record<string, string>> = { FUNCTIONS: 'EXECUTE', TYPES: 'USAGE' }

/** The grants and revokes after which a new object has exactly what it is to have. */
export function afterMaking(object: SchemaObject, defaults: readonly DefaultGrant[]): readonly Operation[] {
  const word = wordOf(object)
  const on = targetOf(object)
  if (defaults.length === 0 || word === undefined || on === undefined) return []
  const schema = 'schema' in object ? object.schema : undefined
  const ops = [...difference(on, word, schema, object.grants, defaults)]
  if (object.kind === 'table') ops.push(...ofImplied(object, defaults))
  return ops
}

/** The sequences of serial and identity columns are made with their table. */
function ofImplied(table: Table, defaults: readonly DefaultGrant[]): readonly Operation[] {
  return table.columns.flatMap((column) => {
    const sequence = impliedSequence(table, column)
    if (sequence === undefined || column.inherited === true) return []
    return difference({ kind: 'sequence', ...sameSchema(table, sequence) }, 'SEQUENCES', table.schema, [], defaults)
  })
}

function difference(
  on: Target,
  word: string,
  schema: string | undefined,
  grants: readonly Grant[] | undefined,
  defaults: readonly DefaultGrant[],
): readonly Operation[] {
  const fitting = defaults.filter((d) => d.on === word && (d.schema === undefined || d.schema === (schema ?? d.schema)))
  if (fitting.length === 0) return []
  const open = usual[word]
  const everybody: Grant[] = open === undefined ? [] : [{ grantee: 'public', privileges: [open] }]
  const taken = fitting.some((d) => d.revoked)
  const given = fitting.filter((d) => !d.revoked).map((d) => d.grant)
  return grantOps(on, { grants: [...(taken ? [] : everybody), ...given] }, { grants: grants ?? everybody }, true)
}
