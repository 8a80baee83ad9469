/** How settings of a table and its rules follow a rename of the table. */
import { refText } from '../../schema/keys.ts'
import type { Definition, Ref } from '../../schema/model.ts'
import { spellRef } from './respell-query.ts'

/** Settings made by ALTER TABLE, which are identified by the table's name. */
const tableSettings: ReadonlySet<string> = new Set([
  'column options',
  'column default',
  'clustering',
  'trigger state',
  'table type',
])

/** The identity of a setting of a table under the table's new name; others keep theirs. */
export function identityAfter(kind: string, identity: string, from: Ref, to: Ref): string {
  if (kind === 'rule' && identity.startsWith(`${refText(from)}.`))
    return refText(to) + identity.slice(refText(from).length)
  const [old, now] = [spellRef(from), spellRef(to)]
  const own = tableSettings.has(kind) && (identity === old || identity.startsWith(`${old}.`))
  return own ? now + identity.slice(old.length) : identity
}

export function renameTableInSetting(object: Definition, from: Ref, to: Ref): Definition {
  if (object.objectKind === 'rule') return renameTableInRule(object, from, to)
  if (!tableSettings.has(object.objectKind)) return { ...object, table: to }
  const start = new RegExp(`^(ALTER (?:TABLE|VIEW)) ${escaped(spellRef(from))} `)
  const alters = (text: string): string => text.replace(start, (_, alter: string) => `${alter} ${spellRef(to)} `)
  return {
    ...object,
    table: to,
    identity: identityAfter(object.objectKind, object.identity, from, to),
    create: object.create.map(alters),
    drop: alters(object.drop),
  }
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Where its body names the table too, the texts differ, and the rule is recreated. */
function renameTableInRule(object: Definition, from: Ref, to: Ref): Definition {
  const [on, onNow] = [` ON ${spellRef(from)}`, ` ON ${spellRef(to)}`]
  const ends = (text: string): string => (text.endsWith(on) ? text.slice(0, -on.length) + onNow : text)
  const event = ` TO ${spellRef(from)} `
  return {
    ...object,
    table: to,
    identity: identityAfter(object.objectKind, object.identity, from, to),
    create: object.create.map((text) => text.replace(event, () => ` TO ${spellRef(to)} `)),
    drop: ends(object.drop),
    ...(object.commentOn === undefined ? {} : { commentOn: ends(object.commentOn) }),
  }
}
