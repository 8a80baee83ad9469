/** Entities that an ORM's configuration names by paths and globs: their files are loaded as models are, TypeScript and decorators too. */
import { globSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { importDecorated } from './decorated.ts'

/** A list of classes, or what has a class for each of its values, as TypeORM allows; anything else stays as it is. */
export async function entitiesOf(
  entities: unknown,
  base: string,
  isEntity: (value: Function) => boolean = () => true,
): Promise<unknown> {
  if (typeof entities !== 'object' || entities === null) return entities
  const found = new Set<unknown>()
  for (const entity of Object.values(entities) as unknown[]) {
    if (typeof entity !== 'string') {
      found.add(entity)
      continue
    }
    const path = isAbsolute(entity) ? entity : resolve(base, entity)
    for (const file of globSync([path, `${path}/*.{ts,mts,cts,js,mjs,cjs}`]).toSorted()) {
      if (!/\.[cm]?[jt]s$/.test(file) || /\.d\.[cm]?ts$/.test(file)) continue
      for (const value of Object.values(await importDecorated(file)))
        if (typeof value === 'function' ? isEntity(value) : isEntitySchema(value)) found.add(value)
    }
  }
  return [...found]
}

/** Both ORMs name the class so; MikroORM's `defineEntity` gives an object of that shape. */
const isEntitySchema = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (value.constructor?.name === 'EntitySchema' || ('meta' in value && 'init' in value))
