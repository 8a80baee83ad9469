/** Where a schema comes from: the user's models, DDL files, a database, the revisions themselves. */
import type { Dialect, Scope } from '../dialects/dialect.ts'
import type { Connection, Scratch } from '../drivers/driver.ts'
import type { Ref, Schema } from '../schema/model.ts'

export type { Scratch }

export interface SourceContext {
  readonly dialect: Dialect
  readonly projectDir: string
  readonly scope: Scope
  /** Of the target's connection: objects that name it are as if they named none. */
  defaultSchema?(): Promise<string | undefined>
  /**
   * Called by a source of models as soon as it knows which schemas they name, before it resolves them: the caller may
   * have the database read meanwhile.
   */
  onSchemas?(names: readonly string[]): Promise<void>
  /** Opened when first asked for, closed by the caller. */
  scratch(): Promise<Scratch>
  /** Extra roles, extensions and the like: statements that the scratch place needs first. */
  readonly prepareScratch?: readonly string[]
}

/** DDL as a source gives it: where it comes from, as it is shown, and its text. */
export interface DdlText {
  readonly name: string
  readonly text: string
}

/** Statements beside the schema, both ways. */
export interface Beside {
  readonly up: readonly string[]
  readonly down: readonly string[]
}

export interface SchemaSource {
  /** As messages show it: `src/schema.ts`, `drizzle(./src/db/schema.ts)`. */
  readonly name: string
  /** True when the schema was spelled by the database itself (reflected), so that texts compare as they are. */
  readonly spelled: boolean
  /** Object kinds that this source can declare and chose not to: left alone by the diff. */
  readonly unmanaged: readonly string[]
  /** `file:line:column` of a table's declaration, or of a column's, where it can be found. */
  declaredAt?(projectDir: string, table: Ref, column?: string): string | undefined
  /** True when it speaks for the schemas that it names alone, as models do; DDL speaks for the whole database. */
  readonly ownSchemas?: boolean
  /** Its DDL, where it ends in some: so that several sources can be built together as one schema. Throws as `read`. */
  ddl?(context: SourceContext): Promise<readonly DdlText[]>
  /** After `read`: tables in which the tool whose models these are keeps its books, by its own settings; nobody's schema. */
  readonly books?: readonly Ref[]
  /** After `read`: what the tool whose models these are must find in a table of its own, and the database does not have. */
  beside?(connection: Connection, dialect: Dialect): Promise<Beside | undefined>
  /** Throws SCHEMA.*, MODULE.LOAD, DATABASE.*. */
  read(context: SourceContext): Promise<Schema>
}
