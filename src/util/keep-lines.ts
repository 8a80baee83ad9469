/** Formats transformed code so that each statement is on the line that it had in the source: stack traces then need no source map. */

const digits = new Uint8Array(128)
for (const [i, c] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  digits[c.charCodeAt(0)] = i

/** The source position of a generated line: the line, and the generated column of its first mapping; undefined where nothing is mapped. */
export interface LineStart {
  readonly line: number
  readonly column: number
}

/** Reads the first mapping of each generated line from a source map's `mappings`. Lines and columns count from 0. */
export function lineStarts(mappings: string): (LineStart | undefined)[] {
  const starts: (LineStart | undefined)[] = []
  let sourceLine = 0
  let column = 0
  let current: LineStart | undefined
  let field = 0
  let value = 0
  let shift = 0
  const end = mappings.length
  for (let i = 0; i <= end; i++) {
    const c = i === end ? 59 : mappings.charCodeAt(i)
    if (c === 59 || c === 44) {
      if (field >= 4 && current === undefined) current = { line: sourceLine, column }
      field = 0
      if (c === 59) {
        starts.push(current)
        current = undefined
        column = 0
      }
      continue
    }
    const digit = digits[c] ?? 0
    value |= (digit & 31) << shift
    if ((digit & 32) !== 0) {
      shift += 5
      continue
    }
    const delta = (value & 1) === 0 ? value >> 1 : -(value >> 1)
    if (field === 0) column += delta
    else if (field === 2) sourceLine += delta
    field++
    value = 0
    shift = 0
  }
  return starts
}

/** The position of each generated line in the output of `keepLines`, without its first `cut` characters. All are 0-based. */
export type LinePlaces = { generated: number; line: number; column: number; cut: number }[]

/** The generated line and column of a position in the output of `keepLines`. */
export function generatedPlace(places: LinePlaces, line: number, column: number): Position | undefined {
  const found = places.findLast((p) => p.line === line && p.column <= column)
  return found === undefined ? undefined : { line: found.generated, column: column - found.column + found.cut }
}

export interface Position {
  readonly line: number
  readonly column: number
}

/** The source position of the mapping at, or before, a generated position on its line. All are 0-based. */
export function sourcePosition(mappings: string, at: Position): Position | undefined {
  const row = mappings.split(';')[at.line]
  if (row === undefined) return undefined
  // Source lines and columns are differences from the mapping before, through all lines.
  const source = { line: 0, column: 0 }
  let found: Position | undefined
  for (const [i, line] of mappings.split(';', at.line + 1).entries()) {
    let column = 0
    for (const segment of line === '' ? [] : line.split(',')) {
      const [forward, , lines, columns] = decode(segment)
      column += forward ?? 0
      if (lines === undefined || columns === undefined) continue
      source.line += lines
      source.column += columns
      if (i === at.line && column <= at.column) found = { ...source }
    }
  }
  return found
}

/** The output of `keepLines`, and the source map of its input. */
export interface Trace {
  readonly places: LinePlaces
  mappings?: string
}

/** The source position of a position in the output of `keepLines`. All are 0-based. */
export function tracedPosition({ places, mappings }: Trace, line: number, column: number): Position | undefined {
  const found = mappings === undefined ? undefined : generatedPlace(places, line, column)
  return found === undefined ? undefined : sourcePosition(mappings!, found)
}

/** The numbers of one mapping: base 64, five bits a character, the lowest first; the lowest bit is the sign. */
function decode(segment: string): number[] {
  const numbers: number[] = []
  let value = 0
  let shift = 0
  for (let i = 0; i < segment.length; i++) {
    const digit = digits[segment.charCodeAt(i)] ?? 0
    value |= (digit & 31) << shift
    shift += 5
    if ((digit & 32) !== 0) continue
    numbers.push((value & 1) === 0 ? value >> 1 : -(value >> 1))
    value = 0
    shift = 0
  }
  return numbers
}

/**
 * Joins and spaces the lines of `code` so that each is on its source line where that is known. A line is moved only where its
 * first mapping is at its first character, which never happens inside a template literal or a comment.
 */
export function keepLines(
  lines: readonly string[],
  sourceLine: (generated: number, indent: number) => number | undefined,
  placed?: LinePlaces,
): string {
  let out = ''
  let at = 0
  let column = 0
  let joinable = false
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string
    const indent = indentOf(line)
    const wanted = sourceLine(i, indent)
    if (i > 0) {
      if (wanted !== undefined && joinable && at >= wanted) {
        out += ' '
        column++
      } else {
        out += '\n'
        at++
        column = 0
      }
    }
    if (wanted !== undefined && at < wanted) {
      out += '\n'.repeat(wanted - at)
      at = wanted
      column = 0
    }
    const cut = wanted === undefined ? 0 : indent
    placed?.push({ generated: i, line: at, column, cut })
    out += line.slice(cut)
    column += line.length - cut
    joinable = wanted !== undefined && !line.includes('//')
  }
  return out
}

function indentOf(line: string): number {
  let i = 0
  while (i < line.length && line.charCodeAt(i) === 9) i++
  return i
}
