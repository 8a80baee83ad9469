/** Writes a revision's file: header, upgrade and downgrade, as one would write them by hand. */
import { AmbixError } from '../../errors.ts'
import type { Operation } from '../../operations/kinds.ts'
import { argsOf, nameOf } from '../../operations/operation.ts'
import { print, list } from './layout.ts'
import { type Printer, printer, stringLiteral } from './literal.ts'

/** The comments above one operation: the locks that it takes, what it rewrites. */
export type Remark = string | readonly string[] | undefined

/** Why it cannot be undone, in a sentence; the file then has no `downgrade`, and asking for one is REVISION.IRREVERSIBLE. */
export interface Irreversible {
  readonly irreversible: string
}

export interface RevisionContents {
  readonly revision: string
  /** null for a root, several for a merge. */
  readonly downRevision: string | readonly string[] | null
  readonly branchLabels?: readonly string[]
  readonly dependsOn?: readonly string[]
  readonly message: string
  /** As the file shows it, such as `2026-11-20T10:30:00Z`. */
  readonly createDate?: string
  readonly upgrade: readonly Operation[]
  readonly downgrade: readonly Operation[] | Irreversible
  /** By the operation's index in the list. */
  readonly remarks?: { readonly upgrade?: readonly Remark[]; readonly downgrade?: readonly Remark[] }
  /** Notes below the header: what was not verified, what was left alone. */
  readonly notes?: readonly string[]
  readonly format?: 'ts' | 'sql'
  /** For `sql`: the statements, which only a dialect can write. */
  readonly sql?: { readonly upgrade: readonly string[]; readonly downgrade?: readonly string[] }
  /** The text of one operation: null leaves it out, undefined writes it as usual (E18). */
  readonly renderItem?: (operation: Operation) => string | null | undefined
}

/** The text of the file, with a newline at its end. Throws OPERATION.INVALID for a function, which cannot be written as text. */
export function renderRevision(contents: RevisionContents): string {
  return contents.format === 'sql' ? renderSqlRevision(contents) : renderModule(contents)
}

function renderModule(c: RevisionContents): string {
  const parts = modulePartsOf(c)
  return `${[
    docComment(c),
    ...parts.imports,
    '',
    `export const revision = ${parts.revision}`,
    `export const downRevision = ${parts.downRevision}`,
    `export const branchLabels: string[] = ${parts.branchLabels}`,
    `export const dependsOn: string[] = ${parts.dependsOn}`,
    ...(c.notes === undefined || c.notes.length === 0 ? [] : ['', ...c.notes.map((n) => comment(n, ''))]),
    '',
    parts.upgrade,
    '',
    parts.downgrade,
  ].join('\n')}\n`
}

/** The pieces of a module, as code. */
function modulePartsOf(
  c: RevisionContents,
): { readonly imports: readonly string[] } & Readonly<
  Record<'revision' | 'downRevision' | 'branchLabels' | 'dependsOn' | 'upgrade' | 'downgrade', string>
> {
  const code = printer()
  const back = 'irreversible' in c.downgrade ? undefined : c.downgrade
  const upgrade = body('upgrade', c.upgrade, c.remarks?.upgrade, code, c.renderItem)
  const downgrade =
    back === undefined
      ? comment(`There is no downgrade: ${(c.downgrade as Irreversible).irreversible}`, '')
      : body('downgrade', back, c.remarks?.downgrade, code, c.renderItem)
  const names = [...code.imports].toSorted((a, b) => (a < b ? -1 : 1))
  const imports = ["import type { Operations } from 'ambix'"]
  if (names.length > 0) imports.push(print([list('import {', names, '}', { padded: true }), " from 'ambix/schema'"]))
  return {
    imports,
    revision: stringLiteral(c.revision),
    downRevision: parents(c.downRevision),
    branchLabels: strings(c.branchLabels),
    dependsOn: strings(c.dependsOn),
    upgrade,
    downgrade,
  }
}

/**
 * The text of a file from the project's own template: `{message}`, `{createDate}`, `{parents}`, and as code `{imports}`,
 * `{revision}`, `{downRevision}`, `{branchLabels}`, `{dependsOn}`, `{upgrade}`, `{downgrade}` (whole functions). Other
 * braces are kept. Throws CONFIG.INVALID for a template without the tokens that a revision needs.
 */
export function renderTemplate(template: string, c: RevisionContents): string {
  const { imports, ...code } = modulePartsOf(c)
  const values: Readonly<Record<string, string>> = {
    ...code,
    imports: imports.join('\n'),
    message: inComment(messageLines(c.message).join(' ').trim()),
    createDate: plain(c.createDate ?? ''),
    parents: plain(parentsText(c.downRevision)),
  }
  const missing = ['imports', 'revision', 'downRevision', 'upgrade', 'downgrade'].filter(
    (token) => !template.includes(`{${token}}`),
  )
  if (missing.length > 0) {
    throw new AmbixError('CONFIG.INVALID', `The template lacks ${missing.map((token) => `{${token}}`).join(', ')}`, {
      next: [
        `The tokens are ${Object.keys(values)
          .map((token) => `{${token}}`)
          .join(' ')}`,
      ],
    })
  }
  return template.replaceAll(/\{(\w+)\}/g, (whole, token: string) =>
    Object.hasOwn(values, token) ? values[token]! : whole,
  )
}

const strings = (values: readonly string[] | undefined): string =>
  `[${(values ?? []).map((v) => stringLiteral(v)).join(', ')}]`

function parents(down: RevisionContents['downRevision']): string {
  if (down === null || down.length === 0) return 'null'
  return typeof down === 'string' ? stringLiteral(down) : down.length === 1 ? stringLiteral(down[0]!) : strings(down)
}

const parentsText = (down: RevisionContents['downRevision']): string =>
  down === null || down.length === 0 ? 'none' : [down].flat().join(', ')

function docComment(c: RevisionContents): string {
  const lines = [
    ...messageLines(c.message),
    '',
    `Revision ID: ${plain(c.revision)}`,
    `Revises: ${plain(parentsText(c.downRevision))}`,
    ...(c.createDate === undefined ? [] : [`Create Date: ${plain(c.createDate)}`]),
  ]
  return ['/**', ...lines.map((l) => ` * ${inComment(l)}`.trimEnd()), ' */'].join('\n')
}

function messageLines(message: string): readonly string[] {
  const lines = message.split(/\r\n|[\n\r\u2028\u2029\u0085\v\f]/).map((l) => plain(l))
  return lines.every((l) => l === '') ? ['(no message)'] : lines
}

/** Text of one line for a comment: without characters that end the line or are shown as something else. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trimEnd()
}

/** What would end the comment gets a backslash, which the reader of headers removes. */
const inComment = (text: string): string => text.replaceAll(/\*(\\*)\//g, '*\\$1/')

function comment(text: string, margin: string): string {
  return messageLines(text)
    .map((l) => `${margin}// ${l}`.trimEnd())
    .join('\n')
}

function body(
  name: string,
  ops: readonly Operation[],
  remarks: readonly Remark[] | undefined,
  code: Printer,
  renderItem: RevisionContents['renderItem'],
): string {
  const lines: string[] = []
  for (const [i, op] of ops.entries()) {
    const own = renderItem?.(op)
    if (own === null) continue
    for (const remark of [remarks?.[i] ?? []].flat()) lines.push(comment(remark, '  '))
    lines.push(`  ${own ?? renderOperation(op, code)}`)
  }
  // The parameter is used, so that the file compiles where unused parameters are errors.
  if (lines.length === 0) lines.push('  void op // nothing to do')
  return [`export function ${name}(op: Operations): void {`, ...lines, '}'].join('\n')
}

/** `op.addColumn('posts', …)`, without the data that only its reverse needs: the file has its own downgrade. */
export function renderOperation(op: Operation, code: Printer = printer()): string {
  const told = lean(op)
  if (told.kind === 'run') {
    throw new AmbixError(
      'OPERATION.INVALID',
      `The operation ${nameOf(op)} is a function, which cannot be written into a file.`,
    )
  }
  const args = argsOf(told)
  return told.kind === 'custom' && /^[a-z_$][\w$]*$/i.test(told.name)
    ? code.call(`op.${told.name}`, args.slice(1), 2)
    : code.call(`op.${told.kind}`, args, 2)
}

/**
 * An operation without the data that only its reverse needs. Whole definitions before a change are kept where the change
 * is written from the difference, and a column's old state is kept where its type changes: a script after raw SQL has no
 * other source.
 */
export function lean(op: Operation): Operation {
  switch (op.kind) {
    case 'dropTable':
    case 'dropColumn':
    case 'dropIndex':
    case 'dropEnum':
    case 'dropSequence':
    case 'dropDomain':
    case 'dropType':
    case 'dropView':
    case 'dropMaterializedView':
    case 'dropFunction':
    case 'dropTrigger':
    case 'dropPolicy':
    case 'dropExtension':
    case 'dropSchema':
      return without(op, 'definition')
    case 'dropConstraint':
      return without(op, 'definition')
    case 'alterColumn':
      // An identity is altered by what differs, or added where there was none: only the old state shows that.
      // And a storage is reset to that of the type.
      return op.changes.type === undefined && op.changes.identity === undefined && op.changes.storage !== null
        ? without(withoutDown(op), 'before')
        : withoutDown(op)
    case 'alterTable':
      // Dropped parents are known from the old state only.
      return op.changes.inherits === undefined ? without(op, 'before') : op
    case 'tableComment':
    case 'alterConstraint':
    case 'alterTrigger':
    case 'replaceFunction':
    case 'comment':
    case 'setOwner':
      return without(op, 'before')
    case 'createView':
    case 'createMaterializedView':
      return { ...op, view: without(op.view, 'columns') }
    case 'replaceView':
      return { ...without(op, 'before'), view: without(op.view, 'columns') }
    case 'alterView':
      return {
        ...op,
        view: without(op.view, 'columns'),
        ...(op.before === undefined ? {} : { before: without(op.before, 'columns') }),
      }
    default:
      return op
  }
}

function withoutDown(op: Operation & { readonly kind: 'alterColumn' }): Operation & { readonly kind: 'alterColumn' } {
  const { usingDown: _, mapDown: __, ...rest } = op
  return rest
}

function without<T extends object, K extends keyof T>(object: T, key: K): T {
  if (!(key in object)) return object
  const { [key]: _, ...rest } = object
  // Only an optional property is removed.
  return rest as unknown as T
}

/** Comments of an SQL revision: a line that would be read as a header or as the beginning of a part is put in quotes. */
function sqlComment(text: string): readonly string[] {
  return messageLines(text).map((l) => {
    const special = /^\s*[\w -]+:/.test(l) || /^\s*(?:upgrade|downgrade|migrate|ambix)\b/i.test(l)
    return `-- ${special ? JSON.stringify(l.trim()) : l}`.trimEnd()
  })
}

function renderSqlRevision(c: RevisionContents): string {
  const list = (values: readonly string[] | undefined): string => (values ?? []).map((v) => plain(v)).join(', ')
  const irreversible = 'irreversible' in c.downgrade ? c.downgrade.irreversible : undefined
  const part = (statements: readonly string[] | undefined): readonly string[] =>
    statements === undefined || statements.length === 0
      ? ['-- nothing to do']
      : statements.map((s) => (/;\s*$/.test(s) || /^\s*--[^\n]*$/.test(s) ? s.trimEnd() : `${s.trimEnd()};`))
  return `${[
    ...sqlComment(c.message),
    '--',
    `-- revision: ${plain(c.revision)}`,
    `-- down_revision: ${plain(parentsText(c.downRevision))}`,
    ...(c.branchLabels === undefined || c.branchLabels.length === 0
      ? []
      : [`-- branch_labels: ${list(c.branchLabels)}`]),
    ...(c.dependsOn === undefined || c.dependsOn.length === 0 ? [] : [`-- depends_on: ${list(c.dependsOn)}`]),
    ...(c.createDate === undefined ? [] : [`-- create_date: ${plain(c.createDate)}`]),
    ...(c.notes ?? []).flatMap((n) => ['', ...sqlComment(n)]),
    '',
    '-- upgrade',
    ...part(c.sql?.upgrade),
    '',
    ...(irreversible === undefined
      ? ['-- downgrade', ...part(c.sql?.downgrade)]
      : sqlComment(`There is no way back: ${irreversible}`)),
  ].join('\n')}\n`
}
