/** How other objects are created and altered: extensions, schemas, definitions; comments, grants, owners, names of any object. */
import type { Target } from '../../../operations/kinds.ts'
import type { Handlers } from '../../dialect.ts'
import { ownSchemaComes } from '../session/session.ts'
import { setSchema } from './tables.ts'
import { comment, describe, grant, kindWords, name, quote, revoke, role, target, text } from '../spell/writer.ts'

/** An object as ALTER names it: parts of tables are altered through the table. */
function rename(on: Target, to: string): string {
  switch (on.kind) {
    case 'column':
    case 'constraint':
      return `ALTER TABLE ${name(on)} RENAME ${kindWords(on.kind)} ${quote(on.part ?? '')} TO ${quote(to)}`
    case 'domain constraint':
      return `ALTER DOMAIN ${name(on)} RENAME CONSTRAINT ${quote(on.part ?? '')} TO ${quote(to)}`
    default:
      return `ALTER ${target(on)} RENAME TO ${quote(to)}`
  }
}

export const objectHandlers = {
  renameObject: (op) => [rename(op.object, op.to)],
  moveObject: (op) => [setSchema(target(op.object), op.toSchema)],
  createExtension: (op) => {
    const e = op.extension
    const schema = e.schema === undefined ? '' : ` SCHEMA ${quote(e.schema)}`
    const version = e.version === undefined ? '' : ` VERSION ${text(e.version)}`
    return [
      `CREATE EXTENSION ${op.ifNotExists === true ? 'IF NOT EXISTS ' : ''}${quote(e.name)}${schema}${version}`,
      // An extension has a comment of its own; only another one is written.
      ...(e.comment === undefined ? [] : [comment(`EXTENSION ${quote(e.name)}`, e.comment)]),
    ]
  },
  dropExtension: (op) => [`DROP EXTENSION ${quote(op.name)}`],
  alterExtension: (op) => {
    const e = op.extension
    const alter = `ALTER EXTENSION ${quote(e.name)}`
    const out: string[] = []
    if (e.version !== undefined && e.version !== op.before?.version) out.push(`${alter} UPDATE TO ${text(e.version)}`)
    if (e.schema !== op.before?.schema) out.push(setSchema(`EXTENSION ${quote(e.name)}`, e.schema))
    if (op.before !== undefined && e.comment !== op.before.comment)
      out.push(comment(`EXTENSION ${quote(e.name)}`, e.comment))
    return out
  },
  createSchema: (op, context) => [
    {
      sql: `CREATE SCHEMA ${op.ifNotExists === true ? 'IF NOT EXISTS ' : ''}${quote(op.schema.name)}`,
      ...(context.offline ? {} : { refuseIf: takesNames(op.schema.name) }),
    },
    ...describe({ kind: 'schema', name: op.schema.name }, op.schema),
  ],
  dropSchema: (op) => [`DROP SCHEMA ${quote(op.name)}`],
  renameSchema: (op) => [`ALTER SCHEMA ${quote(op.name)} RENAME TO ${quote(op.to)}`],
  createDefinition: (op) => {
    const d = op.definition
    const on = d.commentOn
    return [
      ...d.create.map((sql) => sql.trim().replace(/;$/u, '')),
      ...(on === undefined || d.comment === undefined ? [] : [comment(on, d.comment)]),
    ]
  },
  dropDefinition: (op) => [op.definition.drop.trim().replace(/;$/u, '')],
  comment: (op) => [comment(target(op.on), op.comment)],
  grant: (op) => [grant(op.on, op.grant)],
  revoke: (op) => [`${revoke(op.on, op.grant)}${op.cascade === true ? ' CASCADE' : ''}`],
  setOwner: (op) => [`ALTER ${target(op.on)} OWNER TO ${role(op.owner)}`],
} satisfies Partial<Handlers>

/** Why a schema cannot be created by a role of its name. */
function takesNames(schema: string): string {
  const told = `the schema ${schema} has the name of the role, and "$user" stands in its search_path, so that names without a schema would be looked for there from then on: ALTER ROLE ${quote(schema)} SET search_path = public`
  // The aggregate keeps the planner from evaluating the reason, and raising it, where there is none.
  return `SELECT ${text(told)} || string_agg('', '') FROM (SELECT WHERE current_user = ${text(schema)} AND ${ownSchemaComes}) AS own HAVING count(*) > 0`
}
