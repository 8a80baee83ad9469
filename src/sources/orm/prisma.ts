/** Prisma's schema files: Prisma's own engine prints their DDL, its WebAssembly build where it is installed, else its command. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import type { Connection } from '../../drivers/driver.ts'
import { AmbixError } from '../../errors.ts'
import { messageOf } from '../../util/redact.ts'
import { filesOf } from '../modules.ts'
import type { DdlText, SchemaSource, SourceContext } from '../source.ts'
import { fitting, locate } from './packages.ts'
import { neverSaid, ormSource } from './orm-source.ts'

interface PrismaFile {
  readonly path: string
  readonly content: string
}

/** Prisma's name of the database by the dialect's. */
const providers: Readonly<Record<string, string>> = { postgres: 'postgresql', mysql: 'mysql', sqlite: 'sqlite' }

const synonyms: Readonly<Record<string, string>> = { postgres: 'postgresql' }

const engine = '@prisma/schema-engine-wasm'
const triedEngine = '8.1.0-2.59be4fda12412a79eeb9c2ae727b6aa723593323'

/**
 * @param path the schema file, or the folder that holds several; Prisma's own default
 * @example schema: prisma('./prisma/schema.prisma')
 */
export function prisma(path = './prisma/schema.prisma'): SchemaSource {
  const name = `prisma(${path})`
  return ormSource({
    name,
    unsaid: [...neverSaid, 'comment', 'extension', 'policy', 'schema', 'sequence', 'trigger', 'view'],
    ddl: async (context) => {
      const { projectDir, dialect } = context
      const paths = filesOf(path, projectDir, (file) => file.endsWith('.prisma'))
      const files = paths.map((file) => ({ path: relative(projectDir, file), content: readFileSync(file, 'utf8') }))
      const provider = files.map((f) => providerOf(f.content)).find((found) => found !== undefined)
      if (provider !== undefined && provider !== providers[dialect.name]) {
        throw new AmbixError(
          'SCHEMA.SOURCE',
          `The datasource of ${path} has the provider ${provider}, and the database speaks ${dialect.name}`,
          {
            next: ['Point `schema` to the Prisma schema of this database, or correct `url` in ambix.config.ts'],
          },
        )
      }
      const text = await printed(context, path, files)
      return [{ name, text: withoutDefaultSchema(text) } satisfies DdlText]
    },
  })
}

/** The provider of the datasource block: a literal, as Prisma asks. */
function providerOf(content: string): string | undefined {
  const block = /^[ \t]*datasource\s+\w+\s*\{([^}]*)\}/m.exec(content)?.[1]
  const found = block === undefined ? undefined : /^\s*provider\s*=\s*"([^"]+)"/m.exec(block)?.[1]
  return found === undefined ? undefined : (synonyms[found] ?? found)
}

async function printed(context: SourceContext, path: string, files: readonly PrismaFile[]): Promise<string> {
  const { projectDir } = context
  const wasm = locate(engine, projectDir)
  const by = `prisma(${path})`
  if (wasm !== undefined) {
    fitting(wasm, { by, from: '6.0.0', below: '9.0.0', tried: triedEngine })
    return byEngine(context, wasm.folder, path, files)
  }
  const cli = locate('prisma', projectDir)
  if (cli === undefined) {
    throw new AmbixError('SCHEMA.SOURCE', `${by} needs Prisma's engine, which is not installed`, {
      why: `Neither ${engine} nor prisma was found from ${projectDir}.`,
      next: [{ text: 'Install the engine as WebAssembly', command: `npm i -D ${engine}` }],
      data: { package: engine },
    })
  }
  fitting(cli, { by, from: '4.0.0', below: '9.0.0' })
  return byCommand(projectDir, cli.folder, cli.version, path)
}

async function byCommand(cwd: string, folder: string, version: string, path: string): Promise<string> {
  const bin = join(folder, 'build/index.js')
  const to = Number.parseInt(version, 10) >= 7 ? '--to-schema' : '--to-schema-datamodel'
  const args = [bin, 'migrate', 'diff', '--from-empty', to, path, '--script']
  return new Promise((done, fail) => {
    execFile(
      process.execPath,
      args,
      { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) return done(stdout)
        fail(
          new AmbixError('SCHEMA.SOURCE', `Prisma ${version} cannot print the DDL of ${path}`, {
            why: stderr.trim().slice(-1500) || error.message,
            next: [
              {
                text: 'Where its engine cannot be downloaded, install it as WebAssembly',
                command: `npm i -D ${engine}`,
              },
            ],
            cause: error,
          }),
        )
      },
    )
  })
}

/** The engine's glue code, by shape. */
interface Engine {
  diff(params: Record<string, unknown>): Promise<{ readonly stdout: string | null }>
  free(): void
}
interface Glue {
  __wbg_set_wasm(exports: Readonly<Record<string, unknown>>): void
  readonly SchemaEngine: {
    new: (options: Record<string, unknown>, log: (line: string) => void, factory: unknown) => Promise<Engine>
  }
}

/** Node has it; the types of this project, which has no DOM, do not. */
const wasmOf = (
  globalThis as unknown as {
    WebAssembly: {
      instantiate(
        bytes: Uint8Array,
        imports: Record<string, unknown>,
      ): Promise<{ readonly instance: { readonly exports: Readonly<Record<string, unknown>> } }>
    }
  }
).WebAssembly

let engines = 0

async function byEngine(
  context: SourceContext,
  folder: string,
  path: string,
  files: readonly PrismaFile[],
): Promise<string> {
  const glueFile = join(folder, 'schema_engine_bg.js')
  const wasmFile = join(folder, 'schema_engine_bg.wasm')
  if (!existsSync(glueFile) || !existsSync(wasmFile)) {
    throw new AmbixError('SCHEMA.SOURCE', `The package ${engine} does not have the files that ambix knows`, {
      why: `${glueFile} or ${wasmFile} is missing.`,
      next: [
        {
          text: 'Install a version that ambix was tried with',
          command: `npm i -D ${engine}@${triedEngine}`,
        },
      ],
    })
  }
  // Since Prisma 7 a schema file has no URLs; those of older ones do not matter for the DDL.
  const contents = files.map((f) => ({ path: f.path, content: withoutUrls(f.content) }))
  try {
    // The glue keeps its first argument: a second engine in one process needs a copy of its own, or it waits for ever.
    const glue = (await import(`${pathToFileURL(glueFile).href}?ambix=${++engines}`)) as Glue
    const { instance } = await wasmOf.instantiate(readFileSync(wasmFile), {
      './schema_engine_bg.js': glue,
    })
    glue.__wbg_set_wasm(instance.exports)
    const start = instance.exports['__wbindgen_start']
    if (typeof start === 'function') start()
    const opened = await glue.SchemaEngine.new(
      { datamodels: contents.map((f) => [f.path, f.content]) },
      () => {},
      adapterOver((await context.scratch()).connection),
    )
    const { stdout } = await opened.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: contents },
      script: true,
      shadowDatabaseUrl: null,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    })
    return stdout ?? ''
  } catch (cause) {
    throw new AmbixError('SCHEMA.SOURCE', `Prisma's engine cannot read ${path}`, {
      why: stripVTControlCharacters(messageOf(cause)).trim(),
      next: ['Fix the schema file; nothing was changed'],
      cause,
    })
  }
}

/** URLs of the datasource block, as empty lines: places in messages stay right. */
function withoutUrls(content: string): string {
  return content.replace(/^[ \t]*datasource\s+\w+\s*\{[^}]*\}/m, (block) =>
    block.replaceAll(/^[ \t]*(?:url|directUrl|shadowDatabaseUrl)\s*=.*$/gm, ''),
  )
}

/** `CREATE SCHEMA IF NOT EXISTS "public"` begins what Prisma prints, and is left out. */
const withoutDefaultSchema = (text: string): string =>
  text.replaceAll(/^(?:-- CreateSchema\s*\n)?CREATE SCHEMA IF NOT EXISTS "public";\s*$/gm, '')

/** Prisma's driver adapter, as far as the engine asks before it compares with nothing: which server this is. */
function adapterOver(connection: Connection): unknown {
  const ok = <T>(value: T): unknown => ({
    ok: true,
    value,
    map: <R>(f: (v: T) => R) => ok(f(value)),
    flatMap: <R>(f: (v: T) => R) => f(value),
  })
  const errorRegistry = { consumeError: () => undefined }
  const adapter = {
    provider: 'postgres',
    adapterName: 'ambix',
    errorRegistry,
    queryRaw: async ({ sql, args }: { sql: string; args: readonly unknown[] }) => {
      const rows = await connection.values(sql, args)
      const width = rows[0]?.length ?? 0
      const text = 7
      return ok({
        columnNames: Array.from({ length: width }, (_, i) => ['exists', 'version', 'numeric_version'][i] ?? `c${i}`),
        columnTypes: Array.from({ length: width }, () => text),
        rows,
      })
    },
    executeRaw: () => Promise.resolve(ok(0)),
    executeScript: () => Promise.resolve(ok(undefined)),
    dispose: () => Promise.resolve(ok(undefined)),
    getConnectionInfo: () => ok({ schemaName: 'public', supportsRelationJoins: true }),
  }
  return {
    provider: 'postgres',
    adapterName: 'ambix',
    errorRegistry,
    connect: () => Promise.resolve(ok(adapter)),
    connectToShadowDb: () => Promise.resolve(ok(adapter)),
  }
}
