/**
 * Files with entities: those that an ORM's configuration names by paths and globs are loaded as models are; an error names the
 * options that their decorators need in tsconfig.json where these are missing.
 */
import { globSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { AmbixError, isAmbixError } from '../../errors.ts'
import { importModule } from '../../util/import-module.ts'

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

/** Both ORMs use this class name; MikroORM's `defineEntity` returns an object of that shape. */
const isEntitySchema = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (value.constructor?.name === 'EntitySchema' || ('meta' in value && 'init' in value))

/** As `importModule`; throws MODULE.LOAD with the options that tsconfig.json lacks as the next step. */
export async function importDecorated(file: string): Promise<Record<string, unknown>> {
  try {
    return await importModule(file)
  } catch (error) {
    if (!isAmbixError(error, 'MODULE.LOAD') || !(error.cause instanceof Error)) throw error
    // Legacy decorators that are called like standard ones get no class, and read its constructor.
    if (!/emitDecoratorMetadata|reading 'constructor'|decorator/i.test(error.cause.message)) throw error
    const { getTsconfig } = await import('get-tsconfig')
    const found = getTsconfig(dirname(file))
    const options = found?.config.compilerOptions ?? {}
    const missing = (['experimentalDecorators', 'emitDecoratorMetadata'] as const).filter((o) => options[o] !== true)
    if (missing.length === 0) throw error
    throw new AmbixError('MODULE.LOAD', error.message, {
      why: error.why,
      next: [
        `Set ${missing.map((o) => `"${o}": true`).join(' and ')} in "compilerOptions" of ${found?.path ?? 'a tsconfig.json beside it'}: the decorators need it`,
      ],
      data: error.data,
      cause: error.cause,
    })
  }
}
