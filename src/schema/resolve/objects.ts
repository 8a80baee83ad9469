/** How declared views, routines, sequences, types and the rest become objects of the model. */
import { AmbixError } from '../../errors.ts'
import { columnData } from '../declare/column.ts'
import { refText } from '../keys.ts'
import { usualNames } from '../name-limit.ts'
import type {
  Composite,
  Definition,
  Domain,
  Extension,
  Policy,
  RangeType,
  Ref,
  Routine,
  Sequence,
  Trigger,
  View,
} from '../model.ts'
import type { CompositeData, DomainCheckOptions, DomainData, RangeData } from '../declare/own-types.ts'
import { defaultName } from './naming.ts'
import type { DefinitionData, PolicyData, RoutineData, RuleData, SqlText, TriggerData } from '../declare/objects.ts'
import type { ViewData } from '../declare/views.ts'
import type { ExtensionData, SequenceData } from '../declare/sequences.ts'
import { identityArguments } from './routine-arguments.ts'
import { indexFromBuilder, tableRef } from './tables.ts'
import { collationRef, given, localRef, localType, type ResolveOptions, sequenceOptions, textOf } from './column.ts'
import { parameters } from './indexes.ts'
import type { TakenNames } from './subject.ts'
import { isSql, type Sql, standardSpelling } from '../sql.ts'

const said = (options: {
  readonly comment?: string
  readonly renamedFrom?: string
}): { readonly comment?: string; readonly renamedFrom?: string } => ({
  ...given('comment', options.comment),
  ...given('renamedFrom', options.renamedFrom),
})

/** A statement or query without what is around it. */
function statement(text: SqlText, options: ResolveOptions, qualify = false): string {
  return textOf(text, options, qualify).trim().replace(/;\s*$/u, '')
}

function nameOf(ref: Ref, options: ResolveOptions): string {
  const { quote } = options.spelling ?? standardSpelling
  return ref.schema === undefined ? quote(ref.name) : `${quote(ref.schema)}.${quote(ref.name)}`
}

export function viewOf(data: ViewData, options: ResolveOptions, taken?: TakenNames): View {
  const ref = localRef(data, options)
  const definition = statement(data.definition, options, true)
  if (definition === '') throw new AmbixError('SCHEMA.INVALID', `The view ${refText(ref)} has no query.`)
  const { indexes, tablespace, noData, columnComments } = data.options
  return Object.freeze({
    kind: 'view',
    ...ref,
    ...given('materialized', data.materialized ? true : undefined),
    definition,
    ...given('with', parameters(data.options.with)),
    ...given(
      'indexes',
      indexes?.map((i) => indexFromBuilder(i, ref, options, taken)),
    ),
    ...given('columnComments', columnComments),
    ...given('tablespace', tablespace),
    ...given('noData', noData === true ? true : undefined),
    ...said(data.options),
  })
}

export function routineOf(data: RoutineData, options: ResolveOptions): Routine {
  const ref = localRef(data, options)
  const word = data.routineKind.toUpperCase()
  const definition =
    data.definition === undefined
      ? routineText(data, nameOf(ref, options), word, options)
      : statement(data.definition, options, true)
  const given = data.options.arguments ?? argumentsIn(definition)
  if (given === undefined) {
    throw new AmbixError('SCHEMA.INVALID', `The ${data.routineKind} ${refText(ref)} has no arguments in brackets.`, {
      next: [`Give the whole statement: CREATE ${word} ${ref.name}(…) …`],
    })
  }
  return Object.freeze({
    kind: 'routine',
    ...ref,
    routineKind: data.routineKind,
    identityArguments: identityArguments(given),
    definition,
    ...said(data.options),
  })
}

function routineText(data: RoutineData, name: string, word: string, options: ResolveOptions): string {
  const { returns, language, attributes, body, atomic } = data.options
  const text = textOf(body ?? '', options, true)
  const head = [
    `CREATE OR REPLACE ${word} ${name}(${data.options.arguments ?? ''})`,
    ...(returns === undefined ? [] : [`RETURNS ${returns}`]),
    `LANGUAGE ${language ?? 'sql'}`,
    ...(attributes === undefined ? [] : [attributes]),
  ].join(' ')
  if (atomic === true) return `${head} ${text}`
  const mark = dollarMark(text)
  return `${head} AS ${mark}${text}${mark}`
}

/** A dollar quote that does not occur in the text. */
function dollarMark(text: string): string {
  for (let i = 0; ; i++) {
    const mark = i === 0 ? '$$' : `$body${i === 1 ? '' : i}$`
    if (!text.includes(mark)) return mark
  }
}

/** The content of the first brackets of a statement, not counting those in quoted names and strings: a routine may be called `f(1)`. */
function argumentsIn(definition: string): string | undefined {
  const bare = definition.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"/gsu, (m) => ' '.repeat(m.length))
  const start = bare.indexOf('(')
  let depth = 0
  for (let i = start; i >= 0 && i < bare.length; i++) {
    if (bare[i] === '(') depth++
    if (bare[i] === ')' && --depth === 0) return definition.slice(start + 1, i)
  }
  return undefined
}

export function triggerOf(data: TriggerData, options: ResolveOptions): Trigger {
  const table = tableRef(data.table, options)
  return Object.freeze({
    kind: 'trigger',
    table,
    name: data.name,
    definition:
      data.definition === undefined
        ? triggerText(data, nameOf(table, options), options)
        : statement(data.definition, options),
    ...given('enabled', data.options.enabled),
    ...said(data.options),
  })
}

function triggerText(data: TriggerData, table: string, options: ResolveOptions): string {
  const { quote } = options.spelling ?? standardSpelling
  const { timing, events, forEach, when, execute, constraint, referencing } = data.options
  const deferred = typeof constraint === 'object' ? constraint : {}
  return [
    `CREATE ${constraint === undefined || constraint === false ? '' : 'CONSTRAINT '}TRIGGER ${quote(data.name)}`,
    (timing ?? 'after').toUpperCase(),
    typeof events === 'string' ? events : (events ?? []).join(' OR '),
    `ON ${table}`,
    ...(deferred.deferrable === true || deferred.initially !== undefined ? ['DEFERRABLE'] : []),
    ...(deferred.initially === undefined ? [] : [`INITIALLY ${deferred.initially.toUpperCase()}`]),
    ...(referencing === undefined ? [] : [`REFERENCING ${referencing}`]),
    `FOR EACH ${(forEach ?? 'row').toUpperCase()}`,
    ...(when === undefined ? [] : [`WHEN (${textOf(when, options)})`]),
    `EXECUTE FUNCTION ${execute ?? ''}`,
  ].join(' ')
}

export function policyOf(data: PolicyData, options: ResolveOptions): Policy {
  const { to, using, check } = data.options
  const roles = to === undefined ? ['public'] : typeof to === 'string' ? [to] : to
  return Object.freeze({
    kind: 'policy',
    table: tableRef(data.table, options),
    name: data.name,
    command: data.options.for ?? 'all',
    ...given('restrictive', data.options.restrictive === true ? true : undefined),
    roles: Object.freeze([...roles].toSorted()),
    ...given('using', using === undefined ? undefined : textOf(using, options)),
    ...given('check', check === undefined ? undefined : textOf(check, options)),
    ...said(data.options),
  })
}

export function ruleOf(data: RuleData, options: ResolveOptions): Definition {
  const { quote } = options.spelling ?? standardSpelling
  const table = tableRef(data.table, options)
  return Object.freeze({
    kind: 'definition',
    objectKind: 'rule',
    identity: `${refText(table)}.${data.name}`,
    create: Object.freeze([statement(data.definition, options)]),
    drop: `DROP RULE ${quote(data.name)} ON ${nameOf(table, options)}`,
    commentOn: `RULE ${quote(data.name)} ON ${nameOf(table, options)}`,
    table,
    ...said(data.options),
  })
}

export function definitionOf(data: DefinitionData, options: ResolveOptions): Definition {
  const { create, drop, commentOn, table } = data.settings
  const list: readonly SqlText[] = typeof create === 'string' || isSql(create) ? [create] : create
  return Object.freeze({
    kind: 'definition',
    objectKind: data.objectKind,
    identity: data.identity,
    create: Object.freeze(list.map((s) => statement(s, options))),
    drop: statement(drop, options),
    ...given('commentOn', commentOn),
    ...given('table', table === undefined ? undefined : tableRef(table, options)),
    ...said(data.settings),
  })
}

export function sequenceOf(data: SequenceData, options: ResolveOptions): Sequence {
  const { type, ownedBy, unlogged, comment, renamedFrom, ...rest } = data.options
  return Object.freeze({
    kind: 'sequence',
    ...localRef(data, options),
    ...given('type', type === 'bigint' ? undefined : type),
    ...sequenceOptions(rest),
    ...given('ownedBy', ownedBy && { table: tableRef(ownedBy.table, options), column: ownedBy.column }),
    ...given('unlogged', unlogged === true ? true : undefined),
    ...said({ ...given('comment', comment), ...given('renamedFrom', renamedFrom) }),
  })
}

export function domainOf(data: DomainData, options: ResolveOptions): Domain {
  const ref = localRef(data, options)
  const { notNull, default: preset, collation, check } = data.options
  const made = preset === undefined ? undefined : columnData(data.of.default(preset)).default
  const texts = check === undefined ? [] : typeof check === 'string' || isSql(check) ? [check] : check
  const taken = new Set<string>()
  const named = Array.isArray(texts)
    ? (texts as readonly (Sql | string)[]).map((sql) => {
        const name = defaultName({ kind: 'check', table: ref.name, columns: [] }, options.names ?? usualNames, (n) =>
          taken.has(n),
        )
        taken.add(name)
        return { name, sql: textOf(sql, options) }
      })
    : Object.entries(texts as Readonly<Record<string, SqlText | DomainCheckOptions>>).map(([name, said]) => {
        const { sql, comment, notValid } =
          typeof said === 'string' || isSql(said) ? ({ sql: said } as DomainCheckOptions) : said
        return {
          name,
          sql: textOf(sql, options),
          ...given('notValid', notValid === true ? true : undefined),
          ...given('comment', comment),
        }
      })
  return Object.freeze({
    kind: 'domain',
    ...ref,
    type: localType(columnData(data.of).type, options),
    ...given('notNull', notNull === true ? true : undefined),
    ...given(
      'default',
      made && (made.kind === 'literal' ? made : { kind: 'sql' as const, sql: textOf(made.sql, options) }),
    ),
    ...given('collation', collationRef(collation, options)),
    checks: Object.freeze(named),
    ...said(data.options),
  })
}

export function compositeOf(data: CompositeData, options: ResolveOptions): Composite {
  return Object.freeze({
    kind: 'composite',
    ...localRef(data, options),
    attributes: Object.freeze(
      Object.entries(data.attributes).map(([property, of]) => {
        const { type, collation, sqlName, comment } = columnData(of)
        return Object.freeze({
          name: sqlName ?? property,
          type: localType(type, options),
          ...given('collation', collation && localRef(collation, options)),
          ...given('comment', comment),
        })
      }),
    ),
    ...said(data.options),
  })
}

export function rangeOf(data: RangeData, options: ResolveOptions): RangeType {
  const { opclass, collation, subtypeDiff, canonical, multirangeName } = data.options
  return Object.freeze({
    kind: 'range',
    ...localRef(data, options),
    subtype: localType(columnData(data.subtype).type, options),
    ...given('opclass', opclass),
    ...given('collation', collationRef(collation, options)),
    ...given('subtypeDiff', subtypeDiff),
    ...given('canonical', canonical),
    ...given('multirangeName', multirangeName),
    ...said(data.options),
  })
}

export function extensionOf(data: ExtensionData, options: ResolveOptions): Extension {
  const { schema, version, comment } = data.options
  return Object.freeze({
    kind: 'extension',
    name: data.name,
    ...given('schema', schema === options.defaultSchema ? undefined : schema),
    ...given('version', version),
    ...given('comment', comment),
  })
}
