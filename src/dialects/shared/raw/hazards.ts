/** The hazards of hand-written SQL, as far as its text shows them. */
import type { Hazard } from '../../dialect.ts'
import { holderText } from '../../../schema/keys.ts'
import { alterTable } from './alter-table.ts'
import { altered, created, dropped, granted } from './objects.ts'
import { referring, tableOfIndex } from './relations.ts'
import { held, rewriteOf, scanOf } from './rules.ts'
import type { Add, RawMemory, RawRules } from './rules.ts'
import { Reader, spelled, statementsOf } from './tokens.ts'
import type { Token } from './tokens.ts'

/** Names of the relations that a text creates, which no other session uses yet. */
export function relationsMadeBy(sql: string, rules: RawRules = {}): readonly string[] {
  if (!/create/i.test(sql)) return []
  return statementsOf(sql, rules.text).flatMap((tokens) => new Reader(tokens).created() ?? [])
}

/** Codes that are about words, not about work: no lock belongs to them. */
const pureNames: ReadonlySet<string> = new Set(['BREAKS_CLIENTS', 'PRIVILEGES', 'NAME_TOO_LONG', 'OPAQUE'])

/** Codes whose object may be a part of a table. */
const partly: ReadonlySet<string> = new Set(['DATA_LOSS', 'BREAKS_CLIENTS', 'TIME_ZONE'])

/** The hazards of a text with one or more statements. */
export function rawHazards(sql: string, rules: RawRules, memory: RawMemory): readonly Hazard[] {
  const fresh = new Set(memory.made)
  const out: Hazard[] = []
  for (const tokens of statementsOf(sql, rules.text)) {
    const made = new Reader(tokens).created()
    if (made !== undefined) fresh.add(made)
    const lock = rules.lockOf?.(spelled(tokens))
    for (const h of hazardsOf(tokens, rules, lock, memory)) {
      const table = holderText(h.object)
      if (h.code === 'NAME_TOO_LONG' || (!fresh.has(h.object) && !(partly.has(h.code) && fresh.has(table)))) out.push(h)
    }
  }
  return out
}

function hazardsOf(
  tokens: readonly Token[],
  rules: RawRules,
  lock: string | undefined,
  memory: RawMemory,
): readonly Hazard[] {
  const locks = rules.lockOf !== undefined
  const out: Hazard[] = []
  const add: Add = (code, object, message, other = lock) => {
    if (!locks && code !== 'DATA_LOSS') return
    if (out.some((h) => h.code === code && h.object === object)) return
    const told = other === 'ROW EXCLUSIVE' || pureNames.has(code) ? undefined : other
    out.push({ code, object, message, ...(told === undefined ? {} : { lock: told }) })
  }
  namesCut(tokens, rules.nameBytes, add)
  const r = new Reader(tokens)
  if (r.take('DROP')) dropped(r, add, memory)
  else if (r.take('TRUNCATE')) {
    r.take('TABLE')
    const names = r.names()
    for (const name of names) add('DATA_LOSS', name, `deletes all rows of ${name}`)
    if (r.has('CASCADE')) {
      for (const name of referring(names, memory.before())) add('DATA_LOSS', name, `deletes all rows of ${name}`)
      add('DATA_LOSS', 'CASCADE', 'deletes all rows of the tables that refer to them too')
    }
  } else if (r.take('ALTER', 'TABLE')) alterTable(r, add, rules, memory)
  else if (r.take('ALTER')) altered(r, add, lock)
  else if (r.take('CREATE')) created(r, add, lock)
  else if (r.take('GRANT') || r.take('REVOKE')) granted(r, add)
  else if (r.take('UPDATE')) {
    r.take('ONLY')
    const name = r.name() ?? ''
    if (!r.has('WHERE') && !r.has('FROM')) add('FULL_SCAN', name, `changes all rows of ${name} in one transaction`)
  } else if (r.take('REINDEX')) reindexed(r, add, memory)
  else if (r.take('VACUUM') || r.take('CLUSTER')) rewritten(tokens, r, add)
  else if (r.take('REFRESH', 'MATERIALIZED', 'VIEW') && !r.take('CONCURRENTLY')) {
    const name = r.name() ?? ''
    add('TABLE_REWRITE', name, rewriteOf(name))
  } else if (r.take('LOCK')) {
    r.take('TABLE')
    for (const name of r.names())
      if (lock === 'ACCESS EXCLUSIVE') add('BLOCKS_READS', name, held(true, name))
      else if (lock === 'SHARE' || lock?.endsWith(' EXCLUSIVE') === true)
        if (!/^(?:ROW|SHARE UPDATE) /u.test(lock)) add('BLOCKS_WRITES', name, held(false, name))
  } else if (r.take('DO')) add('OPAQUE', 'DO', 'runs a block of code: what it does cannot be told from its words')
  else if (r.take('CALL')) {
    const name = r.name() ?? 'CALL'
    add('OPAQUE', name, `runs the procedure ${name}: what it does cannot be told from its words`)
  }
  deletes(tokens, add)
  return out
}

/** `DELETE FROM t` without WHERE, in a WITH too. */
function deletes(tokens: readonly Token[], add: Add): void {
  for (const [i, { word, depth }] of tokens.entries()) {
    if (word !== 'DELETE' || tokens[i + 1]?.word !== 'FROM') continue
    const end = tokens.findIndex((t, k) => k > i && t.depth < depth)
    const own = tokens.slice(i + 2, end < 0 ? undefined : end)
    if (own.some((t) => t.word === 'WHERE' && t.depth === depth)) continue
    const r = new Reader(own)
    r.take('ONLY')
    const name = r.name() ?? ''
    add('DATA_LOSS', name, `deletes all rows of ${name}`)
  }
}

/** The server cuts a name that is too long, with a notice only: two long names may become one. */
function namesCut(tokens: readonly Token[], most: number | undefined, add: Add): void {
  if (most === undefined) return
  for (const { name } of tokens)
    if (name !== undefined && name.length > most / 4 && Buffer.byteLength(name) > most)
      add('NAME_TOO_LONG', name, `the server cuts this name to ${most} bytes`)
}

function reindexed(r: Reader, add: Add, memory: RawMemory): void {
  const options = r.group()
  const on = r.oneOf('INDEX', 'TABLE', 'SCHEMA', 'DATABASE', 'SYSTEM')
  if (on === undefined) return
  const concurrently = r.take('CONCURRENTLY') || options.includes('CONCURRENTLY')
  const given = r.name() ?? on.toLowerCase()
  const table = on === 'INDEX' ? tableOfIndex(given, memory.before()) : given
  const name = table ?? given
  add('FULL_SCAN', name, scanOf(table ?? `the table of ${given}`))
  if (!concurrently) add('BLOCKS_WRITES', name, held(false, name))
}

/** VACUUM FULL and CLUSTER write the table anew; VACUUM without FULL keeps nobody out. */
function rewritten(tokens: readonly Token[], r: Reader, add: Add): void {
  const options = r.group()
  let full = tokens[0]?.word === 'CLUSTER' || options.includes('FULL')
  for (let word = r.oneOf('FULL', 'FREEZE', 'VERBOSE', 'ANALYZE'); word !== undefined;) {
    full ||= word === 'FULL'
    word = r.oneOf('FULL', 'FREEZE', 'VERBOSE', 'ANALYZE')
  }
  if (!full) return
  const names = r.names()
  for (const name of names.length === 0 ? ['all tables'] : names) add('TABLE_REWRITE', name, rewriteOf(name))
}
