/**
 * Asks the registry about known faults of the packages that a user of ambix gets, and fails on high and critical ones. A registry that
 * answers no such question is said in one line and passed over, unless AMBIX_AUDIT_REQUIRED is set.
 */
import { spawnSync } from 'node:child_process'

const { stdout, stderr, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  timeout: 120_000,
  cwd: new URL('..', import.meta.url),
})
const answer = read(stdout ?? '')
const counts = answer?.metadata?.vulnerabilities
if (counts === undefined) {
  const why = answer?.message ?? answer?.error?.summary ?? error?.message ?? (stderr ?? '').split('\n')[0]
  console.error(`audit: not done, the registry gives no answer${why ? ` (${String(why).split('\n')[0]})` : ''}`)
  process.exitCode = process.env.AMBIX_AUDIT_REQUIRED ? 1 : 0
} else {
  const bad = Object.values(answer.vulnerabilities ?? {}).filter(
    (v) => v.severity === 'high' || v.severity === 'critical',
  )
  for (const { name, severity, range, via } of bad)
    console.error(`  ${severity}: ${name} ${range}: ${via.map((v) => v.title ?? v).join('; ')}`)
  console.error(
    `audit: ${answer.metadata.dependencies?.prod ?? 0} packages at run time, ${bad.length} with a high or critical fault, ${counts.total} with any`,
  )
  process.exitCode = bad.length > 0 ? 1 : 0
}

function read(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
