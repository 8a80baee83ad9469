/** Sequences and extensions in a declared schema. */
import { declaredHere } from '../../util/written-at.ts'
import { AmbixError } from '../../errors.ts'
import { nonEmpty } from './column.ts'
import { ambix, type Declared } from '../declared.ts'
import { checkOptions, type Known } from './known-options.ts'
import { anyTable, flag, members, oneOf, saidShapes, sequenceShapes, text, word } from '../shapes.ts'
import type { SequenceOptions } from '../model.ts'
import type { TableName, Said } from './objects.ts'

export interface SequenceSettings extends SequenceOptions, Said {
  readonly type?: 'smallint' | 'integer' | 'bigint'
  readonly ownedBy?: { readonly table: TableName; readonly column: string }
  readonly unlogged?: boolean
}

export interface SequenceData {
  readonly kind: 'sequence'
  readonly name: string
  readonly schema?: string
  readonly options: SequenceSettings
}

export type SequenceDeclaration = Declared<SequenceData>

export type SequenceFunction = (name: string, options?: SequenceSettings) => SequenceDeclaration

const sequenceSettings: Known<SequenceSettings> = {
  ...saidShapes,
  ...sequenceShapes,
  type: oneOf('smallint', 'integer', 'bigint'),
  ownedBy: members("{ table: posts, column: 'id' }", { table: anyTable, column: word }),
  unlogged: flag,
}

export function sequenceIn(schema: string | undefined): SequenceFunction {
  return (name, options = {}) => {
    nonEmpty(name, 'sequence')
    checkOptions(`sequence('${name}')`, options, sequenceSettings)
    if (options.increment !== undefined && Number(options.increment) === 0) {
      throw new AmbixError('SCHEMA.INVALID', `The sequence ${name} has the increment 0.`)
    }
    const data: SequenceData = {
      kind: 'sequence',
      name,
      ...(schema === undefined ? {} : { schema }),
      options: Object.freeze({ ...options }),
    }
    return declaredHere(Object.freeze({ [ambix]: Object.freeze(data) }))
  }
}

export const sequence: SequenceFunction = sequenceIn(undefined)

export interface ExtensionOptions {
  readonly schema?: string
  readonly version?: string
  readonly comment?: string
}

export interface ExtensionData {
  readonly kind: 'extension'
  readonly name: string
  readonly options: ExtensionOptions
}

export type ExtensionDeclaration = Declared<ExtensionData>

/** `extension('citext')`. */
export function extension(name: string, options: ExtensionOptions = {}): ExtensionDeclaration {
  nonEmpty(name, 'extension')
  checkOptions(`extension('${name}')`, options, { schema: word, version: word, comment: text })
  return declaredHere(
    Object.freeze({
      [ambix]: Object.freeze<ExtensionData>({ kind: 'extension', name, options: Object.freeze({ ...options }) }),
    }),
  )
}
