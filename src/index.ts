/** The public API of ambix: the configuration, every command as a function, and the types that users name. */
export { defineConfig } from './config/config.ts'
export type { Config, PostWriteHook, SchemaSetting } from './config/config.ts'
export type {
  ColumnComparison,
  CommandContext,
  CommandExtension,
  Comparator,
  ComparatorContext,
  OwnDifference,
  RevisionDirective,
  RevisionProcessor,
  VersionApplied,
  VersionListener,
} from './config/hooks.ts'
export type { Bundle, BundledRevision } from './config/bundle.ts'
export type { ConfigInput } from './config/load.ts'
export { AmbixError, codes, isAmbixError } from './errors.ts'
export type { Code, NextAction } from './errors.ts'

export { applied } from './commands/project/applied.ts'
export { bundle } from './commands/bundle.ts'
export type { BundleOptions, BundleResult } from './commands/bundle.ts'
export { check } from './commands/check.ts'
export type { CheckOptions, CheckResult } from './commands/check.ts'
export { current } from './commands/current.ts'
export type { CurrentOptions, CurrentResult } from './commands/current.ts'
export { diffDatabase } from './commands/diff.ts'
export type { DiffDirection, DiffOptions, DiffResult } from './commands/diff.ts'
export { edit } from './commands/edit.ts'
export type { ConfigureOptions, EnvironmentContext } from './commands/project/environment.ts'
export { branches, heads, show } from './commands/heads.ts'
export type { HeadsOptions } from './commands/heads.ts'
export { history } from './commands/history.ts'
export type { HistoryOptions, HistoryResult } from './commands/history.ts'
export { importAlembic } from './commands/import/alembic.ts'
export { importHistory } from './commands/import/history.ts'
export type { ImportOptions, ImportResult } from './commands/import/alembic.ts'
export { init } from './commands/init.ts'
export type { InitOptions, InitResult } from './commands/init.ts'
export type { RevisionInfo } from './commands/project/listing.ts'
export { lint } from './commands/lint.ts'
export type { LintOptions, LintResult } from './commands/lint.ts'
export type { LintFinding } from './commands/run/lint-revisions.ts'
export { merge, rebase } from './commands/merge.ts'
export type { MergeOptions, MergeResult, RebaseResult } from './commands/merge.ts'
export { downgrade, upgrade } from './commands/move.ts'
export type { MoveOptions, MoveResult, PlannedRevision } from './commands/run/types.ts'
export type { CommonOptions } from './commands/project/project.ts'
export { initFromDatabase, pull } from './commands/pull.ts'
export type { PullOptions, PullResult } from './commands/pull.ts'
export { repair } from './commands/project/repair.ts'
export { resume } from './commands/resume.ts'
export { rewriter } from './commands/autogenerate/rewriter.ts'
export type { RewriteRules } from './commands/autogenerate/rewriter.ts'
export { revision } from './commands/revision.ts'
export type { RevisionOptions, RevisionResult } from './commands/revision.ts'
export { ensureVersion, stamp } from './commands/stamp.ts'
export type { StampOptions, StampResult } from './commands/stamp.ts'
export { types } from './commands/types.ts'
export type { TypesOptions, TypesResult } from './commands/types.ts'
export { version } from './commands/project/version.ts'

export type { Hazard } from './dialects/dialect.ts'
export type { Decision, Hint } from './diff/model/types.ts'
export type { Connection, Driver, GivenConnection } from './drivers/driver.ts'
export type { Operation, RunContext } from './operations/kinds.ts'
export { defineOperation } from './operations/own.ts'
export type { OperationExtension } from './operations/own.ts'
export type { Operations } from './operations/recorder.ts'
export type { AppliedStep, HistoryEntry, StepEvent } from './runtime/types.ts'
