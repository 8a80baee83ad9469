/** Renames of labels, of enums and of checks that list them: those in hints and marks, and likely ones, which become questions. */
import { AmbixError } from '../../errors.ts'
import type { Operation } from '../../operations/kinds.ts'
import { columnKey, columnText, keyOf, refText, typeKey } from '../../schema/keys.ts'
import type { Domain, EnumType, Ref, Table } from '../../schema/model.ts'
import { equal } from '../compare/equal.ts'
import { plausibleRenames } from '../compare/labels.ts'
import { disguised } from '../enums/check-enums.ts'
import { isTable } from '../graph/dependants.ts'
import { sameSchema } from '../graph/needs.ts'
import type { Hint } from '../model/types.ts'
import { meansEnum } from './hinted-enum.ts'
import type { RenameState, Step } from './rename-state.ts'

export function renameLabelsOf(state: RenameState, key: string, had: EnumType, wished: EnumType): void {
  const declared = new Map<string, string>()
  const fits = (h: Hint): boolean =>
    'rename' in h &&
    h.rename === 'value' &&
    had.values.includes(h.from) &&
    wished.values.includes(h.to) &&
    meansEnum(h, wished, state.wished, state.asking)
  for (const hint of state.book.take(fits))
    if ('rename' in hint && hint.rename === 'value') declared.set(hint.from, hint.to)
  for (const [a, b] of Object.entries(wished.renamedValues ?? {})) {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      if (
        had.values.includes(from) &&
        !had.values.includes(to) &&
        wished.values.includes(to) &&
        !wished.values.includes(from)
      )
        declared.set(from, to)
    }
  }
  const domains = domainsThatSay(state, key, declared)
  // In the downgrade the labels have their old names before.
  for (const [before, now] of domains) state.steps.push({ down: sayDefault({ ...now, default: before.default }) })
  renameLabels(state, wished, had.values, declared)
  for (const [, now] of domains)
    state.apply({ up: sayDefault({ ...(state.schema.objects.get(keyOf(now)) as Domain), default: now.default }) })
  const now = state.schema.objects.get(key) as EnumType
  const removed = new Set(wished.removedValues === undefined ? [] : Object.keys(wished.removedValues))
  const pairs = plausibleRenames(now.values, wished.values).filter(([from]) => !removed.has(from))
  if (pairs.length === 0) return
  const named = (h: Hint, from: string): boolean =>
    'from' in h && h.from === from && meansEnum(h, wished, state.wished, state.asking)
  const type = refText(wished)
  const open = pairs.filter(([from, to]) => {
    const settled = state.book.take(
      (h) => 'distinct' in h && h.distinct === 'value' && named(h, from) && (h.to === undefined || h.to === to),
    )
    return (
      settled.length === 0 && !state.book.all().some((h) => 'remap' in h && h.direction !== 'down' && named(h, from))
    )
  })
  if (state.book.forAll === 'distinct' || !isHeld(state, key)) return
  if (state.book.forAll === 'rename') {
    renameLabels(state, wished, now.values, new Map(open))
    return
  }
  for (const [from, to] of open) {
    state.asking.decide({
      kind: 'rename',
      object: `enum ${type}`,
      question: `Is the label ${JSON.stringify(from)} of the enum ${type} renamed to ${JSON.stringify(to)}, or is it removed and another one added?`,
      options: [
        { rename: 'value', enum: type, from, to },
        { distinct: 'value', enum: type, from, to },
      ],
    })
  }
}

/** Whether anything that is kept can have labels of the enum: a dropped or converted column would have none. */
function isHeld(state: RenameState, key: string): boolean {
  return [...state.schema.objects].some(([at, object]) => {
    const later = state.wished.objects.get(at)
    if (isTable(object) && isTable(later))
      return object.columns.some(
        (c) => typeKey(c.type) === key && later.columns.some((l) => l.name === c.name && typeKey(l.type) === key),
      )
    if (object.kind === 'domain' && later?.kind === 'domain') return typeKey(object.type) === key
    return (
      object.kind === 'composite' &&
      later?.kind === 'composite' &&
      object.attributes.some((a) => typeKey(a.type) === key)
    )
  })
}

/**
 * Domains whose default is a label that is renamed, as they are and as they are to be. PostgreSQL follows in what it
 * does, but not in the text that it shows: the default is set again.
 */
function domainsThatSay(
  state: RenameState,
  key: string,
  declared: ReadonlyMap<string, string>,
): readonly (readonly [Domain, Domain])[] {
  if (declared.size === 0) return []
  return [...state.schema.objects].flatMap(([domainKey, before]) => {
    const now = state.wished.objects.get(domainKey)
    if (before.kind !== 'domain' || now?.kind !== 'domain' || typeKey(before.type) !== key) return []
    const value = before.default
    if (value?.kind !== 'literal') return []
    const renamed = (label: unknown): unknown =>
      Array.isArray(label) ? label.map(renamed) : typeof label === 'string' ? (declared.get(label) ?? label) : label
    const after = renamed(value.value)
    const same = now.default?.kind === 'literal' && equal(now.default.value, after)
    return same && !equal(after, value.value) ? [[before, now] as const] : []
  })
}

/** Renames in an order in which no name is used twice; a cycle uses a temporary label. */
function renameLabels(
  state: RenameState,
  type: Ref,
  values: readonly string[],
  declared: ReadonlyMap<string, string>,
): void {
  const at = sameSchema(type, type.name)
  const step = (from: string, to: string): Step => ({
    up: { kind: 'renameEnumValue', enum: at, from, to },
    down: { kind: 'renameEnumValue', enum: at, from: to, to: from },
  })
  const open = new Map([...declared].filter(([from, to]) => from !== to))
  const taken = new Set(values)
  while (open.size > 0) {
    const free = [...open].find(([, to]) => !taken.has(to))
    if (free !== undefined) {
      const [from, to] = free
      state.apply(step(from, to))
      taken.delete(from)
      taken.add(to)
      open.delete(from)
      continue
    }
    const [from, to] = [...open][0]!
    if (!open.has(to)) {
      throw new AmbixError(
        'HINTS.INVALID',
        `The label ${JSON.stringify(from)} of ${refText(type)} cannot be renamed to ${JSON.stringify(to)}.`,
        {
          why: 'The enum has that label already, and it is not renamed itself.',
          next: ['To merge two labels, remap the one to the other.'],
        },
      )
    }
    let aside = `${from}~`
    while (taken.has(aside)) aside += '~'
    state.apply(step(from, aside))
    taken.delete(from)
    taken.add(aside)
    open.delete(from)
    open.set(aside, to)
  }
}

/** Checks that list labels: a rename there is an update of rows, with the same question before. */
export function renameCheckLabels(state: RenameState, had: Table, wished: Table): void {
  if (had === wished) return
  const before = disguised(had)
  if (before.size === 0) return
  for (const [column, { labels }] of disguised(wished)) {
    const old = before.get(column)
    if (old === undefined || equal(old.labels, labels)) continue
    const key = columnKey(wished, column)
    const named = (h: Hint): boolean =>
      'column' in h && h.column !== undefined && state.namesColumn(h.column, wished, column)
    const renamed: Record<string, string> = {}
    for (const hint of state.book.take(
      (h) => 'rename' in h && h.rename === 'value' && named(h) && old.labels.includes(h.from) && labels.includes(h.to),
    )) {
      if ('rename' in hint && hint.rename === 'value') renamed[hint.from] = hint.to
    }
    const marked = wished.columns.find((c) => c.name === column)?.renamedValues ?? {}
    for (const [a, b] of Object.entries(marked)) {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const)
        if (old.labels.includes(from) && !labels.includes(from) && labels.includes(to)) renamed[from] = to
    }
    state.columnLabels.set(key, renamed)
    const removed = wished.columns.find((c) => c.name === column)?.removedValues ?? {}
    const now = old.labels.map((l) => renamed[l] ?? l)
    for (const [from, to] of plausibleRenames(now, labels)) {
      const settled =
        Object.hasOwn(removed, from) ||
        state.book.take(
          (h) =>
            'distinct' in h &&
            h.distinct === 'value' &&
            named(h) &&
            h.from === from &&
            (h.to === undefined || h.to === to),
        ).length > 0
      const remapped = state.book
        .all()
        .some((h) => 'remap' in h && h.direction !== 'down' && named(h) && h.from === from)
      if (settled || remapped || state.book.forAll === 'distinct') continue
      if (state.book.forAll === 'rename') {
        renamed[from] = to
        continue
      }
      const text = columnText(wished, column)
      state.asking.decide({
        kind: 'rename',
        object: `column ${text}`,
        question: `Is the label ${JSON.stringify(from)} of ${text} renamed to ${JSON.stringify(to)}, or is it removed and another one added?`,
        options: [
          { rename: 'value', column: text, from, to },
          { distinct: 'value', column: text, from, to },
        ],
      })
    }
  }
}

/** The default of a domain, as if it had none before. */
function sayDefault(domain: Domain): Operation {
  const { default: _, ...before } = domain
  return { kind: 'alterDomain', domain, before }
}
