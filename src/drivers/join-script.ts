/** Joins statements into one text for a simple query, and finds the statement that an error refers to. */

export interface Joined {
  readonly text: string
  /** Where each statement begins in the text. */
  readonly starts: readonly number[]
}

/** A statement's own final semicolons go; a line comment at its end must not swallow the separator. */
export function joinScript(statements: readonly string[]): Joined {
  const starts: number[] = []
  let text = ''
  for (const statement of statements) {
    starts.push(text.length)
    let end = statement.length
    while (end > 0 && /[;\s]/.test(statement[end - 1]!)) end--
    const body = statement.slice(0, end)
    const lastLine = body.slice(body.lastIndexOf('\n') + 1)
    text += lastLine.includes('--') ? `${body}\n;\n` : `${body};\n`
  }
  return { text, starts }
}

/** The position that the server gave with its error (1-based, in characters of the whole text). */
export function positionOf(error: object): number | undefined {
  return 'position' in error && error.position !== undefined ? Number(error.position) : undefined
}

/** By the position that the server gave (1-based, in characters of the whole text), else by how many statements were completed. */
export function locate(
  joined: Joined,
  position: number | undefined,
  completed: number,
): { statement: number; position?: number } {
  const { starts } = joined
  if (position === undefined) return { statement: Math.min(completed, starts.length - 1) }
  // The server counts characters, JavaScript UTF-16 units.
  let unit = 0
  for (let seen = 1; seen < position && unit < joined.text.length; seen++)
    unit += joined.text.codePointAt(unit)! > 0xffff ? 2 : 1
  let statement = 0
  while (statement + 1 < starts.length && starts[statement + 1]! <= unit) statement++
  const before = joined.text.slice(starts[statement]!, unit)
  return { statement, position: [...before].length + 1 }
}
