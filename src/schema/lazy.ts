/** Schemas whose dependencies are computed on first use: where nothing differs, they are not used. */
import type { Schema } from './model.ts'

/** `dependencies` is called at most once. */
export function lazySchema(
  objects: Schema['objects'],
  dependencies: () => Schema['dependencies'],
  uncovered: Schema['uncovered'],
  told?: Schema['told'],
): Schema {
  let found: Schema['dependencies'] | undefined
  return Object.freeze({
    objects,
    get dependencies() {
      return (found ??= dependencies())
    },
    uncovered,
    ...(told === undefined ? {} : { told }),
  })
}

/** The same schema with other objects under the same keys. */
export function withObjects(schema: Schema, objects: Schema['objects']): Schema {
  return lazySchema(objects, () => schema.dependencies, schema.uncovered, schema.told)
}
