/** Compiles operations for MySQL and MariaDB: handlers by kind, foreign keys dropped and recreated, one ALTER TABLE per table. */
import type { Kind, Operation } from '../../../operations/kinds.ts'
import type { Schema } from '../../../schema/model.ts'
import { backtickText } from '../../../util/sql-text.ts'
import type { CompileOptions, Handler, Handlers, Statement } from '../../dialect.ts'
import { compileWith } from '../../shared/compile.ts'
import type { Server } from '../spell/server.ts'
import { merged } from './alter.ts'
import { arranged } from './arrange.ts'
import { columnHandlers } from './columns.ts'
import { constraintHandlers } from './constraints.ts'
import { dataHandlers } from './data.ts'
import { enumHandlers } from './enums.ts'
import { hazards } from './hazards.ts'
import { indexHandlers } from './indexes.ts'
import { objectHandlers } from './objects.ts'
import { tableHandlers } from './tables.ts'
import { commentOn } from './comments.ts'
import { no } from './writer.ts'

const never =
  <K extends Kind>(why: string): Handler<K> =>
  () =>
    no(why)

const noTypes = 'MySQL and MariaDB have no types of their users'
const noPolicies = 'MySQL and MariaDB have no policies'
const noExtensions = 'MySQL and MariaDB have no extensions of a database'
const noSchemas = 'a schema is a database of its own here, which ambix does not make; name it in the URL'
const noRights = 'rights are not described here; write them as op.execute'

const handlers: Handlers = {
  ...tableHandlers,
  ...columnHandlers,
  ...constraintHandlers,
  ...indexHandlers,
  ...enumHandlers,
  ...objectHandlers,
  ...dataHandlers,
  createDomain: never(noTypes),
  dropDomain: never(noTypes),
  alterDomain: never(noTypes),
  createType: never(noTypes),
  dropType: never(noTypes),
  alterType: never(noTypes),
  renameObject: never('only tables, columns, indexes and sequences have new names in place'),
  moveObject: never('only tables go to another database'),
  createPolicy: never(noPolicies),
  dropPolicy: never(noPolicies),
  alterPolicy: never(noPolicies),
  createExtension: never(noExtensions),
  dropExtension: never(noExtensions),
  alterExtension: never(noExtensions),
  createSchema: never(noSchemas),
  dropSchema: never(noSchemas),
  renameSchema: never(noSchemas),
  comment: commentOn,
  grant: never(noRights),
  revoke: never(noRights),
  setOwner: never('objects have no owners here; views and routines have a definer'),
}

const raw = { text: backtickText }

/** The statements of a list of operations. Throws OPERATION.UNSUPPORTED and OPERATION.OFFLINE. */
export function compile(
  ops: readonly Operation[],
  before: Schema | undefined,
  options: CompileOptions,
  usualServer: Server,
): readonly Statement[] {
  const parts = { dialect: 'mysql', handlers, hazards, raw, freshTypeTakesLabels: () => true }
  // Handlers get the flavor with the other options.
  const given: CompileOptions & { readonly usualServer: Server } = { ...options, usualServer }
  return merged(compileWith(parts, arranged(ops, before), before, given))
}
