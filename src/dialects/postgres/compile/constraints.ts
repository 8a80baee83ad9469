/** How constraints and indexes are written and altered. */
import type {
  Constraint,
  Exclude,
  ForeignKey,
  Index,
  IndexElement,
  PrimaryKey,
  Ref,
  ReferentialAction,
  Unique,
} from '../../../schema/model.ts'
import type { Draft, Handlers } from '../../dialect.ts'
import {
  beside,
  bracketed,
  collate,
  columns,
  comment,
  name,
  parameters,
  quote,
  tableBefore,
  text,
} from '../spell/writer.ts'

const actions: Readonly<Record<ReferentialAction, string>> = {
  noAction: 'NO ACTION',
  restrict: 'RESTRICT',
  cascade: 'CASCADE',
  setNull: 'SET NULL',
  setDefault: 'SET DEFAULT',
}

function deferrable(c: Constraint): string {
  return `${c.deferrable === true || c.initiallyDeferred === true ? ' DEFERRABLE' : ''}${c.initiallyDeferred === true ? ' INITIALLY DEFERRED' : ''}`
}

const include = (list: readonly string[] | undefined): string =>
  list === undefined || list.length === 0 ? '' : ` INCLUDE ${columns(list)}`

/** The options of the index behind a constraint. */
function storage(c: PrimaryKey | Unique | Exclude): string {
  const options = c.with === undefined || Object.keys(c.with).length === 0 ? '' : ` WITH (${parameters(c.with)})`
  return `${options}${c.tablespace === undefined ? '' : ` USING INDEX TABLESPACE ${quote(c.tablespace)}`}`
}

function foreignKey(c: ForeignKey): string {
  const match = c.match === undefined ? '' : ` MATCH ${c.match.toUpperCase()}`
  const onUpdate = c.onUpdate === undefined || c.onUpdate === 'noAction' ? '' : ` ON UPDATE ${actions[c.onUpdate]}`
  const only = c.onDeleteColumns === undefined ? '' : ` ${columns(c.onDeleteColumns)}`
  const onDelete =
    c.onDelete === undefined || c.onDelete === 'noAction' ? '' : ` ON DELETE ${actions[c.onDelete]}${only}`
  const referenced = c.referencedColumns.length === 0 ? '' : ` ${columns(c.referencedColumns)}`
  return `FOREIGN KEY ${columns(c.columns)} REFERENCES ${name(c.references)}${referenced}${match}${onDelete}${onUpdate}`
}

/** One element of an index or an exclusion constraint. */
export function indexElement(e: IndexElement): string {
  const subject = e.column === undefined ? bracketed(e.expression ?? '') : quote(e.column)
  const collation = e.collation === undefined ? '' : ` ${collate(e.collation)}`
  const opclass = e.opclass === undefined ? '' : ` ${e.opclass}`
  const order = e.order === 'desc' ? ' DESC' : ''
  const nulls = e.nulls === undefined ? '' : ` NULLS ${e.nulls.toUpperCase()}`
  return `${subject}${collation}${opclass}${order}${nulls}`
}

/** A constraint as CREATE TABLE and ADD take it, its name first. */
export function constraintClause(c: Constraint): string {
  return `CONSTRAINT ${quote(c.name)} ${constraintBody(c)}`
}

const validity = (c: { readonly notValid?: boolean; readonly notEnforced?: boolean }): string =>
  `${c.notValid === true ? ' NOT VALID' : ''}${c.notEnforced === true ? ' NOT ENFORCED' : ''}`

function constraintBody(c: Constraint): string {
  switch (c.kind) {
    case 'primaryKey':
      return `PRIMARY KEY ${columns(c.columns)}${include(c.include)}${storage(c)}${deferrable(c)}`
    case 'unique':
      return `UNIQUE ${c.nullsNotDistinct === true ? 'NULLS NOT DISTINCT ' : ''}${columns(c.columns)}${include(c.include)}${storage(c)}${deferrable(c)}`
    case 'foreignKey':
      return `${foreignKey(c)}${deferrable(c)}${validity(c)}`
    case 'check':
      return `CHECK ${bracketed(c.sql)}${c.noInherit === true ? ' NO INHERIT' : ''}${validity(c)}`
    case 'exclude': {
      const elements = c.elements.map((e) => `${indexElement(e)} WITH ${e.operator}`).join(', ')
      const where = c.where === undefined ? '' : ` WHERE ${bracketed(c.where)}`
      return `EXCLUDE USING ${quote(c.using ?? 'gist')} (${elements})${include(c.include)}${storage(c)}${where}${deferrable(c)}`
    }
  }
}

/** The comment of a constraint, where it has one. */
export function constraintComment(table: Ref, c: Constraint): readonly string[] {
  return c.comment === undefined ? [] : [comment(`CONSTRAINT ${quote(c.name)} ON ${name(table)}`, c.comment)]
}

function add(table: Ref, c: Constraint): readonly string[] {
  return [`ALTER TABLE ${name(table)} ADD ${constraintClause(c)}`, ...constraintComment(table, c)]
}

function addUsingIndex(table: Ref, c: Constraint, words: string, index: string): readonly string[] {
  return [
    `ALTER TABLE ${name(table)} ADD CONSTRAINT ${quote(c.name)} ${words} USING INDEX ${quote(index)}${deferrable(c)}`,
    ...constraintComment(table, c),
  ]
}

/** CREATE INDEX and what belongs to the index: its attachment, comment and mark for CLUSTER. */
export function indexStatements(
  table: Ref,
  index: Index,
  how: { readonly concurrently?: boolean; readonly ifNotExists?: boolean } = {},
): readonly string[] {
  const ref = beside(table, index.name)
  const out = [createIndex(table, index, how)]
  if (index.attachedTo !== undefined) out.push(`ALTER INDEX ${name(index.attachedTo)} ATTACH PARTITION ${name(ref)}`)
  if (index.clustered === true) out.push(`ALTER TABLE ${name(table)} CLUSTER ON ${quote(index.name)}`)
  if (index.comment !== undefined) out.push(comment(`INDEX ${name(ref)}`, index.comment))
  return out
}

function createIndex(
  table: Ref,
  index: Index,
  how: { readonly concurrently?: boolean; readonly ifNotExists?: boolean },
): string {
  const words = [
    'CREATE',
    index.unique === true ? 'UNIQUE' : '',
    'INDEX',
    how.concurrently === true ? 'CONCURRENTLY' : '',
    how.ifNotExists === true ? 'IF NOT EXISTS' : '',
    quote(index.name),
    index.only === true ? 'ON ONLY' : 'ON',
    name(table),
  ].filter((w) => w !== '')
  const method = index.method === undefined || index.method === 'btree' ? '' : ` USING ${quote(index.method)}`
  const nulls = index.nullsNotDistinct === true ? ' NULLS NOT DISTINCT' : ''
  const options =
    index.with === undefined || Object.keys(index.with).length === 0 ? '' : ` WITH (${parameters(index.with)})`
  const tablespace = index.tablespace === undefined ? '' : ` TABLESPACE ${quote(index.tablespace)}`
  const where = index.where === undefined ? '' : ` WHERE ${index.where}`
  return `${words.join(' ')}${method} (${index.elements.map(indexElement).join(', ')})${include(index.include)}${nulls}${options}${tablespace}${where}`
}

/** How to find out after a crash whether a concurrent build took effect, and how to clear a half-built index away. */
export function buildProbe(index: string): NonNullable<Draft['probe']> {
  return {
    sql: `SELECT coalesce((SELECT CASE WHEN indisvalid THEN 'complete' ELSE 'partial' END FROM pg_catalog.pg_index WHERE indexrelid = to_regclass(${text(index)})), 'absent')`,
    undo: `DROP INDEX CONCURRENTLY IF EXISTS ${index}`,
  }
}

/** The same for a drop, which is complete when the index does not exist; a half-dropped index is dropped again. */
export function dropProbe(index: string): NonNullable<Draft['probe']> {
  return { sql: `SELECT CASE WHEN to_regclass(${text(index)}) IS NULL THEN 'complete' ELSE 'absent' END` }
}

export const constraintHandlers = {
  createPrimaryKey: (op) =>
    op.usingIndex === undefined
      ? add(op.table, op.constraint)
      : addUsingIndex(op.table, op.constraint, 'PRIMARY KEY', op.usingIndex),
  createUniqueConstraint: (op) =>
    op.usingIndex === undefined
      ? add(op.table, op.constraint)
      : addUsingIndex(op.table, op.constraint, 'UNIQUE', op.usingIndex),
  createForeignKey: (op) => add(op.table, op.constraint),
  createCheckConstraint: (op) => add(op.table, op.constraint),
  createExcludeConstraint: (op) => add(op.table, op.constraint),
  dropConstraint: (op) => [
    `ALTER TABLE ${name(op.table)} DROP CONSTRAINT ${op.ifExists === true ? 'IF EXISTS ' : ''}${quote(op.name)}`,
  ],
  renameConstraint: (op) => [`ALTER TABLE ${name(op.table)} RENAME CONSTRAINT ${quote(op.name)} TO ${quote(op.to)}`],
  alterConstraint: (op) => {
    const when = op.deferrable
      ? `DEFERRABLE INITIALLY ${op.initiallyDeferred ? 'DEFERRED' : 'IMMEDIATE'}`
      : 'NOT DEFERRABLE'
    return [`ALTER TABLE ${name(op.table)} ALTER CONSTRAINT ${quote(op.name)} ${when}`]
  },
  validateConstraint: (op) => [`ALTER TABLE ${name(op.table)} VALIDATE CONSTRAINT ${quote(op.name)}`],
} satisfies Partial<Handlers>

export const indexHandlers = {
  createIndex: (op, context) => {
    if (op.concurrently !== true) return indexStatements(op.table, op.index, op)
    if (tableBefore(context, op.table)?.partitionBy !== undefined && op.index.only !== true) {
      return {
        unsupported:
          'an index of a partitioned table cannot be built concurrently: create it with only, build one on each partition concurrently, then attach them',
      }
    }
    const [create = '', ...rest] = indexStatements(op.table, op.index, op)
    return [
      { sql: create, transaction: 'alone' as const, probe: buildProbe(name(beside(op.table, op.index.name))) },
      ...rest,
    ]
  },
  dropIndex: (op) => {
    const words = `DROP INDEX ${op.concurrently === true ? 'CONCURRENTLY ' : ''}${op.ifExists === true ? 'IF EXISTS ' : ''}${name(op.index)}`
    return op.concurrently === true
      ? [{ sql: words, transaction: 'alone' as const, probe: dropProbe(name(op.index)) }]
      : [words]
  },
  renameIndex: (op) => [`ALTER INDEX ${name(op.index)} RENAME TO ${quote(op.to)}`],
  attachIndex: (op) => [`ALTER INDEX ${name(op.index)} ATTACH PARTITION ${name(op.partitionIndex)}`],
} satisfies Partial<Handlers>
