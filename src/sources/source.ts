/** Where a schema comes from: the user's models, DDL files, a database, the revisions themselves. */
import type { Dialect, Scope } from '../dialects/dialect.ts'
import type { Connection, Scratch } from '../drivers/driver.ts'
import type { Ref, Schema } from '../schema/model.ts'

export type { Scratch }

export interface SourceContext {
  readonly dialect: Dialect
  readonly projectDir: string
  readonly scope: Scope
  /** The name of the target's database, where it has one; asked for only where DDL may name it. */
  database?(): Promise<string | undefined>
  /** Of the target's connection: objects that name it are as if they named none. */
  defaultSchema?(): Promise<string | undefined>
  /**
   * Called by a source of models as soon as it knows which schemas they name, before it resolves them: the caller may
   * have the database read meanwhile.
   */
  onSchemas?(names: readonly string[]): Promise<void>
  /** Opened when first needed, closed by the caller. */
  scratch(): Promise<Scratch>
  /** Extra roles, extensions and the like: statements that the scratch database needs first. */
  readonly prepareScratch?: readonly string[]
}

/** DDL of a source: where it comes from, as messages name it, and its text. */
export interface DdlText {
  readonly name: string
  readonly text: string
}

/** Statements in addition to the schema's, for upgrade and downgrade. */
export interface Beside {
  readonly up: readonly string[]
  readonly down: readonly string[]
}

export interface SchemaSource {
  /** As messages show it: `src/schema.ts`, `drizzle(./src/db/schema.ts)`. */
  readonly name: string
  /** True when the schema was reflected from a database, so that its texts compare unchanged. */
  readonly spelled: boolean
  /** Object kinds that this source can declare and chose not to: left alone by the diff. */
  readonly unmanaged: readonly string[]
  /** `file:line:column` of a table's declaration, or of a column's, where it can be found. */
  declaredAt?(projectDir: string, table: Ref, column?: string): string | undefined
  /** True when it manages only the schemas that it names, as models do; DDL manages the whole database. */
  readonly ownSchemas?: boolean
  /** Its DDL, where it ends in some: so that several sources can be built together as one schema. Throws as `read`. */
  ddl?(context: SourceContext): Promise<readonly DdlText[]>
  /**
   * After `read`: bookkeeping tables of the tool whose models these are, under the names that its settings give; not part of
   * the schema.
   */
  readonly books?: readonly Ref[]
  /** After `read`: what the tool whose models these are must find in a table of its own, and the database does not have. */
  beside?(connection: Connection, dialect: Dialect): Promise<Beside | undefined>
  /** Throws SCHEMA.*, MODULE.LOAD, DATABASE.*. */
  read(context: SourceContext): Promise<Schema>
}
