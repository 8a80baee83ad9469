/**
 * `npm run docs`: stages the pages of docs/ with what is made from the source (errors by code, the API, llms.txt), builds the site with
 * VitePress into site/, and fails on a link or an anchor that leads nowhere. Only npm packages are fetched, into this workspace.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brokenLinks } from './links.mjs'
import { errorPages } from './errors.mjs'
import { llms } from './llms.mjs'
import { sidebarOf } from './sidebar.mjs'
import { withTabs } from './tabs.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../../', import.meta.url))
const staged = join(here, '.src')
const site = join(root, 'site')

if (!upToDate()) run('npm', ['ci', '--prefix', here, '--ignore-scripts', '--no-audit', '--no-fund'], root)

rmSync(staged, { recursive: true, force: true })
rmSync(site, { recursive: true, force: true })
cpSync(join(root, 'docs'), staged, { recursive: true })
cpSync(join(here, 'pages'), staged, { recursive: true })
writeFileSync(join(staged, 'security.md'), readFileSync(join(root, 'SECURITY.md'), 'utf8').replaceAll('](docs/', ']('))

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const entries = Object.values(exports)
  .filter((e) => typeof e === 'object')
  .map((e) => e.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts'))
run(process.execPath, [bin('typedoc'), ...entries.flatMap((e) => ['--entryPoints', join(root, e)])], here)

for (const [file, text] of errorPages(root)) put(file, text)
for (const file of pages()) {
  const text = readFileSync(join(staged, file), 'utf8')
  put(file, forSite(file, text))
}
writeFileSync(join(staged, 'sidebar.json'), JSON.stringify({ sidebar: sidebarOf(staged) }))

run(process.execPath, [bin('vitepress'), 'build', here], here)
for (const [file, text] of llms(staged)) writeFileSync(join(site, file), text)

const broken = brokenLinks(site)
for (const b of broken) console.error(b)
console.error(`site: ${pages().length} pages, ${broken.length} broken links`)
if (broken.length > 0) process.exitCode = 1

function forSite(file, text) {
  // README is how a folder's page is called on GitHub.
  const renamed = text.replaceAll(
    /\]\(((?:[\w./-]*\/)?)README\.md(#[^)]*)?\)/g,
    (_, folder, anchor = '') => `](${folder}index.md${anchor})`,
  )
  return file.startsWith('api/') ? renamed : withTabs(renamed.replaceAll('](../SECURITY.md', '](security.md'))
}

function pages() {
  return readdirSync(staged, { recursive: true, encoding: 'utf8' })
    .map((f) => f.replaceAll('\\', '/'))
    .filter((f) => f.endsWith('.md'))
}

function put(file, text) {
  const name = file.replace(/(^|\/)README\.md$/, '$1index.md')
  if (name !== file) rmSync(join(staged, file), { force: true })
  mkdirSync(dirname(join(staged, name)), { recursive: true })
  writeFileSync(join(staged, name), text)
}

/** Whether what is installed is what the lock says. */
function upToDate() {
  const installed = join(here, 'node_modules/.package-lock.json')
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(here, 'package-lock.json')).mtimeMs
}

function bin(name) {
  const manifest = JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8'))
  const path = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[name]
  return join(here, 'node_modules', name, path)
}

function run(command, args, cwd) {
  console.error(
    `$ ${posix.basename(command)} ${args
      .map((a) => relative(root, a) || a)
      .slice(0, 3)
      .join(' ')} …`,
  )
  execFileSync(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] })
}
