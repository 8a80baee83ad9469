/** Tables with their columns, keys and options, from the rows of information_schema. */
import type {
  Check,
  Column,
  ColumnType,
  Constraint,
  Default,
  ForeignKey,
  Index,
  IndexElement,
  ReferentialAction,
  Table,
} from '../../../schema/model.ts'
import { parseDefault, plainDefault, unbracketed } from '../spell/defaults.ts'
import { quote } from '../spell/quote.ts'
import { parseType } from '../spell/types.ts'
import { withoutDatabase } from './catalog.ts'
import type { Catalog } from './catalog.ts'
import { partitionText, shownPartitions } from './partitions.ts'
import { withoutMade } from '../spell/foreign-indexes.ts'

type Row = readonly (string | null)[]

/** A comment without its NUL characters, which no revision can hold. */
function described(comment: string | null | undefined): { readonly comment?: string } {
  const said = (comment ?? '').replaceAll('\0', '')
  return said === '' ? {} : { comment: said }
}

export function tableOf(catalog: Catalog, row: Row): Table {
  const [name, type, engine, collation, options, comment] = row
  const parameters = tableOptions(catalog, name!, { type, engine, collation, options })
  const collationOf = (column: string): string | null | undefined =>
    catalog.columns.get(name!)?.find((c) => c[1] === column)?.[5]
  // json is a longtext with a binary collation and this check (MariaDB); with another collation it is a longtext.
  const json = new Set(
    (catalog.checks.get(name!) ?? []).flatMap((c) =>
      c[4] === 'Column' &&
      c[2] === `json_valid(\`${c[1]!.replaceAll('`', '``')}\`)` &&
      collationOf(c[1]!) === 'utf8mb4_bin'
        ? [c[1]!]
        : [],
    ),
  )
  const own = parameters['collation'] !== undefined
  const columns = (catalog.columns.get(name!) ?? []).map((c) => columnOf(catalog, c, json.has(c[1]!), own))
  const [, rowEnd] = rowEdges(catalog, name!)
  const indexes = indexesOf(catalog, catalog.indexes.get(name!) ?? []).map((i) =>
    // The server adds the row end column to each key by itself.
    i.unique === true && rowEnd !== undefined && i.elements.at(-1)?.column === rowEnd
      ? { ...i, elements: i.elements.slice(0, -1) }
      : i,
  )
  const constraints: Constraint[] = []
  const rest: Index[] = []
  for (const index of indexes) {
    const key = asConstraint(index)
    if (key !== undefined) constraints.push(key)
    else rest.push(index)
  }
  // The condition of a period is listed with the checks, under the period's name.
  for (const c of catalog.checks.get(name!) ?? [])
    if (!(json.has(c[1]!) && c[4] === 'Column') && parameters[`period for ${c[1]}`] === undefined)
      constraints.push(check(catalog, c))
  constraints.push(...foreignKeys(catalog, name!))
  return {
    kind: 'table',
    name: name!,
    columns,
    ...withoutMade({ constraints, indexes: rest }),
    ownIndexNames: true,
    ...(Object.keys(parameters).length === 0 ? {} : { with: parameters }),
    ...described(comment),
  }
}

/** Table options that differ from the database's defaults. */
function tableOptions(
  catalog: Catalog,
  name: string,
  row: { type?: string | null; engine?: string | null; collation?: string | null; options?: string | null },
): Record<string, string> {
  const found: Record<string, string> = {}
  if (row.engine !== null && row.engine !== undefined && row.engine.toLowerCase() !== 'innodb')
    found['engine'] = row.engine
  if (row.collation !== null && row.collation !== undefined && row.collation !== catalog.collation)
    found['collation'] = row.collation
  for (const match of (row.options ?? '').matchAll(/`?([\w$]+)`?=(?:'([^']*)'|"([^"]*)"|(\S*))/gu)) {
    const value = match[2] ?? match[3] ?? match[4] ?? ''
    found[match[1]!.toLowerCase()] = value.toLowerCase()
    // Options of Aria that remain on a table of another engine, and Aria's defaults.
    if (/^(transactional|page_checksum)$/iu.test(match[1]!) && (row.engine?.toLowerCase() !== 'aria' || value === '1'))
      delete found[match[1]!.toLowerCase()]
  }
  if (row.type === 'SYSTEM VERSIONED') found['system_versioning'] = 'on'
  const partitions = catalog.partitions.get(name)
  const shown = catalog.shown.get(name)
  if (partitions !== undefined) {
    const text = (shown === undefined ? undefined : shownPartitions(shown)) ?? partitionText(partitions)
    found['partition'] = withoutDatabase(text, catalog.database)
  }
  const period = /^\s+PERIOD FOR `((?:[^`]|``)+)` (\(.*\)),?$/mu.exec(shown ?? '')
  if (period !== null) found[`period for ${period[1]!.replaceAll('``', '`')}`] = period[2]!
  const edges = rowEdges(catalog, name)
  if (edges.length === 2) found['period'] = `(${edges.map(quote).join(', ')})`
  return found
}

/** The columns that hold the row start and row end; nameless ones are not listed. */
function rowEdges(catalog: Catalog, table: string): readonly string[] {
  const named = (edge: RegExp): readonly string[] =>
    (catalog.columns.get(table) ?? []).flatMap((c) => (c[8] !== null && edge.test(c[8]!) ? [c[1]!] : []))
  return [...named(/^row start$/iu), ...named(/^row end$/iu)]
}

/** Equal columns are one object: most tables have the same few. */
function columnOf(catalog: Catalog, row: Row, json: boolean, own: boolean): Column {
  const kind = `${json} ${own}`
  let equal = catalog.equal.get(kind)
  if (equal === undefined) catalog.equal.set(kind, (equal = new Map()))
  let column = equal.get(row)
  if (column === undefined) equal.set(row, (column = readColumn(catalog, row, json, own)))
  return column
}

function readColumn(catalog: Catalog, row: Row, json: boolean, own: boolean): Column {
  const [, name, value, nullable, typeText, collation, extra, comment, expression] = row
  const marks = (extra ?? '').toLowerCase()
  const type = typeOf(catalog, typeText ?? '', marks, json, expression, row[9])
  const generated = /\b(virtual|stored|persistent) generated\b/u.exec(marks)
  const rowEdge = /^row (start|end)$/iu.test(expression ?? '')
  const byDefault = defaultOf(catalog, value, marks, type)
  const differs = collation !== null && collation !== undefined && (own || collation !== catalog.collation)
  return {
    name: name!,
    type,
    nullable: nullable === 'YES',
    ...(byDefault === undefined ? {} : { default: byDefault }),
    ...(marks.includes('auto_increment') ? { identity: { generation: 'byDefault' as const } } : {}),
    ...(generated === null || rowEdge
      ? {}
      : {
          generated: {
            sql: withoutDatabase(plainText(catalog, expression ?? ''), catalog.database),
            stored: generated[1] !== 'virtual',
          },
        }),
    ...(differs && !json && type.kind !== 'json' ? { collation: { name: collation } } : {}),
    ...described(comment),
  }
}

/** MySQL prints expressions with escaped quotes and introducers. */
function plainText(catalog: Catalog, sql: string): string {
  if (catalog.server.flavor === 'mariadb') return sql
  return unbracketed(sql.replaceAll("\\'", "'"))
}

function typeOf(
  catalog: Catalog,
  text: string,
  marks: string,
  json: boolean,
  expression: string | null | undefined,
  srid: string | null | undefined,
): ColumnType {
  if (json) return marks.includes('invisible') ? { kind: 'custom', sql: 'json invisible' } : { kind: 'json' }
  const words: string[] = []
  const compressed = /\s*\/\*M?!\d* COMPRESSED\s*\*\//u
  if (compressed.test(text)) words.push('compressed')
  const plain = text.replace(compressed, '')
  if (/\binvisible\b/u.test(marks)) words.push('invisible')
  if (marks.includes('without system versioning')) words.push('without system versioning')
  if (/^row (start|end)$/iu.test(expression ?? '')) words.push(`generated always as ${expression!.toLowerCase()}`)
  if (srid !== null && srid !== undefined && catalog.server.flavor === 'mysql') words.push(`srid ${srid}`)
  return parseType([plain, ...words].join(' '))
}

function defaultOf(
  catalog: Catalog,
  value: string | null | undefined,
  marks: string,
  type: ColumnType,
): Default | undefined {
  const update = /\bon update (current_timestamp(?:\(\d*\))?)/u.exec(marks)?.[1]
  const told = ((): Default | undefined => {
    if (value === null || value === undefined) return undefined
    if (catalog.server.flavor === 'mariadb') {
      const parsed = parseDefault(withoutDatabase(value, catalog.database), type)
      return parsed.kind === 'literal' && parsed.value === null ? undefined : parsed
    }
    // MySQL marks expressions with a keyword, and prints constants without quotes.
    if (marks.includes('default_generated') || /^current_timestamp/iu.test(value))
      return parseDefault(withoutDatabase(value.replaceAll("\\'", "'"), catalog.database), type)
    if (/^b'[01]*'$/u.test(value)) return { kind: 'sql', sql: value }
    return plainDefault({ kind: 'literal', value }, type)
  })()
  if (update === undefined) return told
  const head = told === undefined ? '' : told.kind === 'sql' ? told.sql : `'${String(told.value)}'`
  return parseDefault(`${head} ON UPDATE ${update}`, type)
}

function indexesOf(catalog: Catalog, rows: readonly Row[]): readonly Index[] {
  const byName = new Map<string, Row[]>()
  for (const row of rows) byName.set(row[1]!, [...(byName.get(row[1]!) ?? []), row])
  return [...byName].map(([name, parts]): Index => {
    const [first] = parts
    const type = (first![6] ?? '').toLowerCase()
    const comment = first![7]
    const special = type === 'fulltext' || type === 'spatial'
    return {
      name,
      elements: parts.map((p): IndexElement => {
        const expression = p[9]
        return {
          ...(p[3] === null || p[3] === undefined
            ? { expression: withoutDatabase(plainText(catalog, expression ?? ''), catalog.database) }
            : { column: p[3] }),
          ...(p[5] === null || p[5] === undefined || special ? {} : { length: Number(p[5]) }),
          ...(p[4] === 'D' ? { order: 'desc' as const } : {}),
        }
      }),
      ...(first![2] === '0' ? { unique: true } : {}),
      ...(special || (type === 'hash' && first![2] !== '0') ? { method: type } : {}),
      ...(first![8] === '1' ? { with: { invisible: 'true' } } : {}),
      ...described(comment),
    }
  })
}

/** A unique index of plain columns is a constraint too: the server has one concept for both. */
export function asConstraint(index: Index): Constraint | undefined {
  const plain = index.elements.every(
    (e) => e.column !== undefined && e.length === undefined && e.order === undefined && e.collation === undefined,
  )
  const columns = index.elements.map((e) => e.column ?? '')
  if (index.name === 'PRIMARY' && index.unique === true && plain)
    return {
      kind: 'primaryKey',
      name: 'PRIMARY',
      columns,
      ...(index.comment === undefined ? {} : { comment: index.comment }),
    }
  if (index.unique !== true || !plain || index.method !== undefined || index.with !== undefined) return undefined
  return {
    kind: 'unique',
    name: index.name,
    columns,
    ...(index.comment === undefined ? {} : { comment: index.comment }),
  }
}

function check(catalog: Catalog, row: Row): Check {
  return {
    kind: 'check',
    name: row[1]!,
    sql: withoutDatabase(unbracketed(plainText(catalog, row[2] ?? '')), catalog.database),
    ...(row[3] === 'NO' ? { notEnforced: true } : {}),
  }
}

const actions: Readonly<Record<string, ReferentialAction>> = {
  CASCADE: 'cascade',
  'SET NULL': 'setNull',
  'SET DEFAULT': 'setDefault',
}

function foreignKeys(catalog: Catalog, table: string): readonly ForeignKey[] {
  const byName = new Map<string, Row[]>()
  for (const row of catalog.foreign.get(table) ?? []) byName.set(row[1]!, [...(byName.get(row[1]!) ?? []), row])
  return [...byName].map(([name, rows]): ForeignKey => {
    const rule = catalog.rules.get(`${table}\0${name}`)
    // RESTRICT and NO ACTION are the same here, and each server prints one of them.
    const [onUpdate, onDelete] = [actions[rule?.[2] ?? ''], actions[rule?.[3] ?? '']]
    const schema = rows[0]![3]
    return {
      kind: 'foreignKey',
      name,
      columns: rows.map((r) => r[2]!),
      references: {
        ...(schema === catalog.database || schema === null || schema === undefined ? {} : { schema }),
        name: rows[0]![4]!,
      },
      referencedColumns: rows.map((r) => r[5]!),
      ...(onDelete === undefined ? {} : { onDelete }),
      ...(onUpdate === undefined ? {} : { onUpdate }),
    }
  })
}
