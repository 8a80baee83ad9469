/** What a routine's body names: mere text in the catalog, that may be read when something made later calls it. */
import type { Routine } from '../../schema/model.ts'

/** The statement before its body: name, arguments, result and options; and the body. */
export function partsOfDefinition(definition: string): {
  readonly head: string
  readonly body: string
  /** The body is parsed when it is made, and the catalog knows what it needs. */
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

/** Words of a body that is a string, in lower case. */
export function wordsOfBody(routine: Routine): ReadonlySet<string> {
  const { body, parsed } = partsOfDefinition(routine.definition)
  return parsed ? new Set() : new Set(body.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_$]*/gu))
}
