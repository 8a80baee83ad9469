/** A project inside a program: what `ambix bundle` writes, taken by every command in place of a configuration. */
import type { RevisionBody, RevisionFormat } from '../revisions/revision.ts'
import type { Config } from './config.ts'

/** One revision: its head, and its module or SQL. */
export interface BundledRevision extends RevisionBody {
  readonly id: string
  readonly downRevision: readonly string[]
  readonly branchLabels?: readonly string[]
  readonly dependsOn?: readonly string[]
  readonly doc?: string
  readonly createDate?: string
  /** As messages show it. */
  readonly file: string
  readonly format: RevisionFormat
}

export interface Bundle {
  readonly config: Config | (() => Config | Promise<Config>)
  readonly revisions: readonly BundledRevision[]
  /** The module `env.ts`. */
  readonly env?: Readonly<Record<string, unknown>>
}

export function isBundle(input: object): input is Bundle {
  return 'revisions' in input && Array.isArray(input.revisions) && 'config' in input
}
