/** Arrays as text, for drivers that leave them so. */

/** `{a,"b, c",NULL}` as PostgreSQL prints arrays of one dimension or more (manual, 8.15.6); only `box` has another delimiter. */
export function parseArray(text: string, delimiter = ','): unknown[] {
  let at = 0
  const list = (): unknown[] => {
    const items: unknown[] = []
    at++
    while (at < text.length && text[at] !== '}') {
      if (text[at] === delimiter) at++
      else if (text[at] === '{') items.push(list())
      else if (text[at] === '"') items.push(quoted())
      else items.push(bare())
    }
    at++
    return items
  }
  const quoted = (): string => {
    let out = ''
    for (at++; at < text.length && text[at] !== '"'; at++) {
      if (text[at] === '\\') at++
      out += text[at]
    }
    at++
    return out
  }
  const bare = (): string | null => {
    let out = ''
    while (at < text.length && text[at] !== delimiter && text[at] !== '}') out += text[at++]
    return out === 'NULL' ? null : out
  }
  return list()
}

/** The inverse of `parseArray`, every element in quotes. */
export function printArray(items: readonly unknown[], delimiter = ','): string {
  const item = (v: unknown): string =>
    v === null || v === undefined
      ? 'NULL'
      : Array.isArray(v)
        ? printArray(v, delimiter)
        : `"${String(v).replaceAll(/["\\]/gu, String.raw`\$&`)}"`
  return `{${items.map(item).join(delimiter)}}`
}
