/** A project's configuration with every default filled in and every path absolute. */
import type { OwnHandlers } from '../dialects/dialect.ts'
import type { Driver } from '../drivers/driver.ts'
import type { RecordOptions } from '../operations/recorder.ts'
import type { Bundle } from './bundle.ts'
import type { Config, PostWriteHook, Safe, SchemaSetting } from './config.ts'

export interface Settings {
  /** Folder of the config file: what relative paths start from. */
  readonly dir: string
  /** The config file; absent when the settings were given in code or are all defaults. */
  readonly file?: string
  /** The named environment that was chosen with `-n`. */
  readonly environment?: string
  readonly schema: SchemaSetting
  /** Absolute; the first one takes new roots. */
  readonly locations: readonly string[]
  readonly recursive: boolean
  /** The revisions and env.ts of a bundle, in place of the folders. */
  readonly bundle?: Bundle
  /** `env.ts` in the folder of the revisions, where there is one. */
  readonly envFile?: string
  /** `embedded`: the embedded database may be used where no URL is given, at a terminal or not. Throws CONFIG.INVALID. */
  readonly url: (asked?: { readonly embedded?: boolean }) => Promise<string>
  /** The folders of the revisions may be missing: the command creates them, or needs none; `default`: where none is configured. */
  readonly newFolders?: boolean | 'default'
  readonly dialect?: string
  readonly driver?: string | Driver
  readonly scratch?: string
  readonly versionTable: string
  readonly versionTableSchema?: string
  readonly schemas?: readonly string[] | 'all'
  readonly privileges: boolean
  readonly transactionPerMigration: boolean
  readonly lockWaitMs: number
  /** 0: no limit. */
  readonly lockTimeoutMs: number
  readonly lockRetryMs: number
  /** 0: no limit. */
  readonly statementTimeoutMs: number
  readonly autoMerge: boolean
  readonly edited: 'warn' | 'error' | 'ignore'
  readonly allow: readonly string[]
  readonly hazards: 'allow' | 'refuse' | 'refuse-both-ways'
  readonly safe?: Safe
  readonly fileTemplate: string
  readonly slugLength: number
  readonly timezone: string
  readonly template?: string
  readonly format: 'auto' | false | string
  /** The format of new revisions. */
  readonly revisionFormat: 'ts' | 'sql'
  readonly postWriteHooks: readonly PostWriteHook[]
  readonly namingConvention?: Readonly<Record<string, string>>
  readonly actor?: string
  readonly includeObject?: Config['includeObject']
  readonly includeName?: Config['includeName']
  readonly transactionalDdl?: boolean
  /** The project's own operations as the recorder takes them. */
  readonly operations?: RecordOptions['operations']
  readonly handlers?: Readonly<Record<string, OwnHandlers>>
  readonly manage: Readonly<Record<string, boolean>>
  /** The configuration object as it was given, with keys that ambix does not know. */
  readonly raw: Config
}
