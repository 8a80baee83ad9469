/** The target schema from DDL: files, folders, globs or a command that prints it, run in a scratch database and read back. */
import { append } from '../util/append.ts'
import { ownSchemaRefused } from './own-schema.ts'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Scope } from '../dialects/dialect.ts'
import type { Connection } from '../drivers/driver.ts'
import { AmbixError, isAmbixError } from '../errors.ts'
import { endsSession } from '../util/ended-session.ts'
import { lexSql, splitStatements } from '../util/split-sql.ts'
import type { SqlStatement } from '../util/split-sql.ts'
import { noteWritten, placeOf, placeText, type Place } from '../util/written-at.ts'
import { filesOf } from './modules.ts'
import { applyMarks, readMarks } from './marks.ts'
import type { Mark } from './marks.ts'
import type { Schema } from '../schema/model.ts'
import { isTooLong, sizeText } from '../schema/name-limit.ts'
import type { DdlText, SchemaSource, SourceContext } from './source.ts'
import { inScratch } from './target-name.ts'

/** From `.sql` files. Throws SCHEMA.SOURCE with file, line and statement. */
export function sqlSource(paths: string | readonly string[]): SchemaSource {
  const list = typeof paths === 'string' ? [paths] : paths
  return ddlSource(
    list.join(', '),
    async ({ projectDir }) =>
      list
        .flatMap((path) => filesOf(path, projectDir, (file) => file.endsWith('.sql')))
        .map((file) => ({ name: relative(projectDir, file) || file, text: readText(file) })),
    true,
  )
}

/** From a command's output, run by the shell in the project's folder. Throws SCHEMA.SOURCE with the command's error output. */
export function commandSource(command: string): SchemaSource {
  return ddlSource(
    command,
    async ({ projectDir }) => [{ name: command, text: await output(command, projectDir) }],
    false,
  )
}

function readText(file: string): string {
  try {
    // Line ends that git changes in a checkout make no difference in a body or a text.
    return readFileSync(file, 'utf8')
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n')
  } catch (cause) {
    throw new AmbixError('SCHEMA.SOURCE', `${file} cannot be read`, { why: (cause as Error).message, cause })
  }
}

async function output(command: string, cwd: string): Promise<string> {
  const { execFile } = await import('node:child_process')
  const [shell, flag] = process.platform === 'win32' ? ['cmd.exe', '/c'] : ['/bin/sh', '-c']
  return new Promise((done, fail) => {
    execFile(
      shell,
      [flag, command],
      { cwd, maxBuffer: 256 * 1024 * 1024, encoding: 'utf8' },
      (error, stdout, stderr) => {
        if (error === null) return done(stdout)
        fail(
          new AmbixError('SCHEMA.SOURCE', `The command that prints the schema failed: ${command}`, {
            why: stderr.trim() === '' ? error.message : stderr.trim().slice(-2000),
            next: ["Run it by hand in the project's folder"],
            data: { command },
          }),
        )
      },
    )
  })
}

/** `mayBeEmpty`: a file that is there and declares nothing means that nothing is wanted. */
function ddlSource(
  name: string,
  texts: (context: SourceContext) => Promise<readonly DdlText[]>,
  mayBeEmpty: boolean,
): SchemaSource {
  return {
    name,
    spelled: true,
    unmanaged: [],
    ddl: texts,
    read: async (context) => {
      const found = await texts(context)
      return readDdl(context, name, found, mayBeEmpty && found.length > 0)
    },
  }
}

/**
 * Runs DDL in the scratch database and reads it back, with the marks that its comments carry. Throws SCHEMA.SOURCE with
 * file, line and statement, SCHEMA.NAME_TOO_LONG, and SCHEMA.EMPTY where nothing is declared and something must be.
 */
export async function readDdl(
  context: SourceContext,
  name: string,
  found: readonly DdlText[],
  mayBeEmpty: boolean,
): Promise<Schema> {
  const statements: SqlStatement[] = []
  const marks: Mark[] = []
  const database = context.dialect.withoutDatabase === undefined ? undefined : await context.database?.()
  for (const from of found) {
    try {
      const list = splitStatements(from.text, context.dialect.session.text)
      append(marks, readMarks(from.text, list, context.dialect.session.text))
      for (const written of list) {
        const { sql: text, refused } = inScratch(written.text, context, database)
        const statement = text === written.text ? written : { ...written, text }
        const column = statement.offset - from.text.lastIndexOf('\n', statement.offset - 1)
        noteWritten(statement, { file: from.name, line: statement.line, column, text: statement.text })
        refuseLongNames(statement, context.dialect)
        refuseOthers(statement, refused)
        statements.push(statement)
      }
    } catch (error) {
      if (!isAmbixError(error) || error.code === 'SCHEMA.NAME_TOO_LONG' || error.code === 'SCHEMA.SOURCE') throw error
      throw new AmbixError('SCHEMA.SOURCE', `${from.name} cannot be read: ${error.message}`, {
        why: error.why,
        next: error.next,
        data: error.data,
        cause: error,
      })
    }
  }
  if (statements.length === 0 && !mayBeEmpty) {
    throw new AmbixError('SCHEMA.EMPTY', `${name} declares nothing`, {
      next: ['Write CREATE TABLE statements there, or point `schema` to where they are'],
    })
  }
  const scratch = await context.scratch()
  const connection = await build(context, statements, scratch.connection, () => scratch.reset())
  // This distinguishes a function with an explicit GRANT to PUBLIC from one without any grants.
  const scope: Scope = { ...context.scope, usualPrivileges: true }
  return applyMarks(await context.dialect.reflect(connection, scope), marks)
}

/** The place of the statement, or the 1-based character in it: as text, and as data. */
function placed(statement: SqlStatement, position?: number): { readonly at: string; readonly place: Place } {
  const place = placeOf(statement, position)!
  return { at: placeText(place), place }
}

/** The schema is built in a scratch database: what leaves it would be done where it must not. */
function refuseOthers(statement: SqlStatement, why: string | undefined): void {
  if (why === undefined) return
  const { at, place } = placed(statement)
  throw new AmbixError('SCHEMA.SOURCE', `${at}: ${statement.text.trim().slice(0, 60)}`, {
    why,
    next: ['Delete the statement, or the name of the database in it: the database is the one of `url`'],
    data: { ...place, statement: statement.text },
  })
}

/** The server would truncate such a name with only a notice, and the next comparison would not find it (specs/enums.md K06). */
function refuseLongNames(statement: SqlStatement, { facts, session }: SourceContext['dialect']): void {
  const limit = facts.names
  const look = (kind: string, start: number, end: number): void => {
    if (end - start <= limit.most / 4 || (kind !== 'word' && kind !== 'name')) return
    const name =
      kind === 'word'
        ? statement.text.slice(start, end)
        : statement.text.slice(start + 1, end - 1).replaceAll('""', '"')
    if (!isTooLong(name, limit)) return
    const { at, place } = placed(statement, Array.from(statement.text.slice(0, start)).length + 1)
    throw new AmbixError('SCHEMA.NAME_TOO_LONG', `${at}: the name ${name} is too long`, {
      why: sizeText(name, limit),
      next: ['Choose a shorter name; nothing was changed'],
      data: { ...place, name, limit: limit.most },
    })
  }
  lexSql(statement.text, look, session.text)
}

/** Statements that cannot run in a transaction, or end or begin one themselves. */
const notTogether =
  /\bconcurrently\b|^\s*(?:begin|start\s+transaction|commit|end|rollback|abort|vacuum|create\s+database|alter\s+system|prepare\s+transaction)\b|\badd\s+value\b/i

async function build(
  context: SourceContext,
  statements: readonly SqlStatement[],
  first: Connection,
  reset: () => Promise<Connection>,
): Promise<Connection> {
  const { dialect } = context
  const path = dialect.session.scratch === undefined ? undefined : (await first.values(dialect.session.scratch.path))[0]
  const onServer = async (): Promise<boolean> => (await context.scratch()).sameServer
  let db = first
  await prepare(context, db)
  if (!statements.some((s) => notTogether.test(s.text))) {
    // One round trip; only where the server refuses a statement are they sent one by one.
    try {
      await db.script([dialect.session.begin, ...statements.map((s) => s.text), dialect.session.commit])
      await restore(context, db, path)
      return db
    } catch (error) {
      const at = (db.describeError(error)?.statement ?? 0) - 1
      await db.script([dialect.session.rollback]).catch(() => {})
      const failed = statements[at]
      const code = db.describeError(error)?.code
      if (failed !== undefined && code !== '25001' && code !== '55P04')
        throw failure(db, error, failed, await onServer())
      db = await reset()
      await prepare(context, db)
    }
  }
  for (const statement of statements) {
    try {
      await db.script([statement.text])
    } catch (error) {
      throw failure(db, error, statement, await onServer())
    }
  }
  await restore(context, db, path)
  return db
}

async function prepare(context: SourceContext, db: Connection): Promise<void> {
  if (context.prepareScratch !== undefined && context.prepareScratch.length > 0)
    await db.script([...context.prepareScratch])
}

/** A dump may have emptied the search path: names would then be read as if everything were in another schema. */
async function restore(
  context: SourceContext,
  db: Connection,
  path: readonly (string | null)[] | undefined,
): Promise<void> {
  const sql = context.dialect.session.scratch
  const [names, schema] = path ?? []
  if (sql === undefined || names === null || names === undefined || schema === null || schema === undefined) return
  const now = (await db.values(sql.path))[0]
  if (now?.[0] !== names) await db.script([...sql.usePath(names, schema)])
  else if (typeof now[1] === 'string' && now[1] !== schema) throw ownSchemaRefused(now[1])
}

/** SQLSTATEs of what is there already: a relation, an object, a routine, a schema (manual, appendix A). */
const alreadyThere = new Set(['42P07', '42710', '42723', '42P06'])

function failure(db: Connection, error: unknown, statement: SqlStatement, sameServer: boolean): unknown {
  const said = db.describeError(error)
  if (said === undefined || endsSession(said.code)) return error
  const { at, place } = placed(statement, said.position)
  const text = statement.text.length <= 400 ? statement.text : `${statement.text.slice(0, 400)} …`
  if (said.code !== undefined && alreadyThere.has(said.code)) {
    return new AmbixError('SCHEMA.DUPLICATE', `${at}: ${said.message}`, {
      why: `The schema declares it twice; the second time by: ${text}`,
      next: ['Declare it in one place only; nothing was changed'],
      data: { ...place, statement: statement.text, server: said },
      cause: error,
    })
  }
  return new AmbixError('SCHEMA.SOURCE', `${at}: ${said.message}`, {
    why: [said.detail, said.hint, `The statement is: ${text}`].filter(Boolean).join('\n'),
    next: [
      'Fix the schema; nothing was changed',
      ...(sameServer
        ? []
        : [
            'If your server takes it: it was tried in an embedded PostgreSQL, which may lack what your server has. Let the role create databases there (ALTER ROLE … CREATEDB), or name an empty database as `scratch` in the configuration',
          ]),
    ],
    data: { ...place, statement: statement.text, server: said },
    cause: error,
  })
}
