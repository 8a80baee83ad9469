/** The keys of a configuration, and what their values must be. */
import { AmbixError } from '../errors.ts'
import { closest } from '../util/closest.ts'
import type { Config } from './config.ts'
import { checkInside, func as aFunction, record as anObject } from './inner-keys.ts'
import { startingDialects } from './registry.ts'

type Check = (value: unknown) => boolean
const string: Check = (v) => typeof v === 'string' && v !== ''
const boolean: Check = (v) => typeof v === 'boolean'
const func: Check = aFunction.fits
const strings: Check = (v) => Array.isArray(v) && v.every(string)
const functions: Check = (v) => Array.isArray(v) && v.every(func)
const record: Check = anObject.fits
const rowBound: Check = (v) =>
  record(v) && Object.keys(v as object).join() === 'rows' && Number.isInteger((v as { rows: unknown }).rows)
const checks: Readonly<Record<keyof Config, readonly [Check, string]>> = {
  root: [string, 'a path'],
  schema: [
    (v) => string(v) || Array.isArray(v) || record(v),
    'a path, a glob, a list of them, { exec }, { url } or the tables themselves',
  ],
  migrations: [(v) => string(v) || (strings(v) && (v as unknown[]).length > 0), 'a folder or a list of folders'],
  recursive: [boolean, 'true or false'],
  url: [(v) => string(v) || func(v), 'a URL or a function that gives one'],
  dialect: [string, `the name of a dialect: ${startingDialects.join(', ')}`],
  driver: [(v) => string(v) || record(v), 'a driver name or a driver'],
  scratch: [string, "a URL, 'database', 'transaction' or 'pglite'"],
  versionTable: [string, 'a table name'],
  versionTableSchema: [string, 'a schema name'],
  schemas: [(v) => v === 'all' || strings(v), "a list of schema names or 'all'"],
  privileges: [boolean, 'true or false'],
  transactionPerMigration: [boolean, 'true or false'],
  lockWait: [(v) => duration(v) !== undefined, "a number of milliseconds or a text such as '60s'"],
  lockTimeout: [(v) => duration(v) !== undefined, "a number of milliseconds or a text such as '3s'"],
  lockRetry: [(v) => duration(v) !== undefined, "a number of milliseconds or a text such as '5m'"],
  statementTimeout: [(v) => duration(v) !== undefined, "a number of milliseconds or a text such as '30s'"],
  autoMerge: [boolean, 'true or false'],
  edited: [(v) => v === 'warn' || v === 'error' || v === 'ignore', "'warn', 'error' or 'ignore'"],
  allow: [strings, "a list of hazards such as 'DATA_LOSS:posts.body'"],
  hazards: [
    (v) => v === 'allow' || v === 'refuse' || v === 'refuse-both-ways',
    "'allow', 'refuse' or 'refuse-both-ways'",
  ],
  safe: [(v) => boolean(v) || strings(v) || rowBound(v), 'true, false, a list of table names or { rows: 10000 }'],
  fileTemplate: [string, 'a text with {rev}, {slug}, {year}, …'],
  slugLength: [(v) => Number.isInteger(v) && (v as number) > 0, 'a positive whole number'],
  timezone: [string, 'an IANA time zone such as Europe/Paris'],
  template: [string, 'a path'],
  format: [(v) => v === false || string(v), "'ts', 'sql', 'auto', false or a command"],
  postWriteHooks: [
    (v) => Array.isArray(v) && v.every((h) => record(h) && string((h as { command?: unknown }).command)),
    'a list of { command }',
  ],
  namingConvention: [record, 'an object with keys ix, uq, ck, fk, pk'],
  actor: [string, 'a name'],
  capabilities: [record, 'an object of true or false by name'],
  targets: [
    (v) => Array.isArray(v) || func(v) || record(v),
    'a list, an async iterable, a function, { sql } or { file }',
  ],
  fleet: [record, 'an object of url, searchPath and lease'],
  environments: [record, 'an object of configs by name'],
  includeObject: [func, 'a function'],
  includeName: [func, 'a function'],
  manage: [record, 'an object of true or false by kind'],
  compareType: [(v) => boolean(v) || func(v), 'true, false or a function'],
  compareServerDefault: [(v) => boolean(v) || func(v), 'true, false or a function'],
  renderItem: [func, 'a function'],
  processRevisionDirectives: [(v) => func(v) || functions(v), 'a function or a list of them'],
  onVersionApply: [(v) => func(v) || functions(v), 'a function or a list of them'],
  transactionalDdl: [boolean, 'true or false'],
  operations: [record, 'an object of operations by name'],
  handlers: [record, 'an object of handlers by dialect'],
  comparators: [functions, 'a list of functions'],
  commands: [
    (v) => record(v) && Object.values(v as object).every((c) => record(c) && func((c as { run?: unknown }).run)),
    'an object of { summary, run } by name',
  ],
}

/** `500`, `'5s'`, `'250ms'`, `'2m'` in milliseconds; undefined for anything else. */
export function duration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined
  if (typeof value !== 'string') return undefined
  const m = /^(\d+(?:\.\d+)?)\s*(ms|s|m)?$/.exec(value.trim())
  if (!m) return undefined
  return Number(m[1]) * (m[2] === 'ms' || m[2] === undefined ? 1 : m[2] === 's' ? 1000 : 60_000)
}

function nearest(word: string, among: readonly string[]): string | undefined {
  const lower = word.toLowerCase()
  const known = (test: (key: string) => boolean): string | undefined => among.find((k) => test(k.toLowerCase()))
  return known((k) => k === lower || k.startsWith(lower.slice(0, 5))) ?? known((k) => lower.endsWith(k))
}

/** Throws CONFIG.INVALID for a key that is not known, and for a value that is none of its. */
export function validate(config: Config, where: string): void {
  for (const [key, value] of Object.entries(config)) {
    const check = (checks as Readonly<Record<string, readonly [Check, string]>>)[key]
    if (check === undefined) {
      const guess = nearest(key, Object.keys(checks)) ?? closest(key, Object.keys(checks))
      throw new AmbixError('CONFIG.INVALID', `${where} has an unknown key: ${key}`, {
        next: [guess === undefined ? `The keys are ${Object.keys(checks).join(', ')}` : `Did you mean ${guess}?`],
      })
    }
    // A variable that the URL lacks is reported when the URL is needed: `heads` needs none.
    if (key === 'url' && (value === undefined || value === '')) continue
    if (value === undefined) throw withoutValue(where, key, check[1])
    if (!check[0](value)) throw new AmbixError('CONFIG.INVALID', `${where}: ${key} must be ${check[1]}`)
    checkInside(key, value, where)
  }
}

/** CONFIG.INVALID: a key without a value, as from an unset `process.env.UNSET`. */
export function withoutValue(where: string, key: string, what: string): AmbixError {
  return new AmbixError('CONFIG.INVALID', `${where}: ${key} has no value (it is undefined); it must be ${what}`, {
    next: [`Give ${key} a value, such as an environment variable that is set, or take the key out`],
  })
}
