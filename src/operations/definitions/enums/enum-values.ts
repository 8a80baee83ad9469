/** The operations on the labels of an enum. */
import { enumKey, enumValueKey, refText } from '../../../schema/keys.ts'
import type { Ref } from '../../../schema/model.ts'
import { checkLabels } from '../../../schema/declare/enum-labels.ts'
import { define, type InSchema, operation } from '../../define.ts'
import { edit } from '../../fold/draft.ts'
import { labelOrNull, shown } from '../../../schema/shapes.ts'
import { checkName, checkOptions, invalid, unknownObject } from '../../invalid.ts'
import { optionsOf, ref } from '../../plain.ts'
import { renameLabelEverywhere } from '../../fold/rename.ts'
import { valuesOf, type EnumUseInput, usesOf, usesInput, swapDefaults, usedColumns } from './enums.ts'

export interface AddEnumValueOptions extends InSchema {
  readonly before?: string
  readonly after?: string
  /** The new value of rows with the label in the downgrade; null is NULL. */
  readonly remapDown?: string | null
}

export const addEnumValue = define('addEnumValue', {
  create(name: string, value: string, options: AddEnumValueOptions = {}) {
    checkName('addEnumValue', 'the name of the enum', name)
    checkOptions('addEnumValue', options, ['schema', 'before', 'after', 'remapDown'])
    place('addEnumValue', name, value, options)
    becomes('addEnumValue', 'remapDown', options.remapDown)
    return operation({
      kind: 'addEnumValue',
      enum: ref(name, options.schema),
      value,
      before: options.before,
      after: options.after,
      remapDown: options.remapDown,
    })
  },
  args: (op) => [
    op.enum.name,
    op.value,
    optionsOf({ before: op.before, after: op.after, remapDown: op.remapDown, schema: op.enum.schema }),
  ],
  reverse: (op) =>
    operation({
      kind: 'dropEnumValue',
      enum: op.enum,
      value: op.value,
      before: op.before,
      after: op.after,
      remap: op.remapDown,
    }),
  apply(draft, op) {
    edit(draft, 'addEnumValue', 'enum', enumKey(op.enum), (type) => {
      if (type.values.includes(op.value)) {
        if (draft.blind) return type
        throw invalid('addEnumValue', `enum ${refText(op.enum)} has the label '${op.value}' already`)
      }
      const values = [...type.values]
      const neighbour = op.before ?? op.after
      const at = neighbour === undefined ? values.length : values.indexOf(neighbour)
      if (at < 0 && !draft.blind)
        throw unknownObject('addEnumValue', `label '${neighbour}' of enum ${refText(op.enum)}`)
      values.splice(
        at < 0 ? values.length : op.before === undefined && op.after !== undefined ? at + 1 : at,
        0,
        op.value,
      )
      return { ...type, values }
    })
  },
  footprint: (op) => ({
    reads: [enumKey(op.enum), ...neighbours(op.enum, op)],
    writes: [enumValueKey(op.enum, op.value)],
  }),
})

function place(name: string, type: string, value: unknown, options: { before?: string; after?: string }): void {
  checkLabels(type, [value, ...[options.before, options.after].filter((label) => label !== undefined)])
  if (options.before !== undefined && options.after !== undefined)
    throw invalid(name, "both 'before' and 'after' are given")
}

/** What rows of one label become: one value for all. */
function becomes(operation: string, option: string, value: unknown): void {
  if (value !== undefined && !labelOrNull.fits(value))
    throw invalid(operation, `'${option}' must be ${labelOrNull.wants}`, `${shown(value)} was given.`)
}

const neighbours = (type: Ref, op: { before?: string; after?: string }): readonly string[] =>
  [op.before, op.after].flatMap((v) => (v === undefined ? [] : [enumValueKey(type, v)]))

export interface DropEnumValueOptions extends InSchema {
  /** Its former position, for the downgrade. */
  readonly before?: string
  readonly after?: string
  /** The new value of rows with the label; null is NULL in scalars and removes the element from arrays. */
  readonly remap?: string | null
  readonly uses?: readonly EnumUseInput[]
  /** The labels that remain, where they are known. */
  readonly values?: readonly string[]
}

export const dropEnumValue = define('dropEnumValue', {
  create(name: string, value: string, options: DropEnumValueOptions = {}) {
    checkName('dropEnumValue', 'the name of the enum', name)
    becomes('dropEnumValue', 'remap', options.remap)
    checkOptions('dropEnumValue', options, ['schema', 'before', 'after', 'remap', 'uses', 'values'])
    place('dropEnumValue', name, value, options)
    return operation({
      kind: 'dropEnumValue',
      enum: ref(name, options.schema),
      value,
      before: options.before,
      after: options.after,
      remap: options.remap,
      uses: usesOf(options.uses),
      values: options.values === undefined ? undefined : valuesOf('dropEnumValue', name, options.values),
    })
  },
  args: (op) => [
    op.enum.name,
    op.value,
    optionsOf({
      before: op.before,
      after: op.after,
      remap: op.remap,
      values: op.values,
      uses: usesInput(op.uses),
      schema: op.enum.schema,
    }),
  ],
  reverse: (op) =>
    operation({
      kind: 'addEnumValue',
      enum: op.enum,
      value: op.value,
      before: op.before,
      after: op.after,
      remapDown: op.remap,
    }),
  apply(draft, op) {
    edit(draft, 'dropEnumValue', 'enum', enumKey(op.enum), (type) => {
      if (!type.values.includes(op.value) && !draft.blind) {
        throw unknownObject('dropEnumValue', `label '${op.value}' of enum ${refText(op.enum)}`)
      }
      return { ...type, values: type.values.filter((v) => v !== op.value) }
    })
    swapDefaults(draft, op.uses)
  },
  footprint: (op) => ({
    reads: [enumKey(op.enum), ...neighbours(op.enum, op)],
    writes: [enumValueKey(op.enum, op.value), ...usedColumns(op.uses)],
  }),
})

export const renameEnumValue = define('renameEnumValue', {
  create(name: string, from: string, to: string, options: InSchema = {}) {
    checkName('renameEnumValue', 'the name of the enum', name)
    checkOptions('renameEnumValue', options, ['schema'])
    checkLabels(name, [from])
    checkLabels(name, [to])
    return operation({ kind: 'renameEnumValue', enum: ref(name, options.schema), from, to })
  },
  args: (op) => [op.enum.name, op.from, op.to, optionsOf({ schema: op.enum.schema })],
  reverse: (op) => ({ kind: 'renameEnumValue', enum: op.enum, from: op.to, to: op.from }),
  apply(draft, op) {
    edit(draft, 'renameEnumValue', 'enum', enumKey(op.enum), (type) => {
      if (!type.values.includes(op.from) && !draft.blind) {
        throw unknownObject('renameEnumValue', `label '${op.from}' of enum ${refText(op.enum)}`)
      }
      if (type.values.includes(op.to) && !draft.blind) {
        throw invalid('renameEnumValue', `enum ${refText(op.enum)} has the label '${op.to}' already`)
      }
      return { ...type, values: type.values.map((v) => (v === op.from ? op.to : v)) }
    })
    renameLabelEverywhere(draft, op.enum, op.from, op.to)
  },
  footprint: (op) => ({
    reads: [enumKey(op.enum)],
    writes: [enumValueKey(op.enum, op.from), enumValueKey(op.enum, op.to)],
  }),
})
