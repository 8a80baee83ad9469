/** References in .env files: `${OTHER}` and `$OTHER` in values that are not in single quotes. */

type Values = Readonly<Record<string, string | undefined>>

/**
 * The values with references resolved, from the environment first, then from the file and from `earlier` files; `${NAME:-default}` has a
 * default, a backslash before the dollar keeps it. What names itself, directly or by a detour, is empty there.
 *
 * @example expandVariables({ HOST: 'db', URL: 'postgres://${HOST}/app' }, text, {}).URL // postgres://db/app
 */
export function expandVariables(values: Values, text: string, earlier: Values): Record<string, string> {
  const literal = new Set([...text.matchAll(/^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*'/gm)].map((m) => m[1]!))
  const done: Record<string, string> = {}
  const valueOf = (name: string, path: readonly string[]): string | undefined => {
    const set = process.env[name]
    if (set !== undefined) return set
    if (Object.hasOwn(done, name)) return done[name]
    const value = values[name]
    if (value === undefined) return earlier[name]
    return literal.has(name) ? value : resolved(value, [...path, name])
  }
  const resolved = (value: string, path: readonly string[]): string =>
    value.replaceAll(
      /\\\$|\$\{(\w+)(?::?-([^}]*))?\}|\$([A-Za-z_]\w*)/g,
      (whole, braced: string | undefined, fallback: string | undefined, bare: string | undefined) => {
        const name = braced ?? bare
        if (name === undefined) return '$'
        // A password may contain a dollar: text that names no variable is kept.
        const found = path.includes(name) ? '' : valueOf(name, path)
        if (found === undefined || found === '')
          return fallback ?? (found === undefined && braced === undefined ? whole : '')
        return found
      },
    )
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) done[name] = literal.has(name) ? value : resolved(value, [name])
  return done
}
