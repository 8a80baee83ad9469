/** A server that takes no more connections, of anyone or of this user. */
import type { Code, NextAction } from '../errors.ts'

const again =
  'Run the same command again when some are free: it looks where the database stands, and goes on from there'

/** `limit`: the setting that bounds them. */
export const noneFree = (
  message: string,
  limit: string,
  list: string,
): readonly [Code, string, readonly (NextAction | string)[]] => [
  'DATABASE.CONNECT',
  message,
  [`Close other connections, idle ones first (${list} lists them), or raise ${limit}`, again],
]
