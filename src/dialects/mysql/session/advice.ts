/** What to do about errors of MySQL and MariaDB that are not the statement's fault, by their number. */
import type { ServerError } from '../../../drivers/driver.ts'

const full = 'The disk of the server, or the file of its tables, is full. Make room there, and run the command again'
const denied = 'Connect as a user who may do that, or have the privilege granted, and run the command again'
const readOnly = 'Nothing can be written here: connect to the primary server, or have read_only taken away'
const longer =
  'It may not take longer: raise `statementTimeout` in the configuration, or max_statement_time (max_execution_time), and run the command again'

const byCode: Readonly<Record<string, string>> = {
  '1021': full,
  '1044': denied,
  '1114': full,
  '1142': denied,
  '1143': denied,
  '1205': 'Another session holds a lock on the rows: find it with SHOW PROCESSLIST, and run the command again',
  '1213': 'It was given up so that another session could go on: run the command again',
  '1227': denied,
  '1290': readOnly,
  '1317': 'Somebody cancelled it (KILL QUERY). Find out who, and run the command again',
  '1370': denied,
  '1792': readOnly,
  '1836': readOnly,
  '1969': longer,
  '3024': longer,
}

export const advice = ({ code = '' }: ServerError): string | undefined => byCode[code]
