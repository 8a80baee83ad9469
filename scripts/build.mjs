/** Builds dist: JavaScript in as few files as sharing allows (esbuild), and the declarations beside it (tsc). `--js` leaves the declarations out. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { buildStart } from './build-start.mjs'
import { buildStudio } from './build-studio.mjs'
import { packageEntries, root } from './entries.mjs'

const { entries, missing } = packageEntries()
for (const m of missing) console.error(`build: no source for ${m}`)
if (missing.length > 0) process.exitCode = 1

// Built beside and then moved, so that whoever runs ambix meanwhile finds the old dist or the new one.
const next = join(root, `dist.${process.pid}`)
const entryPoints = Object.fromEntries(entries.map((e) => [e.name, join(root, e.source)]))
if (existsSync(join(root, 'src/cli/main.ts'))) entryPoints['cli'] = join(root, 'src/cli/main.ts')
try {
  mkdirSync(next, { recursive: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    metafile: true,
    outdir: next,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.18',
    packages: 'external',
    sourcemap: true,
    sourcesContent: false,
    chunkNames: 'chunks/[name]-[hash]',
    logLevel: 'warning',
  })
  if ('cli' in entryPoints) await buildStart(next, metafile)
  await buildStudio(next)
  if (!process.argv.includes('--js')) {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const files = entries.map((e) => e.source)
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', next], {
      cwd: root,
      stdio: 'inherit',
    })
    for (const f of files) {
      const declaration = join(next, f.replace(/^src\//, '').replace(/\.ts$/, '.d.ts'))
      if (!existsSync(declaration)) throw new Error(`tsc wrote no ${declaration}`)
    }
  }
  const old = join(root, `dist.old.${process.pid}`)
  if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old)
  renameSync(next, join(root, 'dist'))
  rmSync(old, { recursive: true, force: true })
} finally {
  rmSync(next, { recursive: true, force: true })
}
const all = readdirSync(join(root, 'dist'), { recursive: true }).map(String)
const js = all.filter((f) => f.endsWith('.js'))
const size = js.reduce((sum, f) => sum + statSync(join(root, 'dist', f)).size, 0)
console.error(
  `build: ${js.length} files of JavaScript, ${Math.round(size / 1024)} kB; ${all.filter((f) => f.endsWith('.d.ts')).length} of declarations`,
)
