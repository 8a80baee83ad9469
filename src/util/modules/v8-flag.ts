/** Tells V8 a flag at runtime, where the process has the V8 that knows it. */

/** A version of V8 without the flag would complain aloud. */
export function sayToV8(flag: `--${string}`): void {
  const { node, bun, deno } = process.versions
  if (Number.parseInt(node, 10) <= 24 && bun === undefined && deno === undefined)
    process.getBuiltinModule('node:v8').setFlagsFromString(flag)
}
