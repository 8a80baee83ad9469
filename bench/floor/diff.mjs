/** The least that a comparison can be: the catalog in bulk, its rows as tables, each compared with one in memory. Prints how many differ. */
import { tables } from '../lib/fixture.mjs'
import { readCatalog } from './catalog.mjs'

const [, , url, count, more] = process.argv
const wanted = tables(Number(count), more === 'more')
const { relations, columns, constraints, indexes, labels, closed } = await readCatalog(url)

const found = new Map()
const byName = new Map()
for (const [oid, name, kind] of relations)
  if (kind === 'r') {
    const table = { name, columns: new Map(), indexes: new Map(), key: undefined }
    found.set(oid, table)
    byName.set(name, table)
  }
for (const [oid, , name, type, notNull, identity, , value] of columns)
  found.get(oid)?.columns.set(name, { type, notNull: notNull === 't', identity, value })
for (const [oid, name, type, , target] of constraints)
  if (type === 'f') found.get(oid).key = { name, target: found.get(target).name }
for (const [, oid, name, , , primary, columnsOf] of indexes)
  if (primary === 'f') found.get(oid)?.indexes.set(name, columnsOf)
const enums = new Map(labels)

let differences = 0
const want = (holds) => {
  if (!holds) differences++
}
for (const { name, target, labels: own, more: added } of wanted) {
  const table = byName.get(name)
  const expected = {
    id: ['bigint', true],
    other_id: ['bigint', false],
    name: ['character varying(100)', true],
    state: [own === undefined ? 'character varying(32)' : `${name}_state`, true],
    email: ['text', false],
    price: ['numeric(12,2)', false],
    open: ['boolean', true, 'true'],
    made_at: ['timestamp with time zone', true, 'now()'],
    extra: ['jsonb', false],
    remark: ['text', false],
    ...(added ? { added: ['text', false] } : {}),
  }
  for (const [column, [type, notNull, value = null]] of Object.entries(expected)) {
    const has = table?.columns.get(column)
    want(has !== undefined && has.type === type && has.notNull === notNull && has.value === value)
  }
  want(table !== undefined && table.columns.size === Object.keys(expected).length - (added ? 1 : 0))
  want(table?.key?.target === target && table.indexes.size === 2)
  if (own !== undefined) want(enums.get(`${name}_state`) === `{${own.join(',')}}`)
}
await closed
console.log(differences)
