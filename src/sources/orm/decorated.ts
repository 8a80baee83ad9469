/** Entities with decorators: what TypeORM and MikroORM need in tsconfig.json, named in the error where their import fails without it. */
import { dirname } from 'node:path'
import { AmbixError, isAmbixError } from '../../errors.ts'
import { importModule } from '../../util/import-module.ts'

/** As `importModule`; throws MODULE.LOAD with the options that tsconfig.json lacks as the next step. */
export async function importDecorated(file: string): Promise<Record<string, unknown>> {
  try {
    return await importModule(file)
  } catch (error) {
    if (!isAmbixError(error, 'MODULE.LOAD') || !(error.cause instanceof Error)) throw error
    // Legacy decorators that are called as those of TC39 get no class, and look for its constructor.
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
