/** How a list of arguments, as models write it, becomes the argument types that identify a routine. */

/** Types of several words, whose first word is therefore not an argument's name (manual, 8). */
const manyWords =
  /^(?:double\s+precision|character\s+varying|char\s+varying|bit\s+varying|national\s+char|time(?:stamp)?(?:\s*\(\d+\))?\s+with|interval\s+(?:year|month|day|hour|minute|second)|setof\b)/iu

/** `a integer, out b text, c numeric default 0` becomes `integer, numeric`: in, inout and variadic types in order. */
export function identityArguments(list: string): string {
  return splitTop(list)
    .map((argument) => argument.trim())
    .filter((argument) => argument !== '')
    .flatMap((argument) => {
      const mode = /^(in\s*out|in|out|variadic)\s+/iu.exec(argument)
      if (mode?.[1]?.toLowerCase() === 'out') return []
      const rest = argument.slice(mode?.[0].length ?? 0).replace(/\s*(?:\bdefault\b|:?=)[\s\S]*$/iu, '')
      const type = manyWords.test(rest)
        ? rest
        : rest.replace(/^(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)\s+(?=\S)/u, '')
      return [`${mode?.[1]?.toLowerCase() === 'variadic' ? 'VARIADIC ' : ''}${type.trim()}`]
    })
    .join(', ')
}

/** Splits at commas outside of brackets and quotes. */
function splitTop(list: string): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let quote = ''
  let start = 0
  for (let i = 0; i < list.length; i++) {
    const c = list[i]!
    if (quote !== '') quote = c === quote ? '' : quote
    else if (c === "'" || c === '"') quote = c
    else if (c === '(' || c === '[') depth++
    else if (c === ')' || c === ']') depth--
    else if (c === ',' && depth === 0) {
      parts.push(list.slice(start, i))
      start = i + 1
    }
  }
  return [...parts, list.slice(start)]
}
