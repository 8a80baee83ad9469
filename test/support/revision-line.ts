/** The files of a line of revisions, each of which makes a table of its own. */

/** `id`: of the revision at a place; `up`: its statements, which make the table `t<place>`; `head`: imports. */
export const revisionLine = (
  count: number,
  id: (i: number) => string,
  up: (i: number) => readonly string[],
  head = '',
): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i): readonly [string, string] => [
      `migrations/${id(i)}.ts`,
      `${head}export const revision = '${id(i)}'
export const downRevision = ${i === 0 ? 'null' : `'${id(i - 1)}'`}
export function upgrade(op) {
${up(i)
  .map((line) => `  ${line}\n`)
  .join('')}}
export function downgrade(op) {
  op.execute('DROP TABLE t${i}')
}
`,
    ]),
  )
