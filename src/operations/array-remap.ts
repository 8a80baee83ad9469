/** How labels inside an array are exchanged by one expression. */
/** Replaces labels in an array: in two steps with temporary words where an old label is a new one too. */
export function arrayRemap(
  expression: string,
  remap: Readonly<Record<string, string | null>>,
  labels: readonly string[],
  text: (value: string) => string,
): string {
  let sql = expression
  for (const [label, to] of Object.entries(remap)) if (to === null) sql = `array_remove(${sql}, ${text(label)})`
  const pairs = Object.entries(remap).filter((pair): pair is [string, string] => pair[1] !== null)
  const crossing = pairs.some(([, to]) => pairs.some(([from]) => from === to))
  if (!crossing) {
    for (const [label, to] of pairs) sql = `array_replace(${sql}, ${text(label)}, ${text(to)})`
    return sql
  }
  const words = pairs.map((_, i) => {
    let word = `__${i + 1}`
    while (labels.includes(word)) word = `_${word}`
    return word
  })
  for (const [i, [label]] of pairs.entries()) sql = `array_replace(${sql}, ${text(label)}, ${text(words[i]!)})`
  for (const [i, [, to]] of pairs.entries()) sql = `array_replace(${sql}, ${text(words[i]!)}, ${text(to)})`
  return sql
}
