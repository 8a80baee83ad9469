/** The hazards of ALTER TABLE in hand-written SQL, action by action. */
import { referredTo } from './relations.ts'
import { goneName, held, moreOrLess, refersTo, rewriteOf, scanOf, strongest } from './rules.ts'
import type { Add, RawMemory, RawRules } from './rules.ts'
import { Reader, spelled } from './tokens.ts'

interface Table {
  readonly name: string
  readonly rules: RawRules
  readonly memory: RawMemory
}

export function alterTable(r: Reader, given: Add, rules: RawRules, memory: RawMemory): void {
  r.take('IF', 'EXISTS')
  r.take('ONLY')
  const name = r.name()
  if (name === undefined) return
  r.take('*')
  const parts = r.parts()
  // The strongest of its actions is the lock of the whole statement.
  const lock = strongest(parts.map((part) => rules.lockOf?.(`ALTER TABLE ${name} ${spelled(part)}`)))
  const add: Add = (code, object, message, other = lock) => given(code, object, message, other)
  for (const part of parts) action(new Reader(part), { name, rules, memory }, add)
  // The new parent stays available.
  if (parts.every((part) => part[0]?.word === 'ATTACH')) return
  if (lock === 'ACCESS EXCLUSIVE') add('BLOCKS_READS', name, held(true, name))
  else if (lock === 'SHARE ROW EXCLUSIVE') add('BLOCKS_WRITES', name, held(false, name))
}

function action(r: Reader, table: Table, add: Add): void {
  const { name } = table
  if (r.take('ADD')) added(r, table, add)
  else if (r.take('DROP')) dropped(r, table, add)
  else if (r.take('ALTER')) {
    if (!r.take('CONSTRAINT')) altered(r, table, add)
  } else if (r.take('VALIDATE', 'CONSTRAINT')) {
    add('FULL_SCAN', name, scanOf(name))
    const column = table.memory.unproven.get(`${name}.${r.name() ?? ''}`)
    if (column !== undefined) table.memory.proven.add(`${name}.${column}`)
  } else if (r.take('ATTACH', 'PARTITION')) {
    const partition = r.name() ?? name
    const proven = table.rules.provenBound?.({ table: name, partition, bound: r.text() }, table.memory.before())
    if (proven !== true) add('FULL_SCAN', partition, scanOf(partition))
    add('BLOCKS_READS', partition, held(true, partition))
  } else if (r.take('DETACH', 'PARTITION')) {
    const partition = r.name() ?? name
    add('BLOCKS_READS', partition, held(true, partition), 'ACCESS EXCLUSIVE')
  } else if (r.take('RENAME')) renamed(r, name, add)
  else if (r.take('SET', 'SCHEMA')) add('BREAKS_CLIENTS', name, goneName(name))
  else if (r.take('OWNER', 'TO')) add('PRIVILEGES', name, moreOrLess(name))
  else if (/^(?:(?:NO )?FORCE|ENABLE|DISABLE) ROW LEVEL /iu.test(r.text())) add('PRIVILEGES', name, moreOrLess(name))
  else if (r.take('SET')) {
    const kind = r.oneOf('LOGGED', 'UNLOGGED', 'TABLESPACE', 'ACCESS')
    if (kind === 'UNLOGGED') add('DATA_LOSS', name, `the rows of ${name} are lost when the server crashes from then on`)
    if (kind !== undefined) add('TABLE_REWRITE', name, rewriteOf(name))
  }
}

function renamed(r: Reader, table: string, add: Add): void {
  if (r.take('TO')) return add('BREAKS_CLIENTS', table, goneName(table))
  if (r.take('CONSTRAINT')) return
  r.take('COLUMN')
  const column = r.name()
  if (column !== undefined) add('BREAKS_CLIENTS', `${table}.${column}`, goneName(`${table}.${column}`))
}

function dropped(r: Reader, { name, memory }: Table, add: Add): void {
  if (r.take('CONSTRAINT')) {
    r.take('IF', 'EXISTS')
    const dropped = r.name() ?? ''
    const constraint = `${name}.${dropped}`
    for (const other of referredTo(name, memory.before(), dropped))
      add('BLOCKS_READS', other, held(true, other), 'ACCESS EXCLUSIVE')
    if (!memory.constraints.has(constraint) && !memory.madeAgain('CONSTRAINT', constraint))
      add('BREAKS_CLIENTS', constraint, `programs that rely on ${constraint} may meet rows that break it from then on`)
    return
  }
  if (r.oneOf('PRIMARY', 'FOREIGN', 'INDEX', 'KEY', 'CHECK') !== undefined) return
  if (r.take('PARTITION')) return add('DATA_LOSS', name, `drops a partition of ${name} with its rows`)
  r.take('COLUMN')
  r.take('IF', 'EXISTS')
  const column = r.name()
  if (column !== undefined) add('DATA_LOSS', `${name}.${column}`, `drops column ${name}.${column} with its values`)
}

function altered(r: Reader, table: Table, add: Add): void {
  r.take('COLUMN')
  const { name } = table
  const column = r.name() ?? ''
  const place = `${name}.${column}`
  if (r.take('TYPE') || r.take('SET', 'DATA', 'TYPE')) retyped(r, table, column, add)
  else if (r.take('SET', 'NOT', 'NULL')) {
    if (!table.memory.proven.has(place)) add('FULL_SCAN', name, scanOf(name))
  } else if (r.take('DROP', 'NOT', 'NULL'))
    add('BREAKS_CLIENTS', place, `programs that read ${place} may meet null from then on`)
  else if (r.take('DROP', 'IDENTITY')) add('DATA_LOSS', place, `drops the counter of ${place} with its position`)
  else if (r.take('RESTART')) add('DATA_LOSS', place, `moves the position of the counter of ${place}`)
  else if (r.take('SET', 'EXPRESSION')) add('TABLE_REWRITE', name, rewriteOf(name))
  else if (r.take('ADD', 'GENERATED')) add('FULL_SCAN', name, scanOf(name))
}

/** Types that take the values of those that are usually turned into them. */
const wide =
  /^(?:text|character varying|varchar|citext|bigint|int8|numeric|decimal|timestamptz|timestamp with time zone)$/iu

function retyped(r: Reader, { name, rules, memory }: Table, column: string, add: Add): void {
  const place = `${name}.${column}`
  const text = r.text()
  const type = text
    .split(/ (?:USING|COLLATE) /iu)[0]!
    .replaceAll(/ ?([(),[\]]) ?/gu, '$1')
    .trim()
  const using = / USING /iu.test(text)
  const known = rules.retyped?.({ table: name, column, type, using }, memory.before())
  if (known?.narrows ?? !wide.test(type)) add('DATA_LOSS', place, `narrows ${place}: values may be cut or refused`)
  if (known?.byTimeZone === true)
    add('TIME_ZONE', place, `reads the values of ${place} as times of the session's time zone`)
  if (known === undefined) add('TABLE_REWRITE', name, `may rewrite ${name} and its indexes: ${place} gets another type`)
  else if (known.work === 'rewrite') add('TABLE_REWRITE', name, rewriteOf(name))
  else if (known.work === 'scan') add('FULL_SCAN', name, scanOf(name))
}

const volatile =
  /\b(random|gen_random_uuid|uuid_generate_\w+|uuidv\d|nextval|clock_timestamp|timeofday|txid_current)\s*\(/iu

function added(r: Reader, { name, memory }: Table, add: Add): void {
  const named = r.take('CONSTRAINT')
  const constraint = named ? r.name() : undefined
  const kind = r.oneOf('CHECK', 'FOREIGN', 'UNIQUE', 'PRIMARY', 'EXCLUDE')
  if (constraint !== undefined) memory.constraints.add(`${name}.${constraint}`)
  if (kind !== undefined) {
    const later = r.has('NOT', 'VALID')
    if (!later && !r.has('USING', 'INDEX')) add('FULL_SCAN', name, scanOf(name))
    const column = kind === 'CHECK' ? /^\( (\S+) IS NOT NULL \)/iu.exec(r.text())?.[1]?.replaceAll('"', '') : undefined
    if (column !== undefined && later) memory.unproven.set(`${name}.${constraint ?? ''}`, column)
    else if (column !== undefined) memory.proven.add(`${name}.${column}`)
    if (kind === 'FOREIGN') for (const other of r.allAfter('REFERENCES')) if (other !== name) refersTo(add, other)
    return
  }
  if (named) return add('FULL_SCAN', name, scanOf(name))
  r.take('COLUMN')
  r.take('IF', 'NOT', 'EXISTS')
  r.name()
  const text = r.text()
  if (/^(?:small|big)?serial/iu.test(text) || r.has('AS', 'IDENTITY') || r.has('STORED') || volatile.test(text))
    add('TABLE_REWRITE', name, rewriteOf(name))
  else if (r.has('UNIQUE') || r.has('PRIMARY', 'KEY') || r.has('CHECK')) add('FULL_SCAN', name, scanOf(name))
  // The rows that are there would be null.
  else if (r.has('NOT', 'NULL') && !r.has('DEFAULT')) add('FULL_SCAN', name, scanOf(name))
  for (const other of r.allAfter('REFERENCES')) if (other !== name) refersTo(add, other)
}
