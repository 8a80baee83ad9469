/**
 * Builds dist/cli.cjs, what the `ambix` command starts from: one CommonJS file with the command line and the commands that are asked often and do
 * little (`current`, `heads`, `history`, an upgrade with nothing to do). Node loads it without its loader of ES modules, which alone would cost as
 * much as the work itself. dist/check.cjs is the same for `check`, which would load eighty modules, dist/fleet.cjs for `--targets`, and dist/run.cjs for
 * what runs or writes revisions on PostgreSQL. Everything else comes, when it is needed, from the ES modules that libraries use.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { build } from 'esbuild'
import { root } from './entries.mjs'

/** `hot`: dynamic imports that are taken into each file. Two files share no state, so that modules with some of it are in one of them. */
const starts = {
  cli: {
    entries: ['src/cli/main.ts'],
    hot: /^src\/(?:cli\/(?:help|actions\/(?:current|heads|history|upgrade))|config\/registry|dialects\/(?:\w+\/)+session-dialect|drivers\/pg|util\/(?:evaluate|redact))\.ts$/,
  },
  run: {
    entries: [
      'src/commands/run/run.ts',
      'src/commands/run/offline.ts',
      'src/dialects/postgres/index.ts',
      'src/runtime/history.ts',
    ],
    hot: /^src\/(?:schema|commands\/run\/(?:clash|history-operations|leftover-enums|refuse-hazards)|diff\/complete|dialects\/postgres\/(?:index|session\/session-dialect)|runtime\/history|util\/(?:evaluate|redact))\.ts$/,
  },
  fleet: {
    entries: ['src/cli/fleet/run.ts'],
    hot: /^src\/(?:config\/registry|dialects\/postgres\/(?:index|session\/session-dialect)|drivers\/pg|util\/(?:evaluate|redact))\.ts$/,
  },
  check: {
    entries: ['src/cli/actions/check.ts'],
    hot: /^src\/(?:schema|commands\/project\/tampering|config\/registry|dialects\/(?:postgres|mysql)\/(?:index|session\/session-dialect)|drivers\/(?:pg|mysql2)|util\/(?:evaluate|import-module|redact))\.ts$/,
  },
}

const slashes = (path) => path.split(sep).join('/')

/** @param {string} out The folder of the ES modules. @param {import('esbuild').Metafile} metafile Of their build. */
export async function buildStart(out, metafile) {
  const modules = new Map()
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint !== undefined) modules.set(slashes(entryPoint), `./${slashes(relative(out, join(root, file)))}`)
  }
  for (const [name, { hot }] of Object.entries(starts)) {
    const others = name === 'cli' ? ['run', 'check', 'fleet'] : []
    const files = others.flatMap((other) => starts[other].entries.map((entry) => [entry, `./${other}.cjs`]))
    await buildOne(out, name, hot, new Map([...modules, ...files]))
  }
}

/** Through the loader of ES modules it would take a sixth more. */
const required = (text) =>
  text.replaceAll(/\bimport\(("\.\/\w+\.cjs")\)/g, (_, file) => `Promise.resolve().then(()=>require(${file}))`)

async function buildOne(out, name, hot, modules) {
  const outfile = join(out, `${name}.cjs`)
  await build({
    absWorkingDir: root,
    stdin: {
      contents: starts[name].entries.map((entry) => `export * from './${entry}'`).join('\n'),
      resolveDir: root,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22.18',
    packages: 'external',
    // Half of what Node reads and compares with its cache; the names stay, for traces.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    define: { 'import.meta.url': 'ambixUrl', 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
    banner: { js: "const ambixUrl = require('node:url').pathToFileURL(__filename).href" },
    plugins: [
      {
        name: 'the rest from the modules',
        setup({ onResolve }) {
          onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
            if (kind !== 'dynamic-import') return undefined
            const source = slashes(relative(root, resolve(resolveDir, path)))
            if (hot.test(source)) return undefined
            const module = modules.get(source)
            if (module === undefined) return { errors: [{ text: `${source} is no file of dist` }] }
            return { path: module, external: true }
          })
        },
      },
    ],
  })
  await writeFile(outfile, required(await readFile(outfile, 'utf8')))
}
