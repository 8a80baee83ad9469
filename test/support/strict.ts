/** Holds many written files to `tsc --strict` in one run, as a project that has all its warnings on would. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { folderOf } from './folder.ts'

const root = resolve(import.meta.dirname, '../..')

/** What the compiler says of the files, by name; `ambix` is the source of this checkout. */
export function typeErrors(files: Readonly<Record<string, string>>): readonly string[] {
  const folder = folderOf({
    ...files,
    'package.json': '{ "type": "module" }',
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        noUnusedLocals: true,
        noUnusedParameters: true,
        module: 'nodenext',
        target: 'es2024',
        skipLibCheck: true,
        allowImportingTsExtensions: true,
        types: ['node'],
        typeRoots: [`${root}/node_modules/@types`],
        paths: {
          ambix: [`${root}/src/index.ts`],
          'ambix/schema': [`${root}/src/schema.ts`],
          'ambix/kysely': [`${root}/src/kysely.ts`],
          kysely: [`${root}/node_modules/kysely/dist/index.d.ts`],
        },
      },
      include: ['*.ts'],
    }),
  })
  const run = spawnSync(`${root}/node_modules/.bin/tsc`, ['-p', folder, '--pretty', 'false'], { encoding: 'utf8' })
  if (run.error !== undefined) throw run.error
  const said = run.stdout.split('\n').filter((l) => l !== '')
  return run.status === 0 || said.length > 0 ? said : [`tsc ended with ${run.status}: ${run.stderr}`]
}
