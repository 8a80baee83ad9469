/** The error where row level security hides rows from one of ambix's own statements, which must see all of them. */
import { AmbixError, isAmbixError } from '../errors.ts'

/** The parts of a server's error, a connection and a dialect that are needed here, structurally typed. */
interface Said {
  readonly code?: string
  readonly message: string
}
interface Asked {
  readonly closed: boolean
  values(sql: string): Promise<readonly (readonly (string | null)[])[]>
}
interface Words {
  readonly session: { readonly allRows?: { readonly refused: string; readonly role: string } }
  quote(identifier: string): string
}

/** Whether the server refused to read a table because row level security would hide rows from this role. */
export function isHidden(dialect: Pick<Words, 'session'>, said: Said): boolean {
  return said.code !== undefined && said.code === dialect.session.allRows?.refused
}

/** DATABASE.ROWS_HIDDEN for a question about rows. */
export function questionHidden(said: Said, sql: string): AmbixError {
  return hiddenRows(`ambix must look at all rows of a table, and the role may not: ${said.message}`, {
    why: 'The question decides how the schema may be changed. Nothing was changed.',
    sql,
    data: { server: said },
  })
}

const placeholder = '<role>'

/** What was refused, why it matters, and what to grant; `withRole` adds the name of the role. */
export function hiddenRows(
  message: string,
  more: { readonly why: string; readonly sql: string; readonly data: Readonly<Record<string, unknown>> },
): AmbixError {
  return new AmbixError('DATABASE.ROWS_HIDDEN', message, {
    why: `Rows that the role cannot see would be lost or forgotten, so ambix runs this statement with row_security = off, and the server refuses it.${
      more.sql === '' ? '' : `\n  ${more.sql.replaceAll('\n', '\n  ')}`
    }\n${more.why}`,
    next: [
      {
        text: 'Let the role see all rows and read the table, as a superuser: BYPASSRLS, and SELECT where it does not have it',
        command: `ALTER ROLE ${placeholder} BYPASSRLS;`,
      },
      'Or connect as a role that sees them: a superuser, or the owner of the table where it has no FORCE ROW LEVEL SECURITY',
    ],
    data: more.data,
  })
}

/** The same error with the name of the role, read from the server. */
export async function withRole(connection: Asked, dialect: Words, error: unknown): Promise<unknown> {
  const ask = dialect.session.allRows?.role
  if (ask === undefined || connection.closed || !isAmbixError(error, 'DATABASE.ROWS_HIDDEN')) return error
  const role = (await connection.values(ask).catch(() => []))[0]?.[0]
  if (role === undefined || role === null) return error
  return new AmbixError('DATABASE.ROWS_HIDDEN', error.message.replace('the role may not', `the role ${role} may not`), {
    ...(error.why === undefined ? {} : { why: error.why }),
    next: error.next.map((n) =>
      n.command === undefined ? n : { ...n, command: n.command.replace(placeholder, dialect.quote(role)) },
    ),
    data: { ...error.data, role },
    cause: error.cause,
  })
}
