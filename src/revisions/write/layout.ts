/** Formats code as prettier would: what fits on a line stays on it, what does not is broken from the outside in. */

/** Code that may be printed in more than one way. */
export type Layout =
  | string
  | readonly Layout[]
  | { readonly kind: 'group'; readonly body: Layout; readonly broken: boolean }
  | { readonly kind: 'either'; readonly ways: readonly Layout[] }
  | { readonly kind: 'indent'; readonly body: Layout }
  | { readonly kind: 'line'; readonly flat: string }
  | { readonly kind: 'trailing'; readonly text: string }
  /** Text with newlines of its own, which are kept. */
  | { readonly kind: 'raw'; readonly text: string }

export const softline: Layout = { kind: 'line', flat: '' }
export const line: Layout = { kind: 'line', flat: ' ' }
export const indent = (body: Layout): Layout => ({ kind: 'indent', body })
export const group = (body: Layout, broken = false): Layout => ({
  kind: 'group',
  body,
  broken: broken || mustBreak(body),
})
/** The first alternative that fits; the last one where none does. */
export const either = (...ways: readonly Layout[]): Layout => ({ kind: 'either', ways })
/** Printed only where the group around it is broken. */
export const trailing = (text: string): Layout => ({ kind: 'trailing', text })

/** Whether the layout cannot be on one line. */
export function mustBreak(layout: Layout): boolean {
  if (typeof layout === 'string') return false
  if (isList(layout)) return layout.some((l) => mustBreak(l))
  switch (layout.kind) {
    case 'group':
      return layout.broken
    case 'either':
      return layout.ways.every((w) => mustBreak(w))
    case 'indent':
      return mustBreak(layout.body)
    case 'raw':
      return layout.text.includes('\n')
    case 'line':
    case 'trailing':
      return false
  }
}

function isList(layout: Layout): layout is readonly Layout[] {
  return Array.isArray(layout)
}

/** `open a, b close` with commas, broken one element per line. */
export function list(
  open: string,
  elements: readonly Layout[],
  close: string,
  options: { readonly padded?: boolean; readonly broken?: boolean } = {},
): Layout {
  if (elements.length === 0) return `${open}${close}`
  const edge = options.padded === true ? line : softline
  const inner = elements.map((e, i) => (i === elements.length - 1 ? e : [e, ',', line]))
  return group([open, indent([edge, inner]), trailing(','), edge, close], options.broken ?? false)
}

interface Command {
  readonly indent: number
  readonly broken: boolean
  readonly layout: Layout
}

const width = 80

/** The text; `column` is where the first line begins. */
export function print(layout: Layout, indentation = 0): string {
  let out = ''
  let column = indentation
  const stack: Command[] = [{ indent: indentation, broken: true, layout }]
  for (let command = stack.pop(); command !== undefined; command = stack.pop()) {
    const { indent: level, broken, layout: l } = command
    if (typeof l === 'string') {
      out += l
      column += [...l].length
    } else if (isList(l)) {
      for (let i = l.length - 1; i >= 0; i--) stack.push({ indent: level, broken, layout: l[i]! })
    } else if (l.kind === 'indent') stack.push({ indent: level + 2, broken, layout: l.body })
    else if (l.kind === 'raw') {
      out += l.text
      const last = l.text.slice(l.text.lastIndexOf('\n') + 1)
      column = (last === l.text ? column : 0) + [...last].length
    } else if (l.kind === 'trailing') {
      if (broken) out += l.text
    } else if (l.kind === 'line') {
      if (broken) {
        out += `\n${' '.repeat(level)}`
        column = level
      } else {
        out += l.flat
        column += l.flat.length
      }
    } else if (l.kind === 'group') {
      const flat: Command = { indent: level, broken: false, layout: l.body }
      stack.push(
        !l.broken && fits(flat, stack, width - column) ? flat : { indent: level, broken: true, layout: l.body },
      )
    } else stack.push({ indent: level, broken: true, layout: choose(l.ways, level, stack, width - column) })
  }
  return out
}

function choose(ways: readonly Layout[], level: number, rest: readonly Command[], room: number): Layout {
  for (const [i, way] of ways.entries()) {
    if (i === ways.length - 1) return way
    if (i === 0 && mustBreak(way)) continue
    if (fits({ indent: level, broken: i > 0, layout: way }, rest, room, i === 0)) return way
  }
  return ''
}

/** Whether the text up to the first line break has room. */
function fits(first: Command, rest: readonly Command[], room: number, flat = !first.broken): boolean {
  let left = room
  let below = rest.length
  const stack: Command[] = [flat ? { ...first, broken: false } : first]
  while (left >= 0) {
    let command = stack.pop()
    if (command === undefined) {
      if (below === 0) return true
      command = rest[--below]!
    }
    const { broken, layout: l } = command
    if (typeof l === 'string') left -= [...l].length
    else if (isList(l)) for (let i = l.length - 1; i >= 0; i--) stack.push({ ...command, layout: l[i]! })
    else if (l.kind === 'indent') stack.push({ ...command, layout: l.body })
    else if (l.kind === 'group')
      stack.push({ ...command, broken: flat && below === rest.length ? false : l.broken, layout: l.body })
    else if (l.kind === 'either') stack.push({ ...command, layout: flat ? l.ways[0]! : l.ways.at(-1)! })
    else if (l.kind === 'raw') {
      const end = l.text.indexOf('\n')
      if (end >= 0) return left - end >= 0
      left -= l.text.length
    } else if (l.kind === 'line') {
      if (broken) return true
      left -= l.flat.length
    } else if (l.kind === 'trailing' && broken) left -= l.text.length
  }
  return false
}
