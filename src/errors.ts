/** The error that every failure is thrown as, and the table of all codes. */

/** Every code with the sentence that the reference page prints for it. Keep it sorted by room. */
export const codes = {
  'CONFIG.NOT_FOUND': 'No configuration file was found.',
  'CONFIG.INVALID': 'The configuration file throws, or a value in it is not valid.',
  'CONFIG.ENVIRONMENT': 'The named environment is not in the configuration.',
  'USAGE.INVALID': 'The command line cannot be understood.',
  'USAGE.UNKNOWN_COMMAND': 'There is no such command.',
  'FILES.WRITE': 'A file or folder cannot be written.',
  'FILES.READ': 'A file or folder cannot be read.',
  'FILES.EXISTS': 'The file or folder already exists.',
  'FILES.UNSAFE_PATH': 'A path leads outside its folder, or to something that is no file.',
  'MODULE.LOAD': "The user's module cannot be loaded.",
  'HOOK.FAILED': 'A post-write hook failed.',
  'SCHEMA.INVALID': 'The declared schema contradicts itself.',
  'SCHEMA.EMPTY': 'The schema source declares no table.',
  'SCHEMA.DUPLICATE': 'Two objects of the declared schema have one name.',
  'SCHEMA.UNKNOWN_REFERENCE': 'A reference points to a table, column or type that is not declared.',
  'SCHEMA.NAME_TOO_LONG': 'An identifier is longer than the database allows.',
  'SCHEMA.SOURCE': 'The schema source cannot be read.',
  'ENUM.INVALID': 'An enum is declared with labels that the database cannot hold.',
  'ENUM.DEFAULT': 'A default is not a label of its enum.',
  'ENUM.IN_USE': 'Rows or objects still use the enum or the label.',
  'ENUM.LABELS_DIFFER': 'An enum type of that name exists with other labels.',
  'OPERATION.INVALID': 'An operation was given arguments that make no sense.',
  'OPERATION.UNSUPPORTED': 'The dialect cannot carry out this operation.',
  'OPERATION.UNKNOWN_OBJECT': 'An operation names an object that does not exist at this point.',
  'OPERATION.OFFLINE': 'An operation needs a database and cannot be written as SQL.',
  'DIFF.DECISION_NEEDED': 'A change can be read in two ways; the user must decide.',
  'DIFF.REFUSED': 'The change cannot be made safely, and is refused before anything is touched.',
  'DIFF.NOT_VERIFIED': 'The generated revision does not lead to the target schema.',
  'HINTS.INVALID': 'The hints file is not a JSON array of known hints.',
  'HINTS.UNUSED': 'A hint fits nothing in the difference.',
  'REVISION.HEADER': 'A revision file has no readable header.',
  'REVISION.LOAD': 'A revision file cannot be loaded.',
  'REVISION.DUPLICATE': 'Two revision files have one id.',
  'REVISION.MISSING_PARENT': 'A revision names a parent that no file has.',
  'REVISION.CYCLE': 'The revisions form a cycle.',
  'REVISION.LABEL': 'A branch label is used twice, or is not valid.',
  'REVISION.INVALID_ID': 'A revision id is reserved or has unsafe characters.',
  'REVISION.UNKNOWN': 'No revision is known by this name.',
  'REVISION.AMBIGUOUS': 'The name fits several revisions.',
  'REVISION.MULTIPLE_HEADS': 'There are several heads, and one was asked for.',
  'REVISION.NOT_A_HEAD': 'The parent is not a head; a new branch must be asked for.',
  'REVISION.RANGE': 'The range or the step count does not fit the history.',
  'REVISION.DIRECTION': 'The target lies in the other direction.',
  'REVISION.IRREVERSIBLE': 'A revision cannot be undone.',
  'REVISION.EDITED': 'A revision file was edited after it was applied.',
  'REVISION.APPLIED': 'The revision is applied already.',
  'REVISION.NOT_UP_TO_DATE': 'The database is not at the head of the revisions.',
  'VERSION.UNKNOWN_REVISION': 'The database is at a revision that no file has.',
  'VERSION.TABLE': 'The version table is not one that may be trusted or used.',
  'VERSION.ROW_COUNT': 'A version row was changed by somebody else.',
  'DATABASE.DRIVER_MISSING': 'The driver package is not installed.',
  'DATABASE.CONNECT': 'The database cannot be reached.',
  'DATABASE.AUTH': 'The database refuses the user or password.',
  'DATABASE.MISSING': 'The database does not exist.',
  'DATABASE.URL': 'The database URL cannot be understood.',
  'DATABASE.LOCKED': 'Another process holds the lock.',
  'DATABASE.BLOCKED': 'A lock on an object was not had in time: others have it.',
  'DATABASE.ROWS_HIDDEN': 'Row level security hides rows from the role, and ambix must see all of them.',
  'DATABASE.STATEMENT': 'The database refused a statement.',
  'DATABASE.DIALECT': 'No dialect fits the URL or the configuration.',
  'RUN.INTERRUPTED': 'The run was interrupted.',
  'RUN.HAZARD': 'A revision has a hazard that nobody allowed, and the configuration refuses those.',
  'RUN.UNFINISHED': 'A revision was begun and not finished; it must be finished first.',
  'FLEET.TARGETS': 'The targets of a fleet cannot be read, or one of them is not valid.',
  'FLEET.CONTROL': 'The control database of a fleet cannot keep its state.',
  'SQL.INVALID': 'SQL text cannot be cut into statements, or has the marks of a merge conflict.',
  'IMPORT.HISTORY': 'The history of another tool cannot be read.',
  'IMPORT.MISMATCH': 'The table of another tool does not say what its files say.',
  'IMPORT.ALEMBIC': 'The Alembic folder or script cannot be read.',
} as const

/** A stable, dotted name of a failure: recognise failures by it, never by class or text. */
export type Code = keyof typeof codes

/** What the user may do next: a sentence, and the command that does it where there is one. */
export interface NextAction {
  readonly text: string
  readonly command?: string
}

export interface ErrorDetails {
  /** Why it happened, in a sentence or two, with the names and places concerned. */
  readonly why?: string
  readonly next?: readonly (NextAction | string)[]
  /** Machine-readable facts for `--json`. */
  readonly data?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** A failure that the user can understand and fix. Anything else that is thrown is a bug. */
export class AmbixError extends Error {
  override readonly name = 'AmbixError'
  readonly code: Code
  readonly why: string | undefined
  readonly next: readonly NextAction[]
  readonly data: Readonly<Record<string, unknown>> | undefined

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.why = details.why
    this.next = (details.next ?? []).map((n) => (typeof n === 'string' ? { text: n } : n))
    this.data = details.data
  }
}

/** Whether an error is an AmbixError, by its code and not its class, so that it works with two copies of ambix. */
export function isAmbixError(e: unknown, code?: Code): e is AmbixError {
  if (typeof e !== 'object' || e === null || !('code' in e) || !('next' in e)) return false
  const c = (e as { code: unknown }).code
  return typeof c === 'string' && c in codes && (code === undefined || c === code)
}
