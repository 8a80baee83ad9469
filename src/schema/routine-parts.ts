/** The CREATE statement of a routine in two parts: its head and its body. */

/** The statement before its body: name, arguments, result and options; and the body. */
export function partsOfDefinition(definition: string): {
  readonly head: string
  readonly body: string
  /** The body is parsed when it is created, and the catalog has its dependencies. */
  readonly parsed: boolean
} {
  const bare = definition.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([\p{L}_][\p{L}\p{N}_]*)?\$.*?\$\1\$/gsu, (m) =>
    ' '.repeat(m.length),
  )
  const found = /\bBEGIN\s+ATOMIC\b|\bRETURN\b|\bAS\s{2,}/iu.exec(bare)
  if (found === null) return { head: definition, body: '', parsed: false }
  return {
    head: definition.slice(0, found.index),
    body: definition.slice(found.index),
    parsed: !/^AS/iu.test(found[0]),
  }
}
