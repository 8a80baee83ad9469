/** Every operation in every dialect, up and down, with hazards: the texts in __files__ are the specification. */
import { describe, expect, test } from 'vitest'
import type { CompileOptions, Dialect, Statement } from '../../src/dialects/dialect.ts'
import { mariadb, mysql } from '../../src/dialects/mysql/index.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { sqlite } from '../../src/dialects/sqlite/index.ts'
import { isAmbixError } from '../../src/errors.ts'
import type { Operation } from '../../src/operations/kinds.ts'
import { fold, kinds, reverseAll } from '../../src/operations/operation.ts'
import { emptySchema, type Schema } from '../../src/schema/model.ts'
import { cases, type Case } from './cases.ts'
import { moreCases } from './more-cases.ts'

const all = { ...cases, ...moreCases }
/** As the goldens call it, with the server that it is compiled for: MySQL 8.4 by its manual, MariaDB 10.11. */
const dialects: readonly { readonly name: string; readonly dialect: Dialect; readonly serverVersion?: number }[] = [
  { name: 'postgres', dialect: postgres },
  { name: 'sqlite', dialect: sqlite },
  { name: 'mysql', dialect: mysql, serverVersion: 804 },
  { name: 'mariadb', dialect: mariadb, serverVersion: 1011 },
]

/** The statements as a person reads them: SQL first, then what is to be known about it. */
function show(dialect: Dialect, ops: readonly Operation[], before: Schema, options: CompileOptions): string {
  let statements: readonly Statement[]
  try {
    statements = dialect.compile(ops, before, options)
  } catch (error) {
    if (!isAmbixError(error)) throw error
    return `unsupported: ${error.why ?? error.message}`
  }
  return statements.length === 0 ? '(nothing)' : statements.map(shown).join('\n')
}

function shown(s: Statement): string {
  const lines = [`${s.sql};`]
  for (const p of s.params ?? []) lines.push(`-- with ${JSON.stringify(p)}`)
  if (s.transaction !== 'inside') lines.push(`-- ${s.transaction}`)
  for (const h of s.hazards)
    lines.push(`-- ${h.code} ${h.object}: ${h.message}${h.lock === undefined ? '' : ` (${h.lock})`}`)
  if (s.probe !== undefined)
    lines.push(`-- probe: ${s.probe.sql}`, ...(s.probe.undo === undefined ? [] : [`-- undo: ${s.probe.undo}`]))
  if (s.refuseIf !== undefined) lines.push(`-- refused if:\n--   ${s.refuseIf.replaceAll('\n', '\n--   ')}`)
  return lines.join('\n')
}

function golden(c: Case): string {
  const options: CompileOptions = { offline: false, serverVersion: 15, ...c.options }
  const ops = Array.isArray(c.op) ? (c.op as readonly Operation[]) : [c.op as Operation]
  const before = fold(emptySchema, c.setup ?? []).schema
  const out = [`## ${c.title}`]
  for (const { name, dialect, serverVersion } of dialects) {
    const given = serverVersion === undefined ? options : { ...options, serverVersion }
    out.push(`### ${name} up`, show(dialect, ops, before, given))
    let down: readonly Operation[]
    try {
      down = reverseAll(ops)
    } catch (error) {
      if (!isAmbixError(error)) throw error
      out.push(`### ${name} down`, 'no way back')
      continue
    }
    out.push(`### ${name} down`, show(dialect, down, fold(before, ops).schema, given))
  }
  return `${out.join('\n')}\n`
}

describe('goldens', () => {
  test('every operation has one', () => {
    expect(kinds.filter((kind) => all[kind] === undefined)).toEqual([])
  })
  test.each(Object.entries(all))('%s', async (kind, list) => {
    await expect(`# ${kind}\n\n${list.map(golden).join('\n')}`).toMatchFileSnapshot(`__files__/${kind}.txt`)
  })
})
