/** Holds the lockfiles to completeness: each dependency that an entry names, optional platform ones too, has its own entry. */
import { readFileSync } from 'node:fs'

for (const file of ['package-lock.json', 'test/ecosystem/package-lock.json']) {
  const { packages } = JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))
  const missing = []
  for (const [path, entry] of Object.entries(packages)) {
    const names = [...Object.keys(entry.dependencies ?? {}), ...Object.keys(entry.optionalDependencies ?? {})]
    for (const name of names) if (!found(packages, path, name)) missing.push(`${path || '(root)'} needs ${name}`)
    // .npmrc leaves registries out of the lock, so that it works behind any of them.
    if (/^https?:/.test(entry.resolved ?? '')) missing.push(`${path} names a registry`)
  }
  if (missing.length > 0) {
    console.error(`${file} is not complete; npm ci would refuse it:\n  ${missing.join('\n  ')}`)
    process.exitCode = 1
  } else {
    console.error(`${file}: ${Object.keys(packages).length} entries, complete`)
  }
}

/** Whether `name` is found from the folder `from`, as Node looks it up: here, then in each parent's node_modules. */
function found(packages, from, name) {
  for (let at = from; ;) {
    if (`${at === '' ? '' : `${at}/`}node_modules/${name}` in packages) return true
    if (at === '') return false
    const cut = at.lastIndexOf('/')
    at = cut < 0 ? '' : at.slice(0, cut)
  }
}
