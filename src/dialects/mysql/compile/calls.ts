/** Whether a CALL commits: by what the procedures of the schema before say. */
import { lexSql } from '../../../util/split-sql.ts'
import { backtickText } from '../../../util/sql-text.ts'
import type { CompileContext } from '../../dialect.ts'

/** What commits, or ends the transaction, within a routine (manual, Statements That Cause an Implicit Commit). */
const commits =
  /\b(?:commit|rollback(?! to)|start transaction|(?:create|drop)(?! temporary)|alter|truncate|rename|lock tables?|analyze|optimize|repair|grant|revoke)\b/u

/** The words of a text in small letters, without strings and comments; names in backticks as they are. */
function wordsOf(sql: string): readonly string[] {
  const out: string[] = []
  lexSql(
    sql,
    (kind, start, end) => {
      if (kind === 'word' || kind === 'name') out.push(sql.slice(start, end).toLowerCase())
    },
    backtickText,
  )
  return out
}

const called = (words: readonly string[]): readonly string[] =>
  words.flatMap((word, i) => (word === 'call' && words[i + 1] !== undefined ? [words[i + 1]!.replaceAll('`', '')] : []))

/** A procedure that is not known here is taken for one that does not. */
export function callCommits(sql: string, context: CompileContext): boolean {
  if (!/\bcall\b/iu.test(sql)) return false
  const bodies = new Map<string, readonly string[]>()
  for (const object of context.before.objects.values())
    if (object.kind === 'routine' && object.routineKind === 'procedure')
      bodies.set(object.name.toLowerCase(), wordsOf(object.definition).slice(1))
  const seen = new Set<string>()
  const reaches = (name: string): boolean => {
    const words = bodies.get(name)
    if (words === undefined || seen.has(name)) return false
    seen.add(name)
    return commits.test(words.join(' ')) || called(words).some(reaches)
  }
  return called(wordsOf(sql)).some(reaches)
}
