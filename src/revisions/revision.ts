/** The data of a revision: one file of the history as frozen plain data, and which ids are valid. */
import { AmbixError } from '../errors.ts'

export type RevisionFormat = 'ts' | 'js' | 'sql'

/** The header of a revision file; the body is not part of it and is loaded only when it runs. Frozen. (spec V1) */
export interface Revision {
  readonly id: string
  /** Parents: empty for a root, several for a merge. */
  readonly downRevision: readonly string[]
  /** As written in this file; for labels that it inherits, ask the graph (V7). */
  readonly branchLabels: readonly string[]
  /** Ids or labels that must be applied before, without being parents (V10). */
  readonly dependsOn: readonly string[]
  /** The first paragraph of `doc`, in one line. */
  readonly message: string
  readonly doc: string
  /** As written in the file; not parsed. */
  readonly createDate?: string
  readonly file: string
  readonly format: RevisionFormat
  /** In a bundle: the contents of its file. */
  readonly body?: RevisionBody
}

/** A revision without its file: its SQL text, or its module, and the checksum of the file. */
export interface RevisionBody {
  readonly checksum: string
  readonly text?: string
  readonly module?: Readonly<Record<string, unknown>>
}

export interface RevisionParts {
  readonly id: string
  readonly downRevision?: readonly string[]
  readonly branchLabels?: readonly string[]
  readonly dependsOn?: readonly string[]
  readonly doc?: string
  readonly createDate?: string | undefined
  readonly file?: string
  readonly format?: RevisionFormat
  readonly body?: RevisionBody
}

/** Creates a frozen revision from its parts; the message is the first paragraph of the doc. */
export function createRevision(parts: RevisionParts): Revision {
  const doc = (parts.doc ?? '').trim()
  const revision: { -readonly [K in keyof Revision]: Revision[K] } = {
    id: parts.id,
    downRevision: frozen(parts.downRevision),
    branchLabels: frozen(parts.branchLabels),
    dependsOn: frozen(parts.dependsOn),
    message: doc === '' ? '' : firstParagraph(doc),
    doc,
    file: parts.file ?? '',
    format: parts.format ?? 'ts',
  }
  if (parts.createDate !== undefined) revision.createDate = parts.createDate
  if (parts.body !== undefined) revision.body = parts.body
  return Object.freeze(revision)
}

const none: readonly string[] = Object.freeze([])

function frozen(names: readonly string[] | undefined): readonly string[] {
  if (names === undefined || names.length === 0) return none
  return Object.freeze(names.length === 1 ? [names[0]!] : [...new Set(names)])
}

function firstParagraph(doc: string): string {
  // Nearly always a line and an empty one, or nothing but a line.
  const end = doc.indexOf('\n')
  if (end < 0) return doc
  if (doc[end + 1] === '\n') return doc.slice(0, end).trim()
  const lines: string[] = []
  for (const line of doc.split('\n')) {
    if (line.trim() === '') break
    lines.push(line.trim())
  }
  return lines.join(' ')
}

/** Words of the identifier grammar, which cannot be the name of a revision or a label (R1). */
export const reservedWords: readonly string[] = ['head', 'heads', 'base', 'current', 'none', 'null']

/**
 * Checks an id for a new revision: no reserved word, only 1-64 letters, digits and `_`.
 * Throws REVISION.INVALID_ID. (R1; reliability 6.3, Paths)
 */
export function validateNewId(id: string): void {
  const shown = JSON.stringify(id.slice(0, 80))
  if (reservedWords.includes(id.toLowerCase())) {
    throw new AmbixError('REVISION.INVALID_ID', `${shown} cannot be a revision id: it is a word of the command line.`, {
      next: ['choose another id, or leave out --rev-id to get a random one'],
      data: { id },
    })
  }
  if (!/^[A-Za-z0-9_]{1,64}$/.test(id)) {
    throw new AmbixError('REVISION.INVALID_ID', `${shown} cannot be a revision id.`, {
      why: 'An id is 1 to 64 letters, digits and underscores: it is part of a file name and of the version table.',
      next: ['choose another id, or leave out --rev-id to get a random one'],
      data: { id },
    })
  }
}

/** Why an id or label of an existing file cannot be used, or undefined: the grammar must be able to express it. (R1) */
export function unusableName(name: string): string | undefined {
  if (/^\w{1,64}$/.test(name) && !reservedWords.includes(name)) return undefined
  if (name === '') return 'it is empty'
  if (name.length > 255) return 'it is longer than 255 characters'
  if (reservedWords.includes(name)) return 'it is a word of the command line'
  const bad = /[\s@+:,'"`\\/\-\p{C}]/u.exec(name)
  return bad === null ? undefined : `it contains ${JSON.stringify(bad[0])}`
}

/** Checks a label for a new revision. Throws REVISION.LABEL. */
export function validateNewLabel(label: string): void {
  const reason = /^[A-Za-z0-9_.]{1,64}$/.test(label)
    ? unusableName(label)
    : 'only letters, digits, _ and . are allowed, 64 at most'
  if (reason !== undefined) {
    const shown = JSON.stringify(label.slice(0, 80))
    throw new AmbixError('REVISION.LABEL', `${shown} cannot be a branch label.`, {
      why: `${reason[0]!.toUpperCase()}${reason.slice(1)}.`,
      next: ['choose another label'],
      data: { label },
    })
  }
}

/** A new random id: the last 12 hex digits of a random UUID, as Alembic's (R18). */
export function newRevisionId(): string {
  return globalThis.crypto.randomUUID().slice(-12)
}
