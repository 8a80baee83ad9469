/** docs/operations.md: every operation is in it, its examples can be recorded, and their reverses are those it says. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { kinds, reverseOf } from '../../src/operations/operation.ts'
import { type Operations, record } from '../../src/operations/recorder.ts'
import * as schemaLanguage from '../../src/schema.ts'

const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
const entries = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((entry) => [entry.slice(0, entry.indexOf('\n')), entry]),
)

describe('docs/operations.md', () => {
  it('has an entry for every operation, and no other', () => {
    expect([...entries.keys()].toSorted()).toEqual([...kinds].toSorted())
  })

  for (const [kind, entry] of entries) {
    it(`${kind}: examples and reverse`, () => {
      for (const [, code] of entry.matchAll(/```ts\n([^]*?)```/g)) {
        // The page is ours; its examples are code that is to be run.
        // oxlint-disable-next-line typescript/no-implied-eval
        const example = new Function('op', ...Object.keys(schemaLanguage), code!) as (
          op: Operations,
          ...names: unknown[]
        ) => void
        const ops = record((op) => example(op, ...Object.values(schemaLanguage)))
        const own = ops.find((o) => o.kind === kind)
        expect(own, 'the example does not call it').toBeDefined()
        const says = /^Reverse: (?:`(\w+)`|nothing|none)/m.exec(entry)
        expect(says, 'the reverse is not said').not.toBeNull()
        const reverse = reverseOf(own!)
        if (code!.includes('autocommitBlock') || says![0].includes('none') || entry.includes('here there is none'))
          expect(reverse).toBeUndefined()
        else expect(reverse?.map((r) => r.kind)).toEqual(says![1] === undefined ? [] : [says![1]])
      }
    })
  }
})
