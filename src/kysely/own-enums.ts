/** Finds the enums that a project has in TypeScript: what its modules export, by the labels. */
import { enumKey } from '../schema/keys.ts'
import type { EnumType, Schema } from '../schema/model.ts'

export interface OwnEnum {
  /** As an import names it. */
  readonly module: string
  readonly name: string
  /** `['a', 'b'] as const`, and no enum or object of members. */
  readonly list: boolean
}

/** The exports of a module by name, and how an import names the module. */
export interface OwnModule {
  readonly specifier: string
  readonly exports: Readonly<Record<string, unknown>>
}

/** By the enum's key: the object with exactly its labels; of several, the one that has its name. */
export function ownEnums(schema: Schema, modules: readonly OwnModule[]): ReadonlyMap<string, OwnEnum> {
  const all = modules.flatMap(({ specifier, exports }) =>
    Object.entries(exports).flatMap(([name, value]) => {
      const labels = labelsOf(value)
      const legal = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) && name !== 'default'
      return labels === undefined || !legal
        ? []
        : [{ own: { module: specifier, name, list: Array.isArray(value) }, labels: labels.toSorted().join('\0') }]
    }),
  )
  const found = new Map<string, OwnEnum>()
  for (const type of schema.objects.values()) {
    if (type.kind !== 'enum') continue
    const labels = [...type.values].toSorted().join('\0')
    const fitting = all.filter((o) => o.labels === labels).map((o) => o.own)
    const best = fitting.find((o) => sameName(o.name, type)) ?? fitting[0]
    if (best !== undefined) found.set(enumKey(type), best)
  }
  return found
}

/** Values of a TypeScript enum, of an object of members, or of a list; undefined for anything else. */
function labelsOf(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const plain = Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)
  const values: readonly unknown[] = plain ? Object.values(value) : []
  return values.length > 0 && values.every((v) => typeof v === 'string') ? [...new Set(values as string[])] : undefined
}

const sameName = (name: string, type: EnumType): boolean => {
  const plain = (text: string): string => text.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase()
  return [type.name, `${type.schema ?? ''}${type.name}`].map(plain).includes(plain(name))
}
