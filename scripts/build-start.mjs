/**
 * Builds dist/cli.cjs, what the `ambix` command starts from: one CommonJS file with the command line and the commands that are asked often and do
 * little (`current`, `heads`, `history`, an upgrade with nothing to do). Node loads it without its loader of ES modules, which alone would cost as
 * much as the work itself. dist/check.cjs is the same for `check`, which would load eighty modules, and dist/fleet.cjs for `--targets`. Everything
 * else comes, when it is needed, from the ES modules that libraries use.
 */
import { join, relative, resolve, sep } from 'node:path'
import { build } from 'esbuild'
import { root } from './entries.mjs'

/** Dynamic imports that are taken into each file. */
const starts = {
  cli: {
    entry: 'src/cli/main.ts',
    hot: /^src\/(?:cli\/(?:help|actions\/(?:current|heads|history|upgrade))|commands\/state|config\/registry|dialects\/\w+\/session-dialect|drivers\/pg|util\/(?:evaluate|redact))\.ts$/,
  },
  fleet: {
    entry: 'src/cli/fleet/run.ts',
    hot: /^src\/(?:config\/registry|dialects\/postgres\/(?:index|session\/session-dialect)|drivers\/pg|util\/(?:evaluate|redact))\.ts$/,
  },
  check: {
    entry: 'src/cli/actions/check.ts',
    hot: /^src\/(?:commands\/project\/tampering|config\/registry|dialects\/(?:postgres|mysql)\/(?:index|session\/session-dialect)|drivers\/(?:pg|mysql2)|util\/(?:evaluate|import-module|redact))\.ts$/,
  },
}

const slashes = (path) => path.split(sep).join('/')

/** @param {string} out The folder of the ES modules. @param {import('esbuild').Metafile} metafile Of their build. */
export async function buildStart(out, metafile) {
  const modules = new Map()
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint !== undefined) modules.set(slashes(entryPoint), `./${slashes(relative(out, join(root, file)))}`)
  }
  for (const name of ['check', 'fleet']) modules.set(starts[name].entry, `./${name}.cjs`)
  for (const [name, { entry, hot }] of Object.entries(starts)) await buildOne(out, name, entry, hot, modules)
}

async function buildOne(out, name, entry, hot, modules) {
  await build({
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    outdir: out,
    outExtension: { '.js': '.cjs' },
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
}
