/** The operations on extensions and schemas. */
import { keyOf } from '../../schema/keys.ts'
import type { Extension } from '../../schema/model.ts'
import { define, type DescribedOptions, describedKeys, describedOf, operation } from '../define.ts'
import { edit, put, remove, without } from '../fold/draft.ts'
import { checkName, checkOptions } from '../invalid.ts'
import { compact, flag, optionsOf } from '../plain.ts'

export interface ExtensionSettings extends DescribedOptions {
  readonly schema?: string
  readonly version?: string
}

const extensionKeys = ['schema', 'version', ...describedKeys] as const

const extensionOf = (name: string, s: ExtensionSettings): Extension =>
  compact<Extension>({ kind: 'extension', name, schema: s.schema, version: s.version, ...describedOf(s) })

const extensionSettings = (e: Extension): ExtensionSettings => ({
  schema: e.schema,
  version: e.version,
  ...describedOf(e),
})

const extensionKey = (name: string): string => keyOf({ kind: 'extension', name })

export const createExtension = define('createExtension', {
  create(name: string, options: ExtensionSettings & { readonly ifNotExists?: boolean } = {}) {
    checkName('createExtension', 'the name of the extension', name)
    checkOptions('createExtension', options, ['ifNotExists', ...extensionKeys])
    return operation({
      kind: 'createExtension',
      extension: extensionOf(name, options),
      ifNotExists: flag(options.ifNotExists),
    })
  },
  args: (op) => [op.extension.name, optionsOf({ ...extensionSettings(op.extension), ifNotExists: op.ifNotExists })],
  reverse: (op) => ({ kind: 'dropExtension', name: op.extension.name, definition: op.extension }),
  apply(draft, op) {
    if (op.ifNotExists === true && draft.objects.has(keyOf(op.extension))) return
    put(draft, 'createExtension', without(op.extension, 'renamedFrom'))
  },
  footprint: (op) => ({ reads: [], writes: [keyOf(op.extension)] }),
})

export const dropExtension = define('dropExtension', {
  create(name: string, options: { readonly was?: ExtensionSettings } = {}) {
    checkName('dropExtension', 'the name of the extension', name)
    checkOptions('dropExtension', options, ['was'])
    checkOptions('dropExtension', options.was, extensionKeys)
    return operation({
      kind: 'dropExtension',
      name,
      definition: options.was === undefined ? undefined : extensionOf(name, options.was),
    })
  },
  args: (op) => [
    op.name,
    optionsOf({ was: op.definition === undefined ? undefined : compact(extensionSettings(op.definition)) }),
  ],
  reverse: (op) => (op.definition === undefined ? undefined : { kind: 'createExtension', extension: op.definition }),
  apply: (draft, op) => remove(draft, 'dropExtension', extensionKey(op.name)),
  footprint: (op) => ({ reads: [], writes: [extensionKey(op.name)] }),
})

export const alterExtension = define('alterExtension', {
  create(name: string, options: ExtensionSettings & { readonly was?: ExtensionSettings }) {
    checkName('alterExtension', 'the name of the extension', name)
    checkOptions('alterExtension', options, ['was', ...extensionKeys])
    checkOptions('alterExtension', options.was, extensionKeys)
    return operation({
      kind: 'alterExtension',
      extension: extensionOf(name, options),
      before: options.was === undefined ? undefined : extensionOf(name, options.was),
    })
  },
  args: (op) => [
    op.extension.name,
    compact({
      ...extensionSettings(op.extension),
      was: op.before === undefined ? undefined : compact(extensionSettings(op.before)),
    }),
  ],
  reverse: (op) =>
    op.before === undefined ? undefined : { kind: 'alterExtension', extension: op.before, before: op.extension },
  apply: (draft, op) =>
    edit(draft, 'alterExtension', 'extension', keyOf(op.extension), () => without(op.extension, 'renamedFrom')),
  footprint: (op) => ({ reads: [], writes: [keyOf(op.extension)] }),
})
