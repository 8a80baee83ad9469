/** Operations on sequences; each next to its reverse. */
import { AmbixError } from '../../errors.ts'
import { oneOf, shown } from '../../schema/shapes.ts'
import { columnKey, refText, sequenceKey } from '../../schema/keys.ts'
import type { Ref, Sequence, SequenceOptions } from '../../schema/model.ts'
import {
  define,
  type DescribedOptions,
  describedKeys,
  describedOf,
  type InSchema,
  operation,
  refInput,
  type RefInput,
  refOf,
} from '../define.ts'
import { edit, find, put, remove, without } from '../fold/draft.ts'
import { checkName, checkOptions, unknownObject } from '../invalid.ts'
import { compact, flag, optionsOf, ref } from '../plain.ts'
import { renameObjectEverywhere } from '../fold/rename.ts'
import { changeBehindColumn } from '../fold/owned-sequences.ts'

export interface SequenceSettings extends SequenceOptions, DescribedOptions {
  /** Absent means bigint. */
  readonly type?: 'smallint' | 'integer' | 'bigint'
  readonly ownedBy?: { readonly table: RefInput; readonly column: string }
  readonly unlogged?: boolean
}

const settingKeys = [
  'start',
  'increment',
  'min',
  'max',
  'cache',
  'cycle',
  'type',
  'ownedBy',
  'unlogged',
  ...describedKeys,
] as const

const types = oneOf('smallint', 'integer', 'bigint')

function sequenceOf(of: Ref, s: SequenceSettings): Sequence {
  if (s.type !== undefined && !types.fits(s.type))
    throw new AmbixError('OPERATION.INVALID', `The type of the sequence ${of.name} must be ${types.wants}.`, {
      why: `${shown(s.type)} was given.`,
    })
  return compact<Sequence>({
    kind: 'sequence',
    ...of,
    start: s.start,
    increment: s.increment,
    min: s.min,
    max: s.max,
    cache: s.cache,
    cycle: flag(s.cycle),
    type: s.type === 'bigint' ? undefined : s.type,
    ownedBy: s.ownedBy === undefined ? undefined : { table: refOf(s.ownedBy.table), column: s.ownedBy.column },
    unlogged: flag(s.unlogged),
    ...describedOf(s),
  })
}

function settingsOf(s: Sequence): SequenceSettings {
  return {
    type: s.type,
    start: s.start,
    increment: s.increment,
    min: s.min,
    max: s.max,
    cache: s.cache,
    cycle: s.cycle,
    ownedBy: s.ownedBy === undefined ? undefined : { table: refInput(s.ownedBy.table), column: s.ownedBy.column },
    unlogged: s.unlogged,
    ...describedOf(s),
  }
}

const owner = (s: Sequence | undefined): readonly string[] =>
  s?.ownedBy === undefined ? [] : [columnKey(s.ownedBy.table, s.ownedBy.column)]

export const createSequence = define('createSequence', {
  create(name: string, options: SequenceSettings & InSchema = {}) {
    checkName('createSequence', 'the name of the sequence', name)
    checkOptions('createSequence', options, ['schema', ...settingKeys])
    return operation({ kind: 'createSequence', sequence: sequenceOf(ref(name, options.schema), options) })
  },
  args: (op) => [op.sequence.name, optionsOf({ schema: op.sequence.schema, ...settingsOf(op.sequence) })],
  reverse: (op) => ({
    kind: 'dropSequence',
    sequence: ref(op.sequence.name, op.sequence.schema),
    definition: op.sequence,
  }),
  apply: (draft, op) => put(draft, 'createSequence', without(op.sequence, 'renamedFrom')),
  footprint: (op) => ({ reads: owner(op.sequence), writes: [sequenceKey(op.sequence)] }),
})

export const dropSequence = define('dropSequence', {
  create(name: string, options: InSchema & { readonly was?: SequenceSettings } = {}) {
    checkName('dropSequence', 'the name of the sequence', name)
    checkOptions('dropSequence', options, ['schema', 'was'])
    checkOptions('dropSequence', options.was, settingKeys)
    const of = ref(name, options.schema)
    return operation({
      kind: 'dropSequence',
      sequence: of,
      definition: options.was === undefined ? undefined : sequenceOf(of, options.was),
    })
  },
  args: (op) => [
    op.sequence.name,
    optionsOf({
      schema: op.sequence.schema,
      was: op.definition === undefined ? undefined : compact(settingsOf(op.definition)),
    }),
  ],
  reverse: (op) => (op.definition === undefined ? undefined : { kind: 'createSequence', sequence: op.definition }),
  apply: (draft, op) => remove(draft, 'dropSequence', sequenceKey(op.sequence)),
  footprint: (op) => ({ reads: owner(op.definition), writes: [sequenceKey(op.sequence)] }),
})

export const renameSequence = define('renameSequence', {
  create(name: string, to: string, options: InSchema = {}) {
    checkName('renameSequence', 'the old name', name)
    checkName('renameSequence', 'the new name', to)
    checkOptions('renameSequence', options, ['schema'])
    return operation({ kind: 'renameSequence', sequence: ref(name, options.schema), to })
  },
  args: (op) => [op.sequence.name, op.to, optionsOf({ schema: op.sequence.schema })],
  reverse: (op) => ({ kind: 'renameSequence', sequence: ref(op.to, op.sequence.schema), to: op.sequence.name }),
  apply(draft, op) {
    const to = ref(op.to, op.sequence.schema)
    changeBehindColumn(draft, op.sequence, to, () => {
      const sequence = find(draft, 'renameSequence', 'sequence', sequenceKey(op.sequence))
      if (sequence !== undefined) renameObjectEverywhere(draft, sequence, to)
    })
  },
  footprint: (op) => ({ reads: [], writes: [sequenceKey(op.sequence), sequenceKey(ref(op.to, op.sequence.schema))] }),
})

export const alterSequence = define('alterSequence', {
  create(name: string, options: SequenceSettings & InSchema & { readonly was?: SequenceSettings }) {
    checkName('alterSequence', 'the name of the sequence', name)
    checkOptions('alterSequence', options, ['schema', 'was', ...settingKeys])
    checkOptions('alterSequence', options.was, settingKeys)
    const of = ref(name, options.schema)
    return operation({
      kind: 'alterSequence',
      sequence: sequenceOf(of, options),
      before: options.was === undefined ? undefined : sequenceOf(of, options.was),
    })
  },
  args: (op) => [
    op.sequence.name,
    compact({
      schema: op.sequence.schema,
      ...settingsOf(op.sequence),
      was: op.before === undefined ? undefined : compact(settingsOf(op.before)),
    }),
  ],
  reverse: (op) =>
    op.before === undefined ? undefined : { kind: 'alterSequence', sequence: op.before, before: op.sequence },
  apply(draft, op) {
    const key = sequenceKey(op.sequence)
    changeBehindColumn(draft, op.sequence, op.sequence, () => {
      if (!draft.blind && !draft.objects.has(key))
        throw unknownObject('alterSequence', `sequence ${refText(op.sequence)}`)
      edit(draft, 'alterSequence', 'sequence', key, () => without(op.sequence, 'renamedFrom'))
    })
  },
  footprint: (op) => ({ reads: [...owner(op.sequence), ...owner(op.before)], writes: [sequenceKey(op.sequence)] }),
})
