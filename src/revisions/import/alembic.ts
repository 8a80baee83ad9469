/** Reads Alembic's files: the headers of its Python files, and the SQL that `alembic upgrade --sql` printed. */
import { basename } from 'node:path'
import { AmbixError } from '../../errors.ts'
import {
  lineComments,
  lineCounter,
  splitStatements,
  type SqlStatement,
  type SqlTextRules,
} from '../../util/split-sql.ts'
import { createRevision, type Revision } from '../revision.ts'

const variables = { revision: 'id', down_revision: 'down', branch_labels: 'labels', depends_on: 'depends' } as const
type Variable = keyof typeof variables
type Part = (typeof variables)[keyof typeof variables]

/**
 * The revision in a Python file of Alembic's, without Python: `revision`, `down_revision`, `branch_labels`,
 * `depends_on` at the left margin, as a string, None, tuple or list, with or without annotation; and the docstring.
 * A file without `revision` whose name is a hexadecimal id has that id (V2). Undefined for a file that is not a revision.
 * Throws IMPORT.ALEMBIC with file and line for a value that is not a literal.
 */
export function parseAlembicFile(text: string, file: string): Revision | undefined {
  const values = new Map<Part, readonly string[]>()
  const assignment =
    /^(revision|down_revision|branch_labels|depends_on)[ \t]*(?::(?:[^=#\n[]|\[[^\]=]*\])*)?=(?!=)[ \t]*/gm
  // In the docstring, and in strings of functions, such a line has no meaning.
  assignment.lastIndex = docstring(text).end
  const body = /^(?:async[ \t]+def\b|def\b|class\b|@)/gm
  body.lastIndex = assignment.lastIndex
  const first = body.exec(text)?.index ?? text.length
  // Where functions are defined before these variables, the whole file is read.
  const until = /^revision\b/m.test(text.slice(0, first)) ? first : text.length
  const lineOf = lineCounter(text)
  for (let found = assignment.exec(text); found !== null && found.index < until; found = assignment.exec(text)) {
    // `branch_labels = depends_on = None` names several at once.
    const names = [found[1] as Variable]
    for (let more = chained(text, assignment.lastIndex); more !== undefined; more = chained(text, more.end)) {
      names.push(more.name)
      assignment.lastIndex = more.end
    }
    const value = pythonStrings(text, assignment.lastIndex)
    if (value === undefined) throw notPlain(file, lineOf(found.index), found[1]!)
    for (const name of names) values.set(variables[name], value)
  }
  refuseTuple(text.slice(0, until), docstring(text).end, file, lineOf)
  const named = values.get('id')?.[0]
  const id = named ?? /^([a-f0-9]{4,})(?:_.*)?\.py$/.exec(basename(file))?.[1]
  if (id === undefined || (named === undefined && !values.has('down'))) return undefined
  const whole = docstring(text).text
  // Lines of Alembic's own template: the header that is written here has the same data.
  const doc = whole.replaceAll(/^[ \t]*(?:Revision ID|Revises|Create Date)[ \t]*:.*(?:\r?\n|$)/gm, '').trim()
  const createDate = /^\s*Create Date:\s*(.+)$/m.exec(whole)?.[1]?.trim()
  return createRevision({
    id,
    // A file without it is a base, as in Alembic.
    downRevision: values.get('down') ?? [],
    branchLabels: values.get('labels') ?? [],
    dependsOn: values.get('depends') ?? [],
    doc,
    ...(createDate === undefined ? {} : { createDate }),
    file,
  })
}

function notPlain(file: string, line: number, name: string): AmbixError {
  return new AmbixError(
    'IMPORT.ALEMBIC',
    `${file}:${line}: the value of ${name} is not a plain string, tuple or list.`,
    {
      next: ['write the value out in the Python file, and import again'],
      data: { file, line },
    },
  )
}

const variable = 'revision|down_revision|branch_labels|depends_on'

/** The next name of `a = b = value`, and where the text after its `=` begins. */
function chained(text: string, from: number): { readonly name: Variable; readonly end: number } | undefined {
  const next = new RegExp(String.raw`(${variable})[ \t]*=(?!=)[ \t]*`, 'y')
  next.lastIndex = from
  const found = next.exec(text)
  return found === null ? undefined : { name: found[1] as Variable, end: next.lastIndex }
}

/** `revision, down_revision = "2b", "1a"`: an error names the file, which would otherwise be left out silently. */
function refuseTuple(text: string, from: number, file: string, lineOf: (offset: number) => number): void {
  const several = new RegExp(String.raw`^[(\[]?[ \t]*(?:${variable})[ \t]*,[\w \t,)\]]*=(?!=)`, 'gm')
  several.lastIndex = from
  const found = several.exec(text)
  if (found !== null) throw notPlain(file, lineOf(found.index), found[0].slice(0, -1).trim())
}

/** The strings of a Python literal at an offset, a tuple without brackets too; empty for None; undefined for anything else. */
function pythonStrings(text: string, from: number): string[] | undefined {
  if (/^None\b/.test(text.slice(from, from + 5))) return []
  const open = text[from]
  const close = open === '(' ? ')' : open === '[' ? ']' : open === '{' ? '}' : undefined
  // Without brackets the literal ends with its line, unless a backslash continues it.
  const blank = close === undefined ? String.raw`(?:[ \t]|\\\r?\n)*` : String.raw`(?:[ \t\r\n\\]|#[^\n]*)*`
  const token = new RegExp(
    String.raw`${blank}(?:[uUrR]?(?:"([^"\\\n]*)"(?!")|'([^'\\\n]*)'(?!'))|([,)\]}])|(\r?$|\r?\n|[;#]))`,
    'my',
  )
  token.lastIndex = close === undefined ? from : from + 1
  const strings: string[] = []
  let wantsComma = false
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const string = found[1] ?? found[2]
    if (string !== undefined) {
      // Two adjacent strings are one in Python: ids are not written like that.
      if (wantsComma) return undefined
      strings.push(string)
      wantsComma = true
    } else if (found[3] === ',') wantsComma = false
    else if (found[3] !== undefined) return found[3] === close ? strings : undefined
    else return close === undefined && strings.length > 0 ? strings : undefined
  }
  return undefined
}

/** The module's docstring, and where it ends: 0 where there is none. */
function docstring(text: string): { readonly text: string; readonly end: number } {
  const found = /^(?:\s|#[^\n]*\n)*[uUrR]?("""|'''|"|')/.exec(text)
  if (found === null) return { text: '', end: 0 }
  const start = found[0].length
  const end = text.indexOf(found[1]!, start)
  return end < 0 ? { text: '', end: 0 } : { text: text.slice(start, end).trim(), end: end + found[1]!.length }
}

export interface AlembicScriptPart {
  /** The revision that runs; in a downgrade the one that is undone. */
  readonly revision: string
  readonly direction: 'upgrade' | 'downgrade'
  readonly statements: readonly SqlStatement[]
}

/**
 * Splits an offline script at Alembic's own `-- Running upgrade a -> b` comments. Alembic's own statements (BEGIN, COMMIT,
 * GO, and every statement on the version table) are left out; lines are those of the script.
 * `rules` are those of the database that the script is for. Throws IMPORT.ALEMBIC for a script without such comments, and
 * SQL.INVALID.
 */
export function cutAlembicScript(
  given: string,
  rules?: SqlTextRules,
  versionTable = 'alembic_version',
): AlembicScriptPart[] {
  // Alembic logs to stderr, so with `> script.sql 2>&1` its log lines are in the file.
  const sql = given.replaceAll(/^(?:INFO|DEBUG|WARNING?|WARN) +\[[\w.]+\].*$/gm, (line) => ' '.repeat(line.length))
  const running = /^--\s*Running (?:(upgrade)\s*(.*?)\s*->\s*([^\s,]+)|(downgrade)\s+([^\s,]+)\s*->)/
  const marks = lineComments(sql, rules).flatMap(({ text, offset }) => {
    const found = running.exec(text)
    if (found === null) return []
    const direction: AlembicScriptPart['direction'] = found[1] === undefined ? 'downgrade' : 'upgrade'
    return [{ offset, end: offset + text.length, direction, revision: (found[3] ?? found[5])! }]
  })
  if (marks.length === 0) {
    throw new AmbixError('IMPORT.ALEMBIC', 'The script has no "-- Running upgrade" comments.', {
      next: [{ text: 'make it with Alembic', command: 'alembic upgrade base:head --sql' }],
    })
  }
  const own = ownStatement(versionTable)
  const lineOf = lineCounter(sql)
  return marks.map(({ end, direction, revision }, i) => {
    const first = lineOf(end) - 1
    const statements = splitStatements(sql.slice(end, marks[i + 1]?.offset ?? sql.length), rules)
      .filter((statement) => !own.test(statement.text))
      .map((s) => ({ text: s.text, offset: s.offset + end, line: s.line + first }))
    return { revision, direction, statements }
  })
}

function ownStatement(versionTable: string): RegExp {
  const name = versionTable.replaceAll(/[^\w]/g, String.raw`\$&`)
  const table = `(?:["\`\\[]?\\w+["\`\\]]?\\.)?["\`\\[]?${name}["\`\\]]?(?=[\\s(;]|$)`
  return new RegExp(
    `^(?:BEGIN(?:\\s+TRANSACTION)?|START\\s+TRANSACTION|COMMIT|GO)$|^(?:(?:CREATE\\s+TABLE(?:\\s+IF\\s+NOT\\s+EXISTS)?|INSERT\\s+INTO|UPDATE|DELETE\\s+FROM|DROP\\s+TABLE)\\s+${table})`,
    'i',
  )
}
