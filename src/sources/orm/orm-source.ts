/** A source whose DDL an ORM prints: built in the scratch database, reflected, and without what the ORM cannot express. */
import { AmbixError } from '../../errors.ts'
import type { Ref, Schema } from '../../schema/model.ts'
import { readDdl } from '../sql.ts'
import type { DdlText, SchemaSource, SourceContext } from '../source.ts'

/** Kinds of object, and facts about tables, that a source may leave to the database. */
export type Unsaid =
  | 'comment'
  | 'composite'
  | 'definition'
  | 'domain'
  | 'extension'
  | 'grant'
  | 'policy'
  | 'range'
  | 'routine'
  | 'schema'
  | 'sequence'
  | 'trigger'
  | 'view'

/** Objects that no ORM's models declare. */
export const neverSaid: readonly Unsaid[] = ['composite', 'definition', 'domain', 'grant', 'range', 'routine']

export interface OrmOptions {
  /** `drizzle(./src/db/schema.ts)`. */
  readonly name: string
  /** Left as the database has it where the read schema has none of it. */
  readonly unsaid: readonly Unsaid[]
  readonly ddl: (context: SourceContext) => Promise<readonly DdlText[]>
  /** Asked after `ddl`. */
  readonly books?: () => readonly Ref[]
  readonly beside?: SchemaSource['beside']
}

/** Throws SCHEMA.SOURCE, SCHEMA.EMPTY, MODULE.LOAD. */
export function ormSource(options: OrmOptions): SchemaSource {
  let unmanaged: readonly string[] = options.unsaid
  const ddl: OrmOptions['ddl'] = async (context) => {
    const texts = await options.ddl(context)
    if (texts.some((t) => t.text.replaceAll(/^\s*--.*$/gm, '').trim() !== '')) return texts
    // With other sources too: no models means a wrong path, and not that all tables are to be dropped.
    throw new AmbixError('SCHEMA.EMPTY', `${options.name} declares nothing`, {
      next: ['Check that it names the files where the models are, and that they export them'],
    })
  }
  return {
    name: options.name,
    spelled: true,
    ownSchemas: true,
    get unmanaged() {
      return unmanaged
    },
    ddl,
    get books() {
      return options.books?.() ?? []
    },
    ...(options.beside === undefined ? {} : { beside: options.beside }),
    read: async (context) => {
      const schema = await readDdl(context, options.name, await ddl(context), false)
      unmanaged = left(options.unsaid, schema)
      return schema
    },
  }
}

/** Statements as one text, each with its end. */
export const asScript = (statements: readonly string[]): string =>
  statements.map((s) => s.replace(/;?\s*$/, ';')).join('\n')

/** A source that declares one object of a kind manages the whole kind. */
export function left(unsaid: readonly string[], schema: Schema): readonly string[] {
  const said = new Set<string>()
  for (const object of schema.objects.values()) {
    said.add(object.kind)
    if (object.comment !== undefined) said.add('comment')
    if (object.kind === 'table' && object.columns.some((c) => c.comment !== undefined)) said.add('comment')
    if (object.grants !== undefined && object.grants.length > 0) said.add('grant')
  }
  // A schema is created with the first table in it: that tells nothing about the others.
  return unsaid.filter((kind) => kind === 'schema' || !said.has(kind))
}
