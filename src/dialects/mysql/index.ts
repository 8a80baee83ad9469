/** The dialect of MySQL and MariaDB: one dialect with the facts of two servers. */
import type { Operation } from '../../operations/kinds.ts'
import type { Schema } from '../../schema/model.ts'
import type { Dialect } from '../dialect.ts'
import { compile } from './compile/compile.ts'
import { adopt } from './reflect/adopt.ts'
import { inSmallLetters } from './reflect/letter-case.ts'
import { normalize } from './reflect/normalize.ts'
import { reflect } from './reflect/reflect.ts'
import { viewColumns } from './reflect/view-columns.ts'
import { rowQuery } from './row-query.ts'
import { mysqlSession } from './session/session-dialect.ts'
import { parseDefault, writeDefault } from './spell/defaults.ts'
import { reachesOther, withoutOwnDatabase } from './spell/own-database.ts'
import { mariadbServer, mysqlServer, serverOf } from './spell/server.ts'
import type { Server } from './spell/server.ts'
import { parseType, spelledType } from './spell/types.ts'
import { valueType } from './spell/value-type.ts'

/** These repeat a column's definition, look up an enum's columns or an index's table: all from the schema before. */
const needing = new Set<Operation['kind']>([
  'alterColumn',
  'comment',
  'renameTable',
  'dropConstraint',
  'renameConstraint',
  'createIndex',
  'createPrimaryKey',
  'createUniqueConstraint',
  'createCheckConstraint',
  'dropIndex',
  'renameIndex',
  'createTable',
  'addColumn',
  'addEnumValue',
  'dropEnumValue',
  'renameEnumValue',
  'alterEnum',
  'dropEnum',
])

/** What mysqldump --databases prints before the tables; a schema of one database does not need it. */
const leaving =
  /^(?:\s|--[^\n]*\n|#[^\n]*\n|\/\*(?!!)[\s\S]*?\*\/|\/\*!\d*)*(?:use|(?:create|drop|alter)\s+(?:database|schema))\b/i

/** mysqldump of a server with GTIDs begins with one. */
const global = /^\s*set\s+(?:[^;]*,\s*)?(?:@@\s*)?(?:global|persist|persist_only)\b/iu

function refuseInSchema(statement: string): string | undefined {
  if (leaving.test(statement)) return 'It would leave the scratch database for another one.'
  if (global.test(statement)) return 'It would change a setting of the whole server.'
  const other = reachesOther(statement)
  return other === undefined
    ? undefined
    : `It would reach the database ${other}, and not the scratch database; the schema is that of one database, whose name may be left out.`
}

function needsBefore(ops: readonly Operation[]): boolean {
  return ops.some(wants)
}

function wants(op: Operation): boolean {
  // What it calls may commit.
  if (op.kind === 'execute') return /\bcall\b/iu.test(op.sql)
  if (op.kind === 'createTable') return op.table.columns.some((c) => c.type.kind === 'enum')
  if (op.kind === 'alterTable')
    return op.changes.with?.['engine'] !== undefined || op.changes.with?.['partition'] !== undefined
  if (op.kind === 'addColumn') return op.column.type.kind === 'enum' || op.backfill !== undefined
  return needing.has(op.kind)
}

function dialectFor(usual: Server): Dialect {
  const known = (schema: Schema): Schema => (usual.small === true ? inSmallLetters(schema) : schema)
  return {
    ...mysqlSession,
    ...(usual.flavor === 'mysql' ? { facts: { ...mysqlSession.facts, namesWithTable: ['_ibfk_', '_chk_'] } } : {}),
    compile: (ops, before, options) => compile(ops, before, options, usual),
    normalize: (schema, alike) => normalize(known(schema), usual, alike?.normal),
    reflect: (db, scope) => reflect(db, scope, usual),
    adopt: (reflected, like) => adopt(reflected, known(like)),
    needsBefore,
    forServer: (version, text) => dialectFor(serverOf(version, usual, text)),
    rowQuery,
    refuseInSchema,
    withoutDatabase: withoutOwnDatabase,
    writeType: (type) => spelledType(type, usual) ?? type.kind,
    valueType,
    viewColumns,
    parseType,
    writeDefault: (value, type) => writeDefault(value, type, usual),
    parseDefault,
  }
}

export const mysql: Dialect = dialectFor(mysqlServer)
export const mariadb: Dialect = dialectFor(mariadbServer)
