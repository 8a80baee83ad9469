/** How the parts of a table are written: columns, keys, constraints and options. */
import { refText } from '../../../schema/keys.ts'
import type { Column, ColumnType, Constraint, ForeignKey, Index, Ref, Table } from '../../../schema/model.ts'
import { serialKinds } from '../../../schema/types.ts'
import type { CompileContext, Unsupported } from '../../dialect.ts'
import { enumBefore } from '../../shared/walk.ts'
import { defaultClause } from '../spell/defaults.ts'
import { list, quote, quoteRef, text } from '../spell/quote.ts'
import { mysqlServer, serverOf } from '../spell/server.ts'
import type { Server } from '../spell/server.ts'
import { isText, spelledType, whyNoType } from '../spell/types.ts'

export const no = (why: string): Unsupported => ({ unsupported: why })
export const cannot = (x: unknown): x is Unsupported => typeof x === 'object' && x !== null && 'unsupported' in x

/** What a handler knows about the server; `compile` adds the configured flavor to the context. */
export interface MysqlContext extends CompileContext {
  readonly usualServer?: Server
}

export function serverIn(context: CompileContext): Server {
  // A cast: this dialect's `compile` gives every handler that context.
  return serverOf(context.serverVersion, (context as MysqlContext).usualServer ?? mysqlServer)
}

export function tableBefore(context: CompileContext, table: Ref): Table | undefined {
  const object = context.before.objects.get(`table:${refText(table)}`)
  return object?.kind === 'table' ? object : undefined
}

export function columnBefore(context: CompileContext, table: Ref, column: string): Column | undefined {
  return tableBefore(context, table)?.columns.find((c) => c.name === column)
}

/** The labels of an enum type before the operation. */
export function labelsOf(type: ColumnType, context: CompileContext): readonly string[] | undefined {
  if (type.kind !== 'enum' || type.name === undefined) return undefined
  return enumBefore(context, {
    ...(type.schema === undefined ? {} : { schema: type.schema }),
    name: type.name,
  })?.values
}

/** A column's definition without its name; `labels` where an enum's are not those of the schema before. */
export function columnDefinition(c: Column, context: CompileContext, labels?: readonly string[]): string | Unsupported {
  const server = serverIn(context)
  const spelled = spelledType(c.type, server, labels ?? labelsOf(c.type, context))
  if (spelled === undefined) return no(whyNoType(c.type))
  // These are written after the expression of a generated column, not with the type.
  const [type, marks] = c.type.kind === 'custom' ? withoutMarks(spelled) : [spelled, []]
  const counts = c.identity !== undefined || serialKinds.includes(c.type.kind)
  const bare = c.identity ?? {}
  if (['increment', 'min', 'max', 'cache', 'cycle'].some((key) => Object.hasOwn(bare, key)))
    return no(`AUTO_INCREMENT of ${c.name} counts by one from its start; it has no other options`)
  const rowEdge = c.type.kind === 'custom' && /\bgenerated always as row\b/iu.test(type)
  return [
    type,
    c.collation === undefined || !isText(c.type) ? '' : `COLLATE ${c.collation.name}`,
    c.generated === undefined
      ? ''
      : `GENERATED ALWAYS AS (${c.generated.sql}) ${c.generated.stored ? 'STORED' : 'VIRTUAL'}`,
    nullability(c, server, counts, rowEdge),
    c.default === undefined || (c.default.kind === 'literal' && c.default.value === null)
      ? ''
      : defaultClause(c.default, c.type, server),
    counts ? 'AUTO_INCREMENT' : '',
    ...marks,
    c.comment === undefined ? '' : `COMMENT ${text(c.comment)}`,
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** A type's text without the words that belong at the end of a definition, and these words. */
function withoutMarks(sql: string): readonly [string, readonly string[]] {
  const marks: string[] = []
  const type = sql
    .split(/('(?:[^'\\]|\\[\s\S]|'')*')/u)
    .map((part, i) =>
      i % 2 === 1
        ? part
        : part.replaceAll(/\s*\b(invisible|without system versioning)\b/giu, (_, word: string) => {
            marks.push(word.toUpperCase())
            return ''
          }),
    )
    .join('')
  return [type, marks]
}

/** MariaDB accepts no NOT NULL on a generated column; a timestamp is NOT NULL by default. */
function nullability(c: Column, server: Server, counts: boolean, rowEdge: boolean): string {
  if (rowEdge) return ''
  if (c.generated !== undefined) return c.nullable || server.flavor === 'mariadb' ? '' : 'NOT NULL'
  return c.nullable && !counts ? 'NULL' : 'NOT NULL'
}

export function columnClause(c: Column, context: CompileContext, labels?: readonly string[]): string | Unsupported {
  const definition = columnDefinition(c, context, labels)
  return cannot(definition) ? definition : `${quote(c.name)} ${definition}`
}

const actions = {
  noAction: 'NO ACTION',
  restrict: 'RESTRICT',
  cascade: 'CASCADE',
  setNull: 'SET NULL',
  setDefault: 'SET DEFAULT',
} as const

export function foreignKey(c: ForeignKey): string | Unsupported {
  if (c.deferrable === true || c.initiallyDeferred === true) return no('MySQL and MariaDB check foreign keys at once')
  if (c.match !== undefined) return no(`MySQL and MariaDB have no MATCH ${c.match.toUpperCase()}`)
  if (c.notValid === true || c.notEnforced === true)
    return no('MySQL and MariaDB have no foreign keys that are not valid')
  if (c.onDeleteColumns !== undefined) return no('ON DELETE SET NULL sets all columns of the key')
  const update = c.onUpdate === undefined || c.onUpdate === 'noAction' ? '' : ` ON UPDATE ${actions[c.onUpdate]}`
  const remove = c.onDelete === undefined || c.onDelete === 'noAction' ? '' : ` ON DELETE ${actions[c.onDelete]}`
  return `CONSTRAINT ${quote(c.name)} FOREIGN KEY ${list(c.columns)} REFERENCES ${quoteRef(c.references)} ${list(c.referencedColumns)}${remove}${update}`
}

/** A constraint as it is written in CREATE TABLE and after ADD. */
export function constraintClause(c: Constraint, server: Server): string | Unsupported {
  switch (c.kind) {
    case 'primaryKey':
      if (c.include !== undefined) return no('MySQL and MariaDB have no INCLUDE')
      return `PRIMARY KEY ${list(c.columns)}${c.comment === undefined ? '' : ` COMMENT ${text(c.comment)}`}`
    case 'unique':
      if (c.nullsNotDistinct === true) return no('MySQL and MariaDB have no NULLS NOT DISTINCT')
      if (c.include !== undefined) return no('MySQL and MariaDB have no INCLUDE')
      return `UNIQUE KEY ${quote(c.name)} ${list(c.columns)}${c.comment === undefined ? '' : ` COMMENT ${text(c.comment)}`}`
    case 'check':
      if (c.notValid === true || c.noInherit === true)
        return no('MySQL and MariaDB have no checks that are NOT VALID or NO INHERIT')
      if (c.notEnforced === true && server.flavor === 'mariadb') return no('MariaDB has no NOT ENFORCED')
      return `CONSTRAINT ${quote(c.name)} CHECK (${c.sql})${c.notEnforced === true ? ' NOT ENFORCED' : ''}`
    case 'foreignKey':
      return foreignKey(c)
    case 'exclude':
      return no('MySQL and MariaDB have no exclusion constraints')
  }
}

/** `engine`: the table's; MEMORY uses hash where no method is given. */
export function indexClause(index: Index, server: Server, engine?: string): string | Unsupported {
  const { method } = index
  if (index.where !== undefined) return no('MySQL and MariaDB have no partial indexes')
  if (index.include !== undefined) return no('MySQL and MariaDB have no INCLUDE')
  if (index.nullsNotDistinct === true) return no('MySQL and MariaDB have no NULLS NOT DISTINCT')
  if (method !== undefined && !['btree', 'hash', 'fulltext', 'spatial'].includes(method))
    return no(`MySQL and MariaDB have no ${method} indexes`)
  const parts: string[] = []
  for (const e of index.elements) {
    if (e.nulls !== undefined) return no('MySQL and MariaDB have no NULLS FIRST or LAST')
    if (e.opclass !== undefined || e.collation !== undefined)
      return no('an index has the collation of its columns, and no operator classes')
    if (e.column === undefined && server.flavor === 'mariadb')
      return no('MariaDB has no indexes on expressions; make a generated column and index that')
    const length = e.length === undefined ? '' : `(${e.length})`
    parts.push(
      `${e.column === undefined ? `(${e.expression ?? ''})` : quote(e.column)}${length}${e.order === 'desc' ? ' DESC' : ''}`,
    )
  }
  const special = method === 'fulltext' || method === 'spatial' ? `${method.toUpperCase()} ` : ''
  const head =
    index.name === 'PRIMARY' ? 'PRIMARY KEY' : `${index.unique === true ? 'UNIQUE ' : special}KEY ${quote(index.name)}`
  const { invisible, ...rest } = index.with ?? {}
  return [
    `${head} (${parts.join(', ')})`,
    method === 'hash'
      ? ' USING HASH'
      : engine?.toLowerCase() === 'memory' && index.unique !== true
        ? ' USING BTREE'
        : '',
    ...Object.entries(rest).map(([key, value]) =>
      key === 'parser' ? ` WITH PARSER ${value}` : ` ${key.toUpperCase()} = ${value}`,
    ),
    index.comment === undefined ? '' : ` COMMENT ${text(index.comment)}`,
    invisible === 'true' ? (server.flavor === 'mariadb' ? ' IGNORED' : ' INVISIBLE') : '',
  ].join('')
}

/** Table options, by their names in `with`; values as the server accepts them. */
export function optionClause(key: string, value: string): string {
  if (key === 'collation') return `COLLATE = ${value}`
  if (key === 'charset') return `DEFAULT CHARACTER SET = ${value}`
  if (/^(engine|row_format|insert_method|compression)$/u.test(key) || /^\d+(\.\d+)?$/u.test(value))
    return `${key.toUpperCase()} = ${key === 'compression' ? text(value) : value}`
  if (/^default$/iu.test(value)) return `${key.toUpperCase()} = DEFAULT`
  return /^(yes|no|on|off)$/iu.test(value) && !/^(encrypted|page_compressed|transactional)$/u.test(key)
    ? `${key.toUpperCase()} = ${value.toUpperCase()}`
    : `${key.toUpperCase()} = ${text(value)}`
}
