/** What to do about errors of PostgreSQL that are not the statement's fault, by SQLSTATE (manual, appendix A). */
import type { ServerError } from '../../../drivers/driver.ts'
import { missingRight, type Refused } from './rights.ts'

const byCode: Readonly<Record<string, string>> = {
  '25001': 'This statement cannot run in a transaction: write op.execute(sql, { autocommit: true })',
  '25006':
    'Nothing can be written here: connect to the primary server, or have default_transaction_read_only taken away',
  '2D000':
    'A routine or DO block commits or rolls back, and cannot within the transaction of a revision: take that out of it, or write op.execute(sql, { autocommit: true })',
  '40001': 'It was given up so that another session could go on: run the command again',
  '40P01': 'It was given up so that another session could go on: run the command again',
  '42501': 'Connect as the owner of the object, or have the privilege granted, and run the command again',
  '53100': 'The disk of the server is full. Make room there, and run the command again',
  '53200':
    'The server is out of lock slots: raise max_locks_per_transaction, or let each revision have its own transaction (transactionPerMigration)',
  '53400': 'A limit of the server is reached. Raise it, or make room, and run the command again',
  '55P03': 'Another session holds a lock on the object: find it in pg_stat_activity, and run the command again',
}

export function advice(said: ServerError, about: Refused = {}): string | undefined {
  const { code = '', message, hint = '' } = said
  if (code === '42501') return missingRight(said, about) ?? byCode[code]
  if (code === '57014')
    return /statement timeout/.test(message)
      ? 'It may not take longer: raise `statementTimeout` in the configuration, or the statement_timeout of the role, and run the command again'
      : 'Somebody cancelled it (pg_cancel_backend). Find out who, and run the command again'
  // Where a file cannot grow, PostgreSQL 16 and later have no code for it.
  return /disk space/.test(hint) ? byCode['53100'] : byCode[code]
}
