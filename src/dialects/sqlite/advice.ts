/** What to do about errors of SQLite that are not the statement's fault, by their primary code (sqlite.org/rescode.html). */
import type { ServerError } from '../../drivers/driver.ts'

const primary: Readonly<Record<number, string>> = {
  5: 'Another process has the file for longer than the wait (--lock-wait). Run the command again when it is done',
  6: 'Another statement has the table. Run the command again when it is done',
  8: 'The file may only be read: give the right to write it and its folder, and run the command again',
  10: 'The disk is full, or fails. Make room there, and run the command again',
  11: 'The file is damaged: restore it from a backup',
  13: 'The disk is full. Make room there, and run the command again',
  14: 'The folder of the file must be there, with the right to write in it, for the journal beside it',
  26: 'The file is of another kind: look at the path in the URL',
}
const names: Readonly<Record<string, number>> = {
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
}

export function advice({ code = '' }: ServerError): string | undefined {
  const name = /^SQLITE_([A-Z]+)/.exec(code)?.[1]
  // The second byte tells more about it.
  const number = name === undefined ? Number(code) & 255 : (names[name] ?? 0)
  return primary[number]
}
