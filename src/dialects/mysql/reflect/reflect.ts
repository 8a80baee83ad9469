/** Reads a MySQL or MariaDB database as a schema. */
import type { Connection } from '../../../drivers/driver.ts'
import { keyOf, tableKey, viewKey } from '../../../schema/keys.ts'
import { lazySchema } from '../../../schema/lazy.ts'
import type { Schema, SchemaObject } from '../../../schema/model.ts'
import type { Scope } from '../../dialect.ts'
import { serverOf } from '../spell/server.ts'
import type { Server } from '../spell/server.ts'
import { namedIn, readCatalog } from './catalog.ts'
import { named } from './enums.ts'
import { eventOf, routineOf, sequenceOf, triggersOf, viewOf } from './objects.ts'
import { tableOf } from './tables.ts'

/** Engines whose tables hold no rows of their own: where those are is not in information_schema. */
const pointing = /^(?:MRG_MyISAM|FEDERATED|CONNECT|SPIDER)$/iu

/** Reads the connection's own database; other databases of the server are out of scope. */
export async function reflect(db: Connection, scope: Scope, usual: Server): Promise<Schema> {
  const catalog = await readCatalog(db, serverOf(db.serverVersion, usual))
  const excluded = new Set(scope.excludeTables ?? [])
  const objects: SchemaObject[] = []
  const uncovered: string[] = []
  for (const row of catalog.tables) {
    const [name, type] = row
    if (excluded.has(name!)) continue
    if (type === 'BASE TABLE' || type === 'SYSTEM VERSIONED') {
      objects.push(tableOf(catalog, row))
      if (pointing.test(row[2] ?? '')) uncovered.push(`what table ${name} of the engine ${row[2]} points to`)
    } else if (type !== 'VIEW' && type !== 'SEQUENCE') uncovered.push(`${(type ?? 'object').toLowerCase()} ${name}`)
  }
  for (const [table, create] of catalog.shown)
    if (/^ .* WITHOUT OVERLAPS\),?$/mu.test(create)) uncovered.push(`WITHOUT OVERLAPS of a key of table ${table}`)
  for (const row of catalog.sequences) objects.push(sequenceOf(row))
  for (const row of catalog.views) objects.push(viewOf(catalog, row))
  for (const trigger of triggersOf(catalog)) if (!excluded.has(trigger.table.name)) objects.push(trigger)
  const routines = new Set<string>()
  for (const row of catalog.routines) {
    // A function and a procedure may share a name; a key cannot distinguish them.
    if (routines.has(row[0]!)) uncovered.push(`${row[1]!.toLowerCase()} ${row[0]}, which has the name of a function`)
    else objects.push(routineOf(catalog, row))
    routines.add(row[0]!)
  }
  for (const row of catalog.events) objects.push(eventOf(catalog, row))
  const map = new Map(named(objects).map((o) => [keyOf(o), Object.freeze(o)]))
  return lazySchema(map, () => dependencies(map), Object.freeze(uncovered))
}

/** Which object refers to which: the server keeps no record, so every name of an object in a text counts. */
function dependencies(objects: ReadonlyMap<string, SchemaObject>): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, string[]>()
  const note = (name: string, key: string): void => void keys.set(name, [...(keys.get(name) ?? []), key])
  for (const object of objects.values()) {
    if (object.kind === 'table') note(object.name, tableKey(object))
    else if (object.kind === 'view') note(object.name, viewKey(object))
    else if (object.kind === 'sequence' || object.kind === 'routine') note(object.name, keyOf(object))
  }
  const names = new Set(keys.keys())
  const edges = new Map<string, readonly string[]>()
  const add = (key: string, sql: string, want: (found: string) => boolean): void => {
    const found = namedIn(sql, names)
      .flatMap((name) => keys.get(name) ?? [])
      .filter((k) => k !== key && want(k))
    if (found.length > 0) edges.set(key, [...new Set(found)].sort())
  }
  for (const [key, object] of objects) {
    if (object.kind === 'view') add(key, object.definition, () => true)
    else if (object.kind === 'trigger')
      edges.set(key, [tableKey(object.table), ...previous(objects, object.definition)].sort())
    else if (object.kind === 'table') {
      // A default may use a sequence; nothing else of a table names another object.
      const texts = object.columns.flatMap((c) => (c.default?.kind === 'sql' ? [c.default.sql] : []))
      add(key, texts.join(' '), (k) => k.startsWith('sequence:'))
    }
  }
  return edges
}

/** The trigger that this one follows. */
function previous(objects: ReadonlyMap<string, SchemaObject>, definition: string): readonly string[] {
  const name = / FOR EACH ROW FOLLOWS `((?:[^`]|``)+)`/u.exec(definition)?.[1]?.replaceAll('``', '`')
  if (name === undefined) return []
  return [...objects].flatMap(([key, o]) => (o.kind === 'trigger' && o.name === name ? [key] : []))
}
