/** Views, triggers, routines, events and sequences, from the rows of information_schema. */
import type { Definition, Routine, Sequence, Trigger, View } from '../../../schema/model.ts'
import { quote, text } from '../spell/quote.ts'
import { withoutDatabase } from './catalog.ts'
import type { Catalog } from './catalog.ts'

type Row = readonly (string | null)[]

/** `DEFINER=… ` where it is not the reading account; the account's own objects need none. */
function definer(catalog: Catalog, account: string | null | undefined): string {
  if (account === null || account === undefined || account === catalog.user) return ''
  const at = account.lastIndexOf('@')
  return at < 0
    ? `DEFINER=${quote(account)} `
    : `DEFINER=${quote(account.slice(0, at))}@${quote(account.slice(at + 1))} `
}

export function viewOf(catalog: Catalog, row: Row): View {
  const [name, definition, option, account, security, algorithm] = row
  const made = definer(catalog, account)
  const parameters = {
    ...(option === 'CASCADED' || option === 'LOCAL' ? { check_option: option.toLowerCase() } : {}),
    ...(security === 'INVOKER' ? { security: 'invoker' } : {}),
    ...(algorithm === 'MERGE' || algorithm === 'TEMPTABLE' ? { algorithm: algorithm.toLowerCase() } : {}),
    ...(made === '' ? {} : { definer: made.slice('DEFINER='.length).trim() }),
  }
  return {
    kind: 'view',
    name: name!,
    definition: withoutDatabase(definition ?? '', catalog.database),
    ...(Object.keys(parameters).length === 0 ? {} : { with: parameters }),
  }
}

/** Triggers of one event fire in an order; each names the one before it. */
export function triggersOf(catalog: Catalog): readonly Trigger[] {
  let before: Row | undefined
  return catalog.triggers.map((row): Trigger => {
    const [table, name, timing, event, body, account] = row
    const follows =
      before !== undefined && before[0] === table && before[2] === timing && before[3] === event
        ? ` FOLLOWS ${quote(before[1]!)}`
        : ''
    before = row
    return {
      kind: 'trigger',
      table: { name: table! },
      name: name!,
      definition: `CREATE ${definer(catalog, account)}TRIGGER ${quote(name!)} ${timing} ${event} ON ${quote(table!)} FOR EACH ROW${follows} ${withoutDatabase((body ?? '').trim(), catalog.database)}`,
    }
  })
}

function charset(catalog: Catalog, set: string | null | undefined, collation: string | null | undefined): string {
  if (set === null || set === undefined || collation === null || collation === undefined) return ''
  return collation === catalog.collation ? '' : ` CHARSET ${set} COLLATE ${collation}`
}

export function routineOf(catalog: Catalog, row: Row): Routine {
  const [name, type, returns, body, deterministic, access, security, comment, account, set, collation] = row
  const isFunction = type === 'FUNCTION'
  // The server does not otherwise tell that a function is an aggregate (MariaDB): only aggregates fetch the rows of a group.
  const aggregate = isFunction && /\bFETCH\s+GROUP\s+NEXT\s+ROW\b/iu.test(body ?? '') ? 'AGGREGATE ' : ''
  const parameters = (catalog.parameters.get(`${type} ${name}`) ?? []).map((p) => {
    const mode = isFunction || p[1] === null || p[1] === 'IN' ? '' : `${p[1]} `
    return `${mode}${quote(p[2] ?? '')} ${p[3] ?? ''}${charset(catalog, p[4], p[5])}`
  })
  const words = [
    ...(isFunction ? [`RETURNS ${returns ?? ''}${charset(catalog, set, collation)}`] : []),
    ...(deterministic === 'YES' ? ['DETERMINISTIC'] : []),
    ...(access === 'CONTAINS SQL' || access === null ? [] : [access]),
    ...(security === 'INVOKER' ? ['SQL SECURITY INVOKER'] : []),
    ...(comment === null || comment === '' ? [] : [`COMMENT ${text(comment!)}`]),
  ]
  return {
    kind: 'routine',
    name: name!,
    routineKind: isFunction ? 'function' : 'procedure',
    identityArguments: '',
    definition: `CREATE ${definer(catalog, account)}${aggregate}${type} ${quote(name!)}(${parameters.join(', ')})\n${[...words, ''].join('\n')}${withoutDatabase((body ?? '').trim(), catalog.database)}`,
  }
}

export function eventOf(catalog: Catalog, row: Row): Definition {
  const [name, account, body, , at, interval, field, starts, ends, status, completion, created, comment, altered] = row
  // Without a start given, it is the time of creation.
  const given = starts !== null && starts !== created && starts !== altered
  const schedule =
    at !== null
      ? `AT ${text(at!)}`
      : `EVERY ${/^\d+$/u.test(interval ?? '') ? interval : text(interval ?? '')} ${field}${given ? ` STARTS ${text(starts!)}` : ''}${ends === null ? '' : ` ENDS ${text(ends!)}`}`
  const state = status === 'ENABLED' ? '' : status === 'DISABLED' ? ' DISABLE' : ' DISABLE ON SLAVE'
  return {
    kind: 'definition',
    objectKind: 'event',
    identity: name!,
    create: [
      `CREATE ${definer(catalog, account)}EVENT ${quote(name!)} ON SCHEDULE ${schedule}${completion === 'PRESERVE' ? ' ON COMPLETION PRESERVE' : ''}${state}${comment === null || comment === '' ? '' : ` COMMENT ${text(comment!)}`} DO ${withoutDatabase((body ?? '').trim(), catalog.database)}`,
    ],
    drop: `DROP EVENT ${quote(name!)}`,
  }
}

/** The default options of a sequence in MariaDB. */
export const usual = { min: '1', max: '9223372036854775806', increment: '1', cache: '1000' } as const

export function sequenceOf(row: Row): Sequence {
  const [name, start, min, max, increment, cache, cycle] = row
  return {
    kind: 'sequence',
    name: name!,
    ...(start === (min ?? usual.min) ? {} : { start: number(start) }),
    ...(increment === usual.increment ? {} : { increment: number(increment) }),
    ...(min === usual.min ? {} : { min: number(min) }),
    ...(max === usual.max ? {} : { max: number(max) }),
    ...(cache === usual.cache ? {} : { cache: number(cache) }),
    ...(cycle === '1' ? { cycle: true } : {}),
  }
}

function number(value: string | null | undefined): number | string {
  const n = Number(value)
  return Number.isSafeInteger(n) ? n : (value ?? '')
}
