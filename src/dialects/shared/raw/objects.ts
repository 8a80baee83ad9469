/** The hazards of CREATE, ALTER, DROP and GRANT in hand-written SQL, besides ALTER TABLE. */
import { referredTo, tableOfIndex } from './relations.ts'
import { goneName, held, moreOrLess, refersTo, scanOf } from './rules.ts'
import type { Add, RawMemory } from './rules.ts'
import type { Reader } from './tokens.ts'

/** Data lost by a drop: rows, or the columns of a type. */
const withRows = ['TABLE', 'FOREIGN', 'SCHEMA', 'DATABASE', 'SEQUENCE', 'EXTENSION']
const called = ['FUNCTION', 'PROCEDURE', 'ROUTINE', 'AGGREGATE']

export function dropped(r: Reader, add: Add, memory: RawMemory): void {
  if (r.take('OWNED', 'BY')) {
    const role = r.name() ?? ''
    add('DATA_LOSS', role, `drops all that ${role} owns`)
    return
  }
  const kind = r.oneOf(
    ...withRows,
    ...called,
    'MATERIALIZED',
    'VIEW',
    'INDEX',
    'TYPE',
    'DOMAIN',
    'TRIGGER',
    'RULE',
    'POLICY',
  )
  if (kind === undefined) return
  if (kind === 'FOREIGN' || kind === 'MATERIALIZED') r.oneOf('TABLE', 'VIEW')
  const concurrently = r.take('CONCURRENTLY')
  r.take('IF', 'EXISTS')
  const what = kind === 'FOREIGN' ? 'foreign table' : kind === 'MATERIALIZED' ? 'materialized view' : kind.toLowerCase()
  if (kind === 'TRIGGER' || kind === 'RULE' || kind === 'POLICY') {
    r.name()
    const table = r.take('ON') ? (r.name() ?? '') : ''
    add('BLOCKS_READS', table, held(true, table))
    if (kind === 'POLICY') add('PRIVILEGES', table, moreOrLess(table))
    return
  }
  const names = r.names()
  const cascade = r.has('CASCADE')
  for (const name of names) {
    if (withRows.includes(kind))
      rowsGone(kind, name, `drops ${what} ${name}${cascade ? ' and what depends on it' : ''}`, add, memory)
    else if ((kind === 'TYPE' || kind === 'DOMAIN') && cascade)
      add('DATA_LOSS', name, `drops ${what} ${name} with the columns of that type`)
    else if (kind !== 'TYPE' && kind !== 'DOMAIN' && !called.includes(kind) && !concurrently)
      blocked(kind === 'INDEX' ? tableOfIndex(name, memory.before()) : name, name, add)
    const used = kind === 'VIEW' || kind === 'MATERIALIZED' || called.includes(kind)
    if (used && !memory.madeAgain(kind, name)) add('BREAKS_CLIENTS', name, goneName(name))
  }
}

/** A table that goes takes the foreign keys with it that kept those of other tables. */
function rowsGone(kind: string, name: string, message: string, add: Add, memory: RawMemory): void {
  add('DATA_LOSS', name, message)
  if (kind === 'TABLE')
    for (const other of referredTo(name, memory.before())) add('BLOCKS_READS', other, held(true, other))
}

function blocked(table: string | undefined, name: string, add: Add): void {
  add('BLOCKS_READS', table ?? name, held(true, table ?? `the table of ${name}`))
}

export function created(r: Reader, add: Add, lock: string | undefined): void {
  while (r.oneOf('OR', 'REPLACE', 'UNIQUE', 'UNLOGGED', 'CONSTRAINT') !== undefined);
  if (r.take('INDEX')) createIndex(r, add)
  else if (r.take('TABLE')) createTable(r, add)
  else {
    const kind = r.oneOf('TRIGGER', 'RULE', 'POLICY')
    const table = kind === undefined ? undefined : r.after(kind === 'RULE' ? 'TO' : 'ON')
    if (table === undefined) return
    if (lock === 'ACCESS EXCLUSIVE') add('BLOCKS_READS', table, held(true, table))
    else if (lock === 'SHARE ROW EXCLUSIVE') add('BLOCKS_WRITES', table, held(false, table))
    if (kind === 'POLICY') add('PRIVILEGES', table, moreOrLess(table))
  }
}

function createIndex(r: Reader, add: Add): void {
  const concurrently = r.take('CONCURRENTLY')
  r.take('IF', 'NOT', 'EXISTS')
  if (!r.take('ON')) {
    r.name()
    r.take('ON')
  }
  if (r.take('ONLY')) return
  const table = r.name() ?? ''
  add('FULL_SCAN', table, scanOf(table))
  if (!concurrently) add('BLOCKS_WRITES', table, held(false, table))
}

/** A new table locks the tables that it refers to, and the one that it is a partition of. */
function createTable(r: Reader, add: Add): void {
  r.take('IF', 'NOT', 'EXISTS')
  const own = r.name()
  if (r.take('PARTITION', 'OF')) {
    const parent = r.name() ?? ''
    add('BLOCKS_READS', parent, held(true, parent), 'ACCESS EXCLUSIVE')
  }
  for (const other of r.allAfter('REFERENCES')) if (other !== own) refersTo(add, other)
}

export function altered(r: Reader, add: Add, lock: string | undefined): void {
  if (r.take('EXTENSION')) {
    const name = r.name() ?? ''
    if (r.take('UPDATE')) add('OPAQUE', name, `runs the upgrade script of ${name}: what it does cannot be told`)
    return
  }
  if (r.take('DEFAULT', 'PRIVILEGES')) return add('PRIVILEGES', 'DEFAULT', 'changes who may use what is created later')
  const kind = r.oneOf(...called, 'MATERIALIZED', 'VIEW', 'TYPE', 'DOMAIN', 'SCHEMA', 'SEQUENCE', 'POLICY', 'TRIGGER')
  if (kind === undefined) return
  if (kind === 'MATERIALIZED') r.take('VIEW')
  r.take('IF', 'EXISTS')
  const name = r.name() ?? ''
  if (kind === 'POLICY' || kind === 'TRIGGER') {
    const table = r.take('ON') ? (r.name() ?? '') : ''
    add('BLOCKS_READS', table, held(true, table))
    if (kind === 'POLICY') add('PRIVILEGES', table, moreOrLess(table))
    return
  }
  if (lock === 'ACCESS EXCLUSIVE') add('BLOCKS_READS', name, held(true, name))
  r.group()
  if (r.take('RENAME', 'VALUE'))
    add('BREAKS_CLIENTS', `${name}.${r.string() ?? ''}`, goneName(`${name}.${r.string() ?? ''}`))
  else if (r.take('RENAME', 'ATTRIBUTE') || r.take('RENAME', 'COLUMN')) {
    const part = `${name}.${r.name() ?? ''}`
    add('BREAKS_CLIENTS', part, goneName(part))
  } else if (
    kind !== 'TYPE' &&
    kind !== 'DOMAIN' &&
    kind !== 'SEQUENCE' &&
    (r.take('RENAME') || r.take('SET', 'SCHEMA'))
  )
    add('BREAKS_CLIENTS', name, goneName(name))
  else if (r.take('DROP', 'ATTRIBUTE')) {
    r.take('IF', 'EXISTS')
    const part = `${name}.${r.name() ?? ''}`
    add('DATA_LOSS', part, `drops attribute ${part} with its values`)
  } else if (kind === 'SEQUENCE' && r.has('RESTART')) add('DATA_LOSS', name, `moves the position of sequence ${name}`)
  else if (kind === 'DOMAIN' && (r.has('ADD') || r.has('SET', 'NOT', 'NULL')) && !r.has('NOT', 'VALID'))
    add('FULL_SCAN', name, `reads all rows of the tables that use ${name}`)
}

/** `GRANT SELECT ON t TO r`: the object; `GRANT r TO s`: the role. */
export function granted(r: Reader, add: Add): void {
  r.take('GRANT', 'OPTION', 'FOR')
  const role = r.peek()
  const on = r.skipTo('ON')
  if (!on) {
    if (role !== undefined) add('PRIVILEGES', role, moreOrLess(role))
    return
  }
  if (r.take('ALL')) {
    const all = r.after('SCHEMA') ?? 'ALL'
    return add('PRIVILEGES', all, `changes who may use the objects in ${all}`)
  }
  r.oneOf('TABLE', 'SEQUENCE', 'DATABASE', 'SCHEMA', 'TYPE', 'DOMAIN', 'LANGUAGE', 'TABLESPACE', ...called)
  for (const name of r.names()) add('PRIVILEGES', name, moreOrLess(name))
}
