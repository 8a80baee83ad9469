/** A revision is JavaScript that nobody may have type-checked: what no operation takes is refused in words, and never becomes SQL. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { isAmbixError } from '../../src/errors.ts'
import { argsOf, fold, kinds } from '../../src/operations/operation.ts'
import { record } from '../../src/operations/recorder.ts'
import * as schemaLanguage from '../../src/schema.ts'
import { emptySchema, type Schema } from '../../src/schema/model.ts'
import { allKinds, extras, operationOn } from '../support/arbitrary-operations.ts'
import { saidOf, values } from '../support/builders.ts'
import { arbSchema, schemaOf } from '../support/arbitrary-schema.ts'
import { arbitraryOf } from '../support/chooser.ts'

interface Call {
  readonly kind: string
  readonly args: readonly unknown[]
  readonly schema: Schema
}
type Path = readonly (string | number)[]

/** The calls of docs/operations.md. */
function documented(): readonly Call[] {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const calls: Call[] = []
  const op = new Proxy(
    {},
    {
      get:
        (_, kind: string) =>
        (...args: unknown[]) => {
          if (kind === 'autocommitBlock') (args[0] as () => void)()
          else calls.push({ kind, args, schema: emptySchema })
        },
    },
  )
  for (const [, code] of page.matchAll(/```ts\n(op[^]*?)```/g)) {
    // The page is ours; its examples are code that is to be run.
    // oxlint-disable-next-line typescript/no-implied-eval
    const example = new Function('op', ...Object.keys(schemaLanguage), code!)
    example(op, ...Object.values(schemaLanguage))
  }
  return calls
}

/** Random operations, two of each kind, as the calls that make them. */
function random(): readonly Call[] {
  const arbitrary = arbSchema().chain((base) =>
    arbitraryOf((choose) => {
      const schema = schemaOf([...base.objects.values(), ...extras])
      return { schema, op: operationOn(allKinds[choose.int(0, allKinds.length - 1)]!, schema, choose) }
    }),
  )
  const calls: Call[] = []
  for (const { schema, op } of fc.sample(arbitrary, { seed: 20_261_128, numRuns: 900 }))
    if (op !== undefined && calls.filter((c) => c.kind === op.kind).length < 2)
      calls.push({ kind: op.kind, args: argsOf(op), schema })
  return calls
}

const isPlain = (x: unknown): x is object =>
  Array.isArray(x) ||
  (Object.prototype.toString.call(x) === '[object Object]' &&
    Object.getPrototypeOf(x) === Object.prototype &&
    Object.getOwnPropertySymbols(x).length === 0)

function pathsOf(x: unknown, depth: number): readonly Path[] {
  if (!isPlain(x) || depth === 0) return []
  return Object.entries(x).flatMap(([key, value]) => [
    [key],
    ...pathsOf(value, depth - 1).map((rest) => [key, ...rest]),
  ])
}

function withValue(x: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  const copy = (Array.isArray(x) ? [...(x as unknown[])] : { ...(x as object) }) as Record<string, unknown>
  copy[key] = withValue(copy[key], rest, value)
  return copy
}

test('an argument that is changed to anything is refused, or is what it says', { timeout: 120_000 }, () => {
  const calls = [...documented(), ...random()]
  const tried = new Set(calls.map((c) => c.kind))
  expect(kinds.filter((kind) => !tried.has(kind))).toEqual([])
  const wrong = new Set<string>()
  for (const { kind, args, schema } of calls)
    for (const path of pathsOf(args, 4))
      for (const [name, value] of Object.entries({ ...values, undefined })) {
        // The name of an operation of the project's own is a property of `op`, which may be a symbol.
        if (kind === 'custom' && path[0] === '0') continue
        try {
          const changed = withValue(args, path, value) as unknown[]
          const ops = record((op) => (op as never as Record<string, (...a: unknown[]) => void>)[kind]!(...changed))
          fold(schema, ops)
          const script = postgres.compile(ops, schema, { offline: true, serverVersion: 18 }).map((s) => s.sql)
          if (/undefined|\[object/u.test(script.join(';')))
            wrong.add(`${kind} ${path.join('.')}, ${name}: ${script[0]}`)
        } catch (error) {
          if (!isAmbixError(error)) wrong.add(`${kind} ${path.join('.')}, ${name}: ${String(error)}`)
        }
      }
  expect([...wrong]).toEqual([])
})

test('what is wanted and what is given is told', () => {
  const said = (call: Parameters<typeof record>[0]): string => saidOf(() => record(call))
  expect(said((op) => op.createSchema('app', { comment: 42 } as never))).toBe(
    "op.createSchema: 'comment' must be a string without NUL characters (operation 1) 42 was given.",
  )
  expect(said((op) => op.createIndex('i', 't', ['a'], { unique: 'yes' } as never))).toBe(
    `op.createIndex: 'unique' must be true or false (operation 1) "yes" was given.`,
  )
  expect(said((op) => op.attachPartition('events', ['p'] as never, 'DEFAULT'))).toBe(
    "op.attachPartition: A table or type must be a name, or { schema: 'app', name: 'a' }. (operation 1) A list was given.",
  )
})
