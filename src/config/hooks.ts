/** Functions with which a project extends ambix: each that the configuration or env.ts takes, and its arguments. */
import type { Connection } from '../drivers/driver.ts'
import type { Operation } from '../operations/kinds.ts'
import type { Schema } from '../schema/model.ts'

/** The argument of `onVersionApply` after each step, before its commit (E17). */
export interface VersionApplied {
  readonly direction: 'upgrade' | 'downgrade' | 'stamp'
  readonly revision: string
  readonly from: readonly string[]
  readonly to: readonly string[]
}
export type VersionListener = (applied: VersionApplied) => void | Promise<void>

/** A revision before it is written: `processRevisionDirectives` may edit it, take it away, or add others (E16). */
export interface RevisionDirective {
  message: string
  revision: string
  /** Absent in an added one: its parent is the one before it in the list. */
  downRevision?: readonly string[]
  branchLabels?: readonly string[]
  dependsOn?: readonly string[]
  upgrade: readonly Operation[]
  downgrade: readonly Operation[]
}
export type RevisionProcessor = (
  directives: RevisionDirective[],
) => void | RevisionDirective[] | Promise<void | RevisionDirective[]>

/** A column whose type or default differs; false: it does not differ, anything else: it does (E11, E12). */
export type ColumnComparison = (column: {
  readonly table: string
  readonly schema?: string
  readonly column: string
  readonly before: unknown
  readonly after: unknown
}) => boolean | undefined

/** A comparison of the project's own: operations in addition to those that ambix found. `downgrade` defaults to their reverse. */
export type Comparator = (context: ComparatorContext) => OwnDifference | undefined | Promise<OwnDifference | undefined>
export interface ComparatorContext {
  readonly current: Schema
  readonly wished: Schema
  readonly connection: Connection
  readonly dialect: string
  /** One of the operations that the configuration defines, as data. */
  operation(name: string, ...args: readonly unknown[]): Operation | readonly Operation[]
}
export interface OwnDifference {
  readonly upgrade: readonly Operation[]
  readonly downgrade?: readonly Operation[]
}

/** A command of the project's own: help and completion list it with the others. */
export interface CommandExtension {
  /** One line for `ambix --help`. */
  readonly summary: string
  readonly description?: string
  readonly positionals?: readonly { readonly name: string; readonly optional?: boolean; readonly many?: boolean }[]
  /** `value` names what the option takes; absent for a switch. */
  readonly options?: readonly {
    readonly name: string
    readonly short?: string
    readonly value?: string
    readonly repeat?: boolean
    readonly help: string
  }[]
  readonly example?: string
  /** Resolves to the exit code; 0 where it returns nothing. */
  run(context: CommandContext): number | void | Promise<number | void>
}
export interface CommandContext {
  readonly words: readonly string[]
  flag(name: string): boolean
  value(name: string): string | undefined
  values(name: string): readonly string[]
  /** The first argument of ambix's own functions: `upgrade(context.config, 'head', context.options)`. */
  readonly config: { readonly file: string } | undefined
  /** Their last argument: folder, URL, environment, signal, output functions. */
  readonly options: Readonly<Record<string, unknown>>
  /** A line of the result, on stdout. */
  print(text: string): void
  /** A remark, on stderr. */
  say(text: string): void
}
