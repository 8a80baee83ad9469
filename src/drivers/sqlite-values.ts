/** Shared by the drivers of SQLite: the file that a URL names, and the conversion of values both ways. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AmbixError } from '../errors.ts'
import { messageOf } from '../util/redact.ts'
import { pathOf } from './url-path.ts'

/** The file that a URL names, absolute; `:memory:` as it is. */
export function sqlitePath(url: string, projectDir: string): string {
  try {
    if (/^file:\/\//i.test(url)) return fileURLToPath(url)
    const rest = url
      .replace(/^(sqlite3?|file):/i, '')
      .replace(/^\/\/(?=\/)/, '')
      .replace(/^\/\//, '')
    const path = pathOf(rest.replace(/\?(?:[\w-]+=[^/?]*)?$/, ''), projectDir)
    if (path === ':memory:' || path === 'memory' || path === 'memory:') return ':memory:'
    if (path === '') throw new TypeError('no path')
    return resolve(projectDir, path)
  } catch {
    throw new AmbixError('DATABASE.URL', 'The SQLite URL cannot be understood', {
      next: ['Write sqlite:./app.db or sqlite::memory:'],
    })
  }
}

export type Bindable = null | number | bigint | string | Uint8Array

/** node:sqlite takes a Date in first place as an object of named parameters and stores NULL: so every value is converted here. */
export function bindable(value: unknown): Bindable {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return JSON.stringify(value)
}

/** Numbers that are exact as numbers are numbers. */
export const plain = (value: unknown): unknown =>
  typeof value === 'bigint' && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
    ? Number(value)
    : value

export function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  return String(value as string | number | bigint)
}

/** DATABASE.CONNECT for a file that cannot be opened. */
export function cannotOpen(path: string, error: unknown): AmbixError {
  return new AmbixError('DATABASE.CONNECT', `The database file ${path} cannot be opened`, {
    why: messageOf(error),
    next: ['Check that the folder exists and may be written to, and that the file is a SQLite database'],
  })
}
