/** Hashes, without loading `node:crypto` before the first one: loading it as an ES module adds four milliseconds to the start. */

let crypto: typeof import('node:crypto') | undefined

/** The hex digest of bytes, or of a text as UTF-8. */
export function hash(algorithm: 'sha256' | 'md5', text: string | Uint8Array): string {
  crypto ??= process.getBuiltinModule('node:crypto')
  return crypto.hash(algorithm, text, 'hex')
}
