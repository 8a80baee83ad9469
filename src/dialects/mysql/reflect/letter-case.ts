/** Names of tables and views in small letters, where the server keeps them so (lower_case_table_names = 1). */
import { keyOf, refText } from '../../../schema/keys.ts'
import { lazySchema } from '../../../schema/lazy.ts'
import type { Constraint, Ref, Schema, SchemaObject } from '../../../schema/model.ts'

/** The schema as such a server stores it; the same schema where no name has a capital letter. */
export function inSmallLetters(schema: Schema): Schema {
  const names = new Map<string, string>()
  const keys = new Map<string, string>()
  const objects = new Map<string, SchemaObject>()
  for (const [key, object] of schema.objects) {
    const small = smallObject(object)
    const own = small === object ? key : keyOf(small)
    if (own !== key) {
      keys.set(key, own)
      if ('name' in object && 'name' in small) names.set(refText(object), refText(small))
    }
    objects.set(own, small)
  }
  const same = [...schema.objects].every(([key, object]) => objects.get(key) === object)
  if (same) return schema
  const named = (key: string): string => keys.get(key) ?? partKey(key, names)
  const dependencies = (): Schema['dependencies'] =>
    new Map([...schema.dependencies].map(([key, needs]) => [named(key), needs.map(named)] as const))
  return lazySchema(objects, dependencies, schema.uncovered, schema.told)
}

/** `column:Users.id` and other parts of a table. */
function partKey(key: string, names: ReadonlyMap<string, string>): string {
  const found = /^(column|constraint|index|trigger):((?:"(?:[^"]|"")*"|[^".])+)\.(.+)$/su.exec(key)
  const name = found === null ? undefined : names.get(found[2]!)
  return name === undefined ? key : `${found![1]}:${name}.${found![3]}`
}

function smallObject(object: SchemaObject): SchemaObject {
  switch (object.kind) {
    case 'table': {
      const constraints = object.constraints.map(smallConstraint)
      const { renamedFrom } = object
      if (isSmall(object) && constraints.every((c, i) => c === object.constraints[i])) return object
      return {
        ...object,
        ...smallRef(object),
        ...(renamedFrom === undefined ? {} : { renamedFrom: renamedFrom.toLowerCase() }),
        constraints,
      }
    }
    case 'view':
    case 'sequence':
      return isSmall(object) ? object : { ...object, ...smallRef(object) }
    case 'trigger':
      return isSmall(object.table) ? object : { ...object, table: smallRef(object.table) }
    default:
      return object
  }
}

function smallConstraint(constraint: Constraint): Constraint {
  if (constraint.kind !== 'foreignKey' || isSmall(constraint.references)) return constraint
  return { ...constraint, references: smallRef(constraint.references) }
}

/** Databases are folders, and tables files: both have small names. */
const smallRef = (ref: Ref): Ref => ({
  ...(ref.schema === undefined ? {} : { schema: ref.schema.toLowerCase() }),
  name: ref.name.toLowerCase(),
})

function isSmall(ref: Ref): boolean {
  return ref.name === ref.name.toLowerCase() && ref.schema === ref.schema?.toLowerCase()
}
