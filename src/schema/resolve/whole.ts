/** What holds of a schema as a whole: no name twice, nothing that is not declared, nothing too long. */
import { writtenIn } from '../../util/written-at.ts'
import { AmbixError } from '../../errors.ts'
import { columnKey, constraintKey, refText, tableKey, viewKey } from '../keys.ts'
import { checkLabelSizes, isTooLong, sizeText } from '../name-limit.ts'
import type { NameLimit } from '../name-limit.ts'
import type { ColumnType, Ref, SchemaObject, Table } from '../model.ts'
import { given } from './column.ts'
import { relationOfType } from './dependencies.ts'

/** Errors of `work` are about that declaration. */
export function about(declaration: object, work: () => void): void {
  try {
    work()
  } catch (error) {
    throw writtenIn(declaration, error)
  }
}

/** Tables, views, sequences and indexes share names, and so do types and whatever has a row type. */
export function sharedNames(objects: ReadonlyMap<string, SchemaObject>, ownIndexNames: boolean): void {
  const relations = new Map<string, string>()
  const types = new Map<string, string>()
  const claim = (names: Map<string, string>, ref: Ref, what: string, by: object): void => {
    const text = refText(ref)
    const other = names.get(text)
    if (other !== undefined) {
      const error = new AmbixError('SCHEMA.DUPLICATE', `The ${other} and the ${what} have one name: ${text}.`, {
        why: 'In one schema tables, views, sequences and indexes share their names; a table also has a type of its name.',
      })
      throw writtenIn(by, error)
    }
    names.set(text, what)
  }
  for (const o of objects.values()) {
    if (o.kind === 'table' || o.kind === 'view' || o.kind === 'sequence' || o.kind === 'composite')
      claim(relations, o, o.kind, o)
    if (o.kind === 'table' || o.kind === 'view' || o.kind === 'enum' || o.kind === 'domain' || o.kind === 'range')
      claim(types, o, o.kind, o)
  }
  for (const o of objects.values()) {
    if (o.kind !== 'table' && o.kind !== 'view') continue
    const names = ownIndexNames ? new Map<string, string>() : relations
    const what = `index of ${refText(o)}`
    const own = ({ name }: { readonly name: string }): void =>
      claim(names, o.schema === undefined ? { name } : { schema: o.schema, name }, what, o)
    o.indexes?.forEach(own)
    if (o.kind === 'table') for (const c of o.constraints) if (c.kind !== 'check' && c.kind !== 'foreignKey') own(c)
  }
}

const ownTypes: ReadonlySet<string> = new Set(['enum', 'domain', 'composite', 'range'])

/** Everything that is referred to exists. */
export function references(objects: ReadonlyMap<string, SchemaObject>): void {
  const tableAt = (ref: Ref): Table | undefined => objects.get(tableKey(ref)) as Table | undefined
  const missing = (who: string, what: string, next: string): AmbixError =>
    new AmbixError('SCHEMA.UNKNOWN_REFERENCE', `${who} points to ${what}, which is not declared.`, { next: [next] })
  const needsTable = (who: string, ref: Ref): void => {
    if (tableAt(ref) === undefined && !objects.has(viewKey(ref)))
      throw missing(who, `the table ${refText(ref)}`, 'Export that table from a module of the schema.')
  }
  const needsType = (who: () => string, type: ColumnType): void => {
    if (type.element !== undefined) return needsType(who, type.element)
    if (type.name === undefined || !ownTypes.has(type.kind)) return
    const key = `${type.kind}:${refText({ ...given('schema', type.schema), name: type.name })}`
    if (!objects.has(key) && (type.kind !== 'composite' || relationOfType(objects, key) === undefined)) {
      throw missing(
        who(),
        `the ${type.kind} ${key.slice(key.indexOf(':') + 1)}`,
        `Declare it, or write customType('${type.name}') for a type of somebody else.`,
      )
    }
  }
  const check = (o: SchemaObject): void => {
    if (o.kind === 'table') {
      for (const c of o.columns)
        // Types of the database's own have no name.
        if (c.type.name !== undefined || c.type.element !== undefined)
          needsType(() => columnKey(o, c.name).replace(':', ' '), c.type)
      if (o.inherits !== undefined || o.partitionOf !== undefined)
        for (const parent of [...(o.inherits ?? []), ...(o.partitionOf ? [o.partitionOf.parent] : [])])
          needsTable(`The table ${refText(o)}`, parent)
      for (const c of o.constraints) {
        if (c.kind !== 'foreignKey') continue
        const who = (): string => `The foreign key ${constraintKey(o, c.name).slice('constraint:'.length)}`
        const target = tableAt(c.references)
        if (target === undefined)
          throw missing(who(), `the table ${refText(c.references)}`, 'Export that table from a module of the schema.')
        const lost = c.referencedColumns.find((name) => !target.columns.some((have) => have.name === name))
        const open = target.inherits !== undefined || target.partitionOf !== undefined
        if (lost !== undefined && !open)
          throw missing(
            who(),
            `the column ${refText(target)}.${lost}`,
            `Its columns are ${target.columns.map((x) => x.name).join(', ')}.`,
          )
      }
    }
    if (o.kind === 'domain') needsType(() => `The domain ${refText(o)}`, o.type)
    if (o.kind === 'range') needsType(() => `The range type ${refText(o)}`, o.subtype)
    if (o.kind === 'composite')
      for (const a of o.attributes) needsType(() => `The composite type ${refText(o)}`, a.type)
    if (o.kind === 'trigger' || o.kind === 'policy') needsTable(`The ${o.kind} ${o.name}`, o.table)
    if (o.kind === 'definition' && o.table) needsTable(`The ${o.objectKind} ${o.identity}`, o.table)
    if (o.kind === 'sequence' && o.ownedBy) needsTable(`The sequence ${refText(o)}`, o.ownedBy.table)
  }
  for (const o of objects.values()) about(o, () => check(o))
}

/** The database would truncate longer names, and know the object by another name from then on. */
export function lengths(objects: ReadonlyMap<string, SchemaObject>, limit: NameLimit, labels?: NameLimit): void {
  const check = (what: string, name: string): void => {
    if (isTooLong(name, limit)) {
      throw new AmbixError('SCHEMA.NAME_TOO_LONG', `The name of the ${what} ${name} is too long.`, {
        why: sizeText(name, limit),
        data: { name, limit: limit.most },
      })
    }
  }
  const all = (o: SchemaObject): void => {
    if ('name' in o && (o.kind !== 'enum' || labels === undefined)) check(o.kind, o.name)
    if ('schema' in o && o.schema !== undefined) check('schema', o.schema)
    if (o.kind === 'table') {
      for (const c of o.columns) check('column', c.name)
      for (const c of o.constraints) check('constraint', c.name)
    }
    if (o.kind === 'table' || o.kind === 'view') for (const i of o.indexes ?? []) check('index', i.name)
    if (o.kind === 'enum') checkLabelSizes(refText(o), o.values, labels ?? limit)
    if (o.kind === 'composite') for (const a of o.attributes) check('attribute', a.name)
    if (o.kind === 'domain') for (const c of o.checks) check('constraint', c.name)
  }
  for (const o of objects.values()) about(o, () => all(o))
}
