/** How sequences, domains, composite and range types are created, altered and dropped. */
import type { Composite, Domain, RangeType, Ref, Sequence } from '../../../schema/model.ts'
import type { Handlers } from '../../dialect.ts'
import { refText } from '../../../schema/keys.ts'
import {
  block,
  bracketed,
  collate,
  comment,
  defaultText,
  describe,
  name,
  quote,
  role,
  sequenceClauses,
  text,
  writeType,
} from '../spell/writer.ts'
import { type SequenceChanges, sequenceChanges } from './sequence-changes.ts'

const onType = (
  object: { readonly schema?: string; readonly name: string },
  kind = 'type',
): { kind: string; schema?: string; name: string } => ({
  kind,
  ...(object.schema === undefined ? {} : { schema: object.schema }),
  name: object.name,
})

function ownedBy(s: Sequence): string {
  return s.ownedBy === undefined ? 'NONE' : `${name(s.ownedBy.table)}.${quote(s.ownedBy.column)}`
}

function createSequence(s: Sequence): readonly string[] {
  const type = s.type === undefined ? '' : ` AS ${s.type}`
  const clauses = sequenceClauses(s)
  const head = `CREATE ${s.unlogged === true ? 'UNLOGGED ' : ''}SEQUENCE ${name(s)}${type}`
  return [
    clauses.length === 0 ? head : `${head} ${clauses.join(' ')}`,
    ...(s.ownedBy === undefined ? [] : [`ALTER SEQUENCE ${name(s)} OWNED BY ${ownedBy(s)}`]),
    ...describe(onType(s, 'sequence'), s),
  ]
}

/** The counter is moved to where the new bound allows it. */
export function moveCounter(sequence: Ref, bound: NonNullable<SequenceChanges['bound']>): string {
  return `SELECT setval(${text(name(sequence))}::regclass, ${bound.counter}, false) FROM ${name(sequence)} WHERE ${bound.outside}`
}

function alterSequence(s: Sequence, before: Sequence | undefined): readonly string[] {
  const was: Partial<Sequence> = before ?? {}
  const { clauses, bound } = sequenceChanges(before, s)
  const typed = before === undefined ? s.type !== undefined : before.type !== s.type
  const all = [...(typed ? [`AS ${s.type ?? 'bigint'}`] : []), ...clauses]
  const out = all.length === 0 ? [] : [`ALTER SEQUENCE ${name(s)} ${all.join(' ')}`]
  if (bound !== undefined) out.push(moveCounter(s, bound), `ALTER SEQUENCE ${name(s)} ${bound.clause}`)
  if ((was.unlogged ?? false) !== (s.unlogged ?? false))
    out.push(`ALTER SEQUENCE ${name(s)} SET ${s.unlogged === true ? 'UNLOGGED' : 'LOGGED'}`)
  const owner = s.ownedBy === undefined ? '' : `${refText(s.ownedBy.table)}.${s.ownedBy.column}`
  const wasOwner = was.ownedBy === undefined ? '' : `${refText(was.ownedBy.table)}.${was.ownedBy.column}`
  if (owner !== wasOwner) out.push(`ALTER SEQUENCE ${name(s)} OWNED BY ${ownedBy(s)}`)
  if (before !== undefined && was.comment !== s.comment) out.push(comment(`SEQUENCE ${name(s)}`, s.comment))
  if (before !== undefined && s.owner !== undefined && was.owner !== s.owner)
    out.push(`ALTER SEQUENCE ${name(s)} OWNER TO ${role(s.owner)}`)
  return out
}

const checkClause = (check: Domain['checks'][number]): string =>
  `CONSTRAINT ${quote(check.name)} CHECK ${bracketed(check.sql)}`

const checkComment = (d: Domain, c: Domain['checks'][number]): string =>
  comment(`CONSTRAINT ${quote(c.name)} ON DOMAIN ${name(d)}`, c.comment)

/** CREATE DOMAIN with its checks, comment, owner and grants. */
export function createDomain(d: Domain): readonly string[] {
  const lines = [
    collate(d.collation),
    d.default === undefined ? '' : `DEFAULT ${defaultText(d.default, d.type)}`,
    d.notNull === true ? 'NOT NULL' : '',
    ...d.checks.filter((c) => c.notValid !== true).map(checkClause),
  ].filter((line) => line !== '')
  const head = `CREATE DOMAIN ${name(d)} AS ${writeType(d.type)}`
  const short = `${head}${lines.map((line) => ` ${line}`).join('')}`
  return [
    lines.length <= 1 && short.length <= 100 ? short : `${head}\n  ${lines.join('\n  ')}`,
    ...d.checks
      .filter((c) => c.notValid === true)
      .map((c) => `ALTER DOMAIN ${name(d)} ADD ${checkClause(c)} NOT VALID`),
    ...d.checks.flatMap((c) => (c.comment === undefined ? [] : [checkComment(d, c)])),
    ...describe(onType(d, 'domain'), d),
  ]
}

function alterDomain(d: Domain, before: Domain): readonly string[] | { unsupported: string } {
  const alter = `ALTER DOMAIN ${name(d)}`
  if (
    JSON.stringify(d.type) !== JSON.stringify(before.type) ||
    JSON.stringify(d.collation) !== JSON.stringify(before.collation)
  ) {
    return {
      unsupported: 'the type under a domain cannot be changed: make a new domain and alter the columns that use it',
    }
  }
  const out: string[] = []
  // A validated check is recreated where the target is not validated.
  const stays = (c: Domain['checks'][number], x: Domain['checks'][number]): boolean =>
    x.name === c.name && x.sql === c.sql && (c.notValid === true || x.notValid !== true)
  // A renamed one is not validated again.
  const named = new Map<string, string>()
  for (const c of before.checks) {
    if (d.checks.some((x) => x.name === c.name)) continue
    const to = d.checks.find(
      (x) =>
        x.sql === c.sql &&
        x.notValid === c.notValid &&
        !before.checks.some((b) => b.name === x.name) &&
        !named.has(x.name),
    )
    if (to !== undefined) named.set(to.name, c.name)
    if (to !== undefined) out.push(`${alter} RENAME CONSTRAINT ${quote(c.name)} TO ${quote(to.name)}`)
  }
  const renamed = [...named.values()]
  for (const c of before.checks)
    if (!renamed.includes(c.name) && !d.checks.some((x) => stays(c, x)))
      out.push(`${alter} DROP CONSTRAINT ${quote(c.name)}`)
  if (JSON.stringify(d.default) !== JSON.stringify(before.default)) {
    out.push(
      d.default === undefined ? `${alter} DROP DEFAULT` : `${alter} SET DEFAULT ${defaultText(d.default, d.type)}`,
    )
  }
  if ((d.notNull ?? false) !== (before.notNull ?? false))
    out.push(`${alter} ${d.notNull === true ? 'SET' : 'DROP'} NOT NULL`)
  for (const c of d.checks) {
    const was = before.checks.find((x) => x.name === named.get(c.name) || stays(x, c))
    if (was === undefined) out.push(`${alter} ADD ${checkClause(c)}${c.notValid === true ? ' NOT VALID' : ''}`)
    else if (was.notValid === true && c.notValid !== true) out.push(`${alter} VALIDATE CONSTRAINT ${quote(c.name)}`)
    if (was?.comment !== c.comment) out.push(checkComment(d, c))
  }
  if (d.comment !== before.comment) out.push(comment(`DOMAIN ${name(d)}`, d.comment))
  if (d.owner !== undefined && d.owner !== before.owner) out.push(`${alter} OWNER TO ${role(d.owner)}`)
  return out
}

function attribute(a: Composite['attributes'][number]): string {
  return `${quote(a.name)} ${writeType(a.type)}${a.collation === undefined ? '' : ` ${collate(a.collation)}`}`
}

const attributeComment = (t: Composite, a: Composite['attributes'][number]): string =>
  comment(`COLUMN ${name(t)}.${quote(a.name)}`, a.comment)

function createType(t: Composite | RangeType): readonly string[] {
  const on = onType(t)
  if (t.kind === 'composite') {
    const body = t.attributes.length === 0 ? '()' : block(t.attributes.map(attribute))
    const comments = t.attributes.flatMap((a) => (a.comment === undefined ? [] : [attributeComment(t, a)]))
    return [`CREATE TYPE ${name(t)} AS ${body}`, ...comments, ...describe(on, t)]
  }
  const items = [
    `subtype = ${writeType(t.subtype)}`,
    t.opclass === undefined ? '' : `subtype_opclass = ${t.opclass}`,
    t.collation === undefined ? '' : `collation = ${name(t.collation)}`,
    t.canonical === undefined ? '' : `canonical = ${t.canonical}`,
    t.subtypeDiff === undefined ? '' : `subtype_diff = ${t.subtypeDiff}`,
    t.multirangeName === undefined ? '' : `multirange_type_name = ${name({ ...on, name: t.multirangeName })}`,
  ].filter((item) => item !== '')
  return [`CREATE TYPE ${name(t)} AS RANGE ${items.length === 1 ? `(${items[0]})` : block(items)}`, ...describe(on, t)]
}

function alterType(t: Composite, before: Composite): readonly string[] {
  const actions: string[] = []
  for (const a of before.attributes)
    if (!t.attributes.some((x) => x.name === a.name)) actions.push(`DROP ATTRIBUTE ${quote(a.name)}`)
  for (const a of t.attributes) {
    const was = before.attributes.find((x) => x.name === a.name)
    if (was === undefined) actions.push(`ADD ATTRIBUTE ${attribute(a)}`)
    else if (JSON.stringify([was.type, was.collation]) !== JSON.stringify([a.type, a.collation])) {
      actions.push(
        `ALTER ATTRIBUTE ${quote(a.name)} TYPE ${writeType(a.type)}${a.collation === undefined ? '' : ` ${collate(a.collation)}`}`,
      )
    }
  }
  const out =
    actions.length === 0
      ? []
      : [`ALTER TYPE ${name(t)}${actions.length === 1 ? ` ${actions[0]}` : `\n  ${actions.join(',\n  ')}`}`]
  for (const a of t.attributes)
    if (before.attributes.find((x) => x.name === a.name)?.comment !== a.comment) out.push(attributeComment(t, a))
  if (t.comment !== before.comment) out.push(comment(`TYPE ${name(t)}`, t.comment))
  if (t.owner !== undefined && t.owner !== before.owner) out.push(`ALTER TYPE ${name(t)} OWNER TO ${role(t.owner)}`)
  return out
}

export const sequenceHandlers: Pick<Handlers, 'createSequence' | 'dropSequence' | 'renameSequence' | 'alterSequence'> =
  {
    createSequence: (op) => createSequence(op.sequence),
    dropSequence: (op) => [`DROP SEQUENCE ${name(op.sequence)}`],
    renameSequence: (op) => [`ALTER SEQUENCE ${name(op.sequence)} RENAME TO ${quote(op.to)}`],
    alterSequence: (op, context) => {
      const known = op.before ?? context.before.objects.get(`sequence:${refText(op.sequence)}`)
      return alterSequence(op.sequence, known?.kind === 'sequence' ? known : undefined)
    },
  }

export const typeHandlers = {
  createDomain: (op) => createDomain(op.domain),
  dropDomain: (op) => [`DROP DOMAIN ${name(op.domain)}`],
  alterDomain: (op, context) => {
    const known = op.before ?? context.before.objects.get(`domain:${refText(op.domain)}`)
    if (known?.kind !== 'domain') return { unsupported: 'what the domain is now is not known here: give it as before' }
    return alterDomain(op.domain, known)
  },
  createType: (op) => createType(op.type),
  dropType: (op) => [`DROP TYPE ${name(op.type)}`],
  alterType: (op, context) => {
    const known = op.before ?? context.before.objects.get(`composite:${refText(op.type)}`)
    if (known?.kind !== 'composite') return { unsupported: 'what the type is now is not known here: give it as before' }
    return alterType(op.type, known)
  },
} satisfies Partial<Handlers>
