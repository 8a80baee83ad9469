/** Hashes, without loading `node:crypto` before the first one: as an ES module it costs a start four milliseconds. */

/** The hex digest of a text (as UTF-8). */
export function hash(algorithm: 'sha256' | 'md5', text: string): string {
  return process.getBuiltinModule('node:crypto').hash(algorithm, text, 'hex')
}
