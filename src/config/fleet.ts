/** The fleet section of the configuration, checked: the control database, the search path, the lease. */
import { AmbixError } from '../errors.ts'
import { closest } from '../util/closest.ts'
import type { FleetSetting } from './config.ts'
import { duration, withoutValue } from './keys.ts'
import type { Settings } from './settings.ts'

export interface FleetSettings {
  /** Of the control database. Throws CONFIG.INVALID. */
  readonly url: () => Promise<string>
  /** After a target's own schema. */
  readonly searchPath: readonly string[]
  readonly leaseMs: number
}

const keys: readonly (keyof FleetSetting)[] = ['url', 'searchPath', 'lease']

/** Throws CONFIG.INVALID. */
export function fleetSettings(settings: Settings): FleetSettings {
  const given = settings.raw.fleet ?? {}
  const where = settings.file ?? 'The configuration'
  for (const key of Object.keys(given)) {
    if ((keys as readonly string[]).includes(key)) continue
    const guess = closest(key, keys)
    throw new AmbixError('CONFIG.INVALID', `${where}: fleet has an unknown key: ${key}`, {
      next: [guess === undefined ? `It takes ${keys.join(', ')}` : `Did you mean ${guess}?`],
    })
  }
  const { searchPath = [] } = given
  if (!Array.isArray(searchPath) || !searchPath.every((s) => typeof s === 'string' && s !== ''))
    throw new AmbixError('CONFIG.INVALID', `${where}: fleet.searchPath must be a list of schema names`)
  const leaseMs = duration(given.lease ?? '30s')
  if (leaseMs === undefined || leaseMs < 1000)
    throw new AmbixError('CONFIG.INVALID', `${where}: fleet.lease must be a second or more, such as '30s'`)
  return {
    url: async () => {
      if (!Object.hasOwn(given, 'url')) return settings.url()
      const url: unknown = typeof given.url === 'function' ? await given.url() : given.url
      if (typeof url === 'string' && url.trim() !== '') return url
      throw withoutValue(where, 'fleet.url', 'the URL of a database')
    },
    searchPath,
    leaseMs,
  }
}
