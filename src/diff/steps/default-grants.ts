/** Privileges that default privileges would give to a new object, and what must therefore be revoked or granted after it is created. */
import { append } from '../../util/append.ts'
import type { Operation, Target } from '../../operations/kinds.ts'
import type { Column, Definition, Grant, Schema, SchemaObject, Table } from '../../schema/model.ts'
import { usualGrants } from '../../schema/usual-privileges.ts'
import { impliedSequence } from './object-operations.ts'
import { sameSchema } from '../graph/needs.ts'
import { columnsAgain, grantOps, targetOf } from './targets.ts'

export interface DefaultGrant {
  readonly schema?: string
  /** TABLES, SEQUENCES, FUNCTIONS, TYPES, SCHEMAS. */
  readonly on: string
  readonly grant: Grant
  /** Default privileges of PUBLIC are revoked. */
  readonly revoked: boolean
}

const said =
  /^ALTER DEFAULT PRIVILEGES FOR ROLE ("(?:[^"]|"")+"|\S+)(?: IN SCHEMA ("(?:[^"]|"")+"|\S+))? (GRANT|REVOKE) ([A-Z, ]+) ON ([A-Z ]+) (?:TO|FROM) ("(?:[^"]|"")+"|\S+)( WITH GRANT OPTION)?$/

const plainName = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name)

/** The default privileges that a schema holds; the role that creates the object may not be the one they are for. */
export function defaultGrants(schema: Schema): readonly DefaultGrant[] {
  const found: DefaultGrant[] = []
  for (const object of schema.objects.values()) {
    if (object.kind !== 'definition' || object.objectKind !== 'default privileges') continue
    const m = said.exec(object.create[0] ?? '')
    if (m === null) continue
    // The owner has all privileges: default privileges for the object's creator add none.
    if (m[6] !== 'PUBLIC' && plainName(m[6]!) === plainName(m[1]!)) continue
    found.push({
      ...(m[2] === undefined ? {} : { schema: plainName(m[2]) }),
      on: m[5]!,
      revoked: m[3] === 'REVOKE',
      grant: {
        grantee: m[6] === 'PUBLIC' ? 'public' : plainName(m[6]!),
        privileges: m[4]!.split(', '),
        ...(m[7] === undefined ? {} : { grantable: true }),
      },
    })
  }
  return found
}

export function wordOf(object: SchemaObject): string | undefined {
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

/** The grants and revokes after which a new object has exactly what it is to have. */
export function afterMaking(object: SchemaObject, defaults: readonly DefaultGrant[]): readonly Operation[] {
  if (object.kind === 'definition') return defaults.length === 0 ? [] : ofForeignTable(object, defaults)
  const word = wordOf(object)
  const on = targetOf(object)
  if (defaults.length === 0 || word === undefined || on === undefined) return []
  const schema = 'schema' in object ? object.schema : undefined
  const ops = [...difference(on, word, schema, object.grants ?? usualGrants(object), defaults, usualGrants(object))]
  if (object.kind === 'table') append(ops, columnsAgain(object, object, ops))
  if (object.kind === 'table') for (const column of object.columns) append(ops, afterCounting(object, column, defaults))
  return ops
}

/** A foreign table is held by its statements, its grants among them. */
function ofForeignTable(object: Definition, defaults: readonly DefaultGrant[]): readonly Operation[] {
  const on = object.objectKind === 'foreign table' ? targetOf(object) : undefined
  if (on === undefined) return []
  const said = object.create.flatMap((sql) => {
    const m = /^GRANT (.+) ON TABLE .* TO ("(?:[^"]|"")+"|\S+)( WITH GRANT OPTION)?$/.exec(sql)
    if (m === null) return []
    const grant = {
      grantee: m[2] === 'PUBLIC' ? 'public' : plainName(m[2]!),
      ...(m[3] === undefined ? {} : { grantable: true }),
    }
    // Privileges are of the table, or each of one column: SELECT (name).
    return [...m[1]!.matchAll(/([A-Z]+)(?: \(("(?:[^"]|"")+"|[^()"]+)\))?(?:, |$)/g)].map((p) => ({
      grant: { ...grant, privileges: [p[1]!] } satisfies Grant,
      column: p[2] === undefined ? undefined : plainName(p[2]),
    }))
  })
  const grants = said.flatMap(({ grant, column }) => (column === undefined ? [grant] : []))
  const names = new Set(said.flatMap(({ column }) => column ?? []))
  const columns = [...names].map((c) => ({
    name: c,
    grants: said.flatMap(({ grant, column }) => (column === c ? [grant] : [])),
  }))
  const ops = difference(on, 'TABLES', on.schema, grants, defaults)
  const table = { ...sameSchema(on, on.name), columns }
  return [...ops, ...columnsAgain(table, table, ops)]
}

/** The same for the sequence that is created with a serial or identity column. */
export function afterCounting(table: Table, column: Column, defaults: readonly DefaultGrant[]): readonly Operation[] {
  const sequence = impliedSequence(table, column)
  if (defaults.length === 0 || sequence === undefined || column.inherited === true) return []
  return difference({ kind: 'sequence', ...sameSchema(table, sequence) }, 'SEQUENCES', table.schema, [], defaults)
}

function difference(
  on: Target,
  word: string,
  schema: string | undefined,
  grants: readonly Grant[],
  defaults: readonly DefaultGrant[],
  everybody: readonly Grant[] = [],
): readonly Operation[] {
  const fitting = defaults.filter((d) => d.on === word && (d.schema === undefined || d.schema === (schema ?? d.schema)))
  if (fitting.length === 0) return []
  const taken = fitting.some((d) => d.revoked)
  const given = fitting.filter((d) => !d.revoked).map((d) => d.grant)
  return grantOps(on, { grants: [...(taken ? [] : everybody), ...given] }, { grants }, { fresh: true })
}
