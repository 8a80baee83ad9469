/** A random operation of every kind that makes sense on a given schema and holds what its reverse needs. */
import type {
  Column,
  ColumnType,
  Composite,
  Constraint,
  Definition,
  Domain,
  EnumType,
  Extension,
  Index,
  Namespace,
  Policy,
  RangeType,
  Ref,
  Routine,
  Schema,
  SchemaObject,
  Sequence,
  Table,
  Trigger,
  View,
} from '../../src/schema/model.ts'
import type { Kind, Operation, OperationOf } from '../../src/operations/kinds.ts'
import type { Chooser } from './chooser.ts'

const refOf = (o: Ref): Ref => (o.schema === undefined ? { name: o.name } : { schema: o.schema, name: o.name })

class Pool {
  readonly #schema: Schema
  readonly #choose: Chooser
  constructor(schema: Schema, choose: Chooser) {
    this.#schema = schema
    this.#choose = choose
  }

  one<K extends SchemaObject['kind']>(
    kind: K,
    where: (o: Extract<SchemaObject, { kind: K }>) => boolean = () => true,
  ): Extract<SchemaObject, { kind: K }> | undefined {
    const all = [...this.#schema.objects.values()]
      .filter((o): o is Extract<SchemaObject, { kind: K }> => o.kind === kind)
      .filter((o) => where(o))
    return all.length === 0 ? undefined : this.#choose.pick(all)
  }

  some(test: (o: SchemaObject) => boolean): boolean {
    return [...this.#schema.objects.values()].some((o) => test(o))
  }
}

type Makers = { readonly [K in Kind]: (c: Chooser, p: Pool) => OperationOf<K> | undefined }

/** Names that no arbitrary schema gives. */
const fresh = 'fresh 1"`${x}'
/** No two constraints, indexes or columns of a table have one name. */
const hasFresh = (named: readonly { readonly name: string }[]): boolean => named.some(({ name }) => name === fresh)
const type: ColumnType = { kind: 'numeric', precision: 8, scale: 3 }
const column: Column = {
  name: fresh,
  type,
  nullable: true,
  default: { kind: 'literal', value: '1.5' },
  comment: "it's */ `new` ${x}",
}
const table: Table = {
  kind: 'table',
  name: fresh,
  columns: [
    { name: 'id', type: { kind: 'integer' }, nullable: false, identity: { generation: 'always', start: 5 } },
    column,
  ],
  constraints: [{ kind: 'primaryKey', name: `${fresh}_pkey`, columns: ['id'] }],
  indexes: [{ name: 'ix fresh', elements: [{ column: 'id', order: 'desc' }], where: "id > 0 AND 'a\\b`${c}' <> ''" }],
}
const sequence: Sequence = { kind: 'sequence', name: fresh, start: 3, increment: 2, type: 'integer' }
const domain: Domain = {
  kind: 'domain',
  name: fresh,
  type: { kind: 'text' },
  checks: [{ name: 'ck', sql: "VALUE <> '`'::text" }],
  notNull: true,
}
const composite: Composite = {
  kind: 'composite',
  name: fresh,
  attributes: [{ name: 'a b', type: { kind: 'text' }, collation: { name: 'C' } }],
}
const range: RangeType = { kind: 'range', name: fresh, subtype: { kind: 'doublePrecision' }, subtypeDiff: 'float8mi' }
const view: View = {
  kind: 'view',
  name: fresh,
  definition: ' SELECT 1 AS "a`b",\n    2 AS "${x}"',
  columns: [{ name: 'a`b', type: 'integer' }],
  with: { security_barrier: 'true' },
}
const routine: Routine = {
  kind: 'routine',
  name: fresh,
  routineKind: 'function',
  identityArguments: 'integer, text',
  definition: "CREATE OR REPLACE FUNCTION x(integer, text)\n RETURNS text\n LANGUAGE sql\nAS $$select '\\n`${x}'$$",
  signature: 'text',
}
const namespace: Namespace = { kind: 'schema', name: fresh, comment: 'c' }
const extension: Extension = { kind: 'extension', name: 'citext', version: '1.6', comment: 'c' }
const definition: Definition = {
  kind: 'definition',
  objectKind: 'cast',
  identity: '(a AS b)',
  create: ['CREATE CAST (a AS b) WITH INOUT'],
  drop: 'DROP CAST (a AS b)',
}
const rows = [
  { id: 1, 'odd key': "it's", at: null },
  { id: 2, '__proto__ ': true, n: 1.5 },
]

const tableOf = (p: Pool): Table | undefined => p.one('table')
const unused =
  (p: Pool) =>
  (t: Table): boolean =>
    !p.some(
      (o) =>
        (o.kind === 'table' && o.partitionOf?.parent.name === t.name) ||
        (o.kind === 'table' &&
          o.constraints.some((c) => c.kind === 'foreignKey' && c.references.name === t.name && o !== t)) ||
        ((o.kind === 'trigger' || o.kind === 'policy') && o.table.name === t.name),
    )

const makers: Makers = {
  createTable: () => ({ kind: 'createTable', table }),
  dropTable(_, p) {
    const t = p.one('table', unused(p))
    return t === undefined ? undefined : { kind: 'dropTable', table: refOf(t), definition: t }
  },
  renameTable(_, p) {
    const t = tableOf(p)
    return t === undefined ? undefined : { kind: 'renameTable', table: refOf(t), to: fresh }
  },
  moveTable(_, p) {
    const t = p.one('table', (o) => o.schema === undefined)
    return t === undefined ? undefined : { kind: 'moveTable', table: refOf(t), toSchema: 'other "one' }
  },
  alterTable(_, p) {
    const t = tableOf(p)
    if (t === undefined) return undefined
    return {
      kind: 'alterTable',
      table: refOf(t),
      changes: { rowSecurity: t.rowSecurity !== true, with: { fillfactor: '55' } },
      before: { rowSecurity: t.rowSecurity === true, with: { fillfactor: t.with?.['fillfactor'] ?? null } },
    }
  },
  tableComment(c, p) {
    const t = tableOf(p)
    return t === undefined
      ? undefined
      : { kind: 'tableComment', table: refOf(t), comment: c.text(), before: t.comment ?? null }
  },
  attachPartition(_, p) {
    const t = p.one('table', (o) => o.partitionOf === undefined)
    return t === undefined
      ? undefined
      : { kind: 'attachPartition', table: { name: 'parent' }, partition: refOf(t), bound: "FOR VALUES IN ('a`')" }
  },
  detachPartition(_, p) {
    const t = p.one('table', (o) => o.partitionOf !== undefined)
    return t === undefined
      ? undefined
      : { kind: 'detachPartition', table: t.partitionOf!.parent, partition: refOf(t), bound: t.partitionOf!.bound }
  },
  addColumn(c, p) {
    const t = tableOf(p)
    return t === undefined
      ? undefined
      : { kind: 'addColumn', table: refOf(t), column, ...(c.oneIn(3) ? { backfill: { expression: 'id * 2' } } : {}) }
  },
  dropColumn(c, p) {
    const t = tableOf(p)
    const free = t?.columns.filter(
      (x) =>
        x.name !== 'id' &&
        !t.constraints.some((k) => 'columns' in k && k.columns.includes(x.name)) &&
        !t.indexes.some((i) => i.elements.some((e) => e.column === x.name)),
    )
    if (t === undefined || free === undefined || free.length === 0) return undefined
    const d = c.pick(free)
    return { kind: 'dropColumn', table: refOf(t), column: d.name, definition: d }
  },
  alterColumn(c, p) {
    const t = tableOf(p)
    if (t === undefined) return undefined
    const col = c.pick(t.columns)
    const key = t.constraints.some((k) => k.kind === 'primaryKey' && k.columns.includes(col.name))
    const change: OperationOf<'alterColumn'> = {
      kind: 'alterColumn',
      table: refOf(t),
      column: col.name,
      changes: {
        comment: c.text(),
        ...(key || col.identity || col.type.kind === 'serial' ? {} : { nullable: !col.nullable }),
      },
      before: {
        comment: col.comment ?? null,
        ...(key || col.identity || col.type.kind === 'serial' ? {} : { nullable: col.nullable }),
      },
    }
    if (!hasFresh(t.columns) && c.oneIn(2)) return { ...change, changes: { ...change.changes, newColumnName: fresh } }
    if (col.name === 'id' || c.oneIn(2)) return change
    return {
      ...change,
      changes: { ...change.changes, type: { kind: 'text' }, default: { kind: 'literal', value: "a'b" } },
      before: { ...change.before, type: col.type, default: col.default ?? null },
      using: `id::text || '\`\${x}'`,
    }
  },
  createPrimaryKey(_, p) {
    // Over a column that is not null already: a key makes it so, and the way back cannot know what it was.
    const keyless = (o: Table): boolean =>
      o.columns.some((c) => c.name === 'id' && !c.nullable) && !o.constraints.some((k) => k.kind === 'primaryKey')
    const t = p.one('table', (o) => !hasFresh(o.constraints) && keyless(o))
    return t === undefined
      ? undefined
      : { kind: 'createPrimaryKey', table: refOf(t), constraint: { kind: 'primaryKey', name: fresh, columns: ['id'] } }
  },
  createUniqueConstraint(c, p) {
    const t = p.one('table', (o) => !hasFresh(o.constraints))
    return t === undefined
      ? undefined
      : {
          kind: 'createUniqueConstraint',
          table: refOf(t),
          constraint: {
            kind: 'unique',
            name: fresh,
            columns: ['id'],
            ...(c.oneIn(2) ? { nullsNotDistinct: true } : { deferrable: true, initiallyDeferred: true }),
          },
        }
  },
  createForeignKey(c, p) {
    const t = p.one('table', (o) => !hasFresh(o.constraints))
    return t === undefined
      ? undefined
      : {
          kind: 'createForeignKey',
          table: refOf(t),
          constraint: {
            kind: 'foreignKey',
            name: fresh,
            columns: ['id'],
            references: refOf(t),
            referencedColumns: ['id'],
            ...(c.oneIn(2) ? { onDelete: 'setNull', onDeleteColumns: ['id'], match: 'full' } : { notValid: true }),
          },
        }
  },
  createCheckConstraint(c, p) {
    const t = p.one('table', (o) => !hasFresh(o.constraints))
    return t === undefined
      ? undefined
      : {
          kind: 'createCheckConstraint',
          table: refOf(t),
          constraint: {
            kind: 'check',
            name: fresh,
            sql: `id <> 3 OR '${c.text().replaceAll("'", "''")}' = ''`,
            ...(c.oneIn(2) ? { notValid: true } : { noInherit: true }),
          },
        }
  },
  createExcludeConstraint(_, p) {
    const t = p.one('table', (o) => !hasFresh(o.constraints))
    return t === undefined
      ? undefined
      : {
          kind: 'createExcludeConstraint',
          table: refOf(t),
          constraint: {
            kind: 'exclude',
            name: fresh,
            elements: [
              { expression: 'int4range(id, id + 1)', operator: '&&' },
              { column: 'id', opclass: 'int4_ops', operator: '=' },
            ],
            where: 'id > 0',
          },
        }
  },
  dropConstraint(c, p) {
    const t = p.one('table', (o) => o.constraints.length > 0)
    if (t === undefined) return undefined
    const k: Constraint = c.pick(t.constraints)
    return { kind: 'dropConstraint', table: refOf(t), name: k.name, type: k.kind, definition: k }
  },
  renameConstraint(c, p) {
    const t = p.one('table', (o) => o.constraints.length > 0 && !hasFresh(o.constraints))
    return t === undefined
      ? undefined
      : { kind: 'renameConstraint', table: refOf(t), name: c.pick(t.constraints).name, to: fresh }
  },
  alterConstraint(_, p) {
    const t = p.one('table', (o) => o.constraints.some((k) => k.kind === 'foreignKey'))
    const k = t?.constraints.find((x) => x.kind === 'foreignKey')
    if (t === undefined || k === undefined) return undefined
    return {
      kind: 'alterConstraint',
      table: refOf(t),
      name: k.name,
      deferrable: true,
      initiallyDeferred: true,
      before: { deferrable: k.deferrable ?? false, initiallyDeferred: k.initiallyDeferred ?? false },
    }
  },
  validateConstraint(_, p) {
    const t = p.one('table', (o) => o.constraints.length > 0)
    return t === undefined ? undefined : { kind: 'validateConstraint', table: refOf(t), name: t.constraints[0]!.name }
  },
  createIndex(c, p) {
    const t = tableOf(p)
    if (t === undefined) return undefined
    const index: Index = {
      name: fresh,
      elements: [
        { column: 'id', nulls: 'first', opclass: 'int4_ops' },
        { expression: 'abs(id)', order: 'desc' },
      ],
      include: ['id'],
      with: { fillfactor: '60' },
      where: "'`' <> '${x}'",
    }
    return { kind: 'createIndex', table: refOf(t), index, ...(c.oneIn(2) ? { concurrently: true } : {}) }
  },
  dropIndex(c, p) {
    const t = p.one('table', (o) => o.indexes.length > 0)
    if (t === undefined) return undefined
    const i = c.pick(t.indexes)
    return { kind: 'dropIndex', index: refOf({ ...t, name: i.name }), table: refOf(t), definition: i }
  },
  renameIndex(_, p) {
    const t = p.one('table', (o) => o.indexes.length > 0 && !hasFresh(o.indexes))
    return t === undefined
      ? undefined
      : { kind: 'renameIndex', index: refOf({ ...t, name: t.indexes[0]!.name }), to: fresh }
  },
  attachIndex(_, p) {
    const t = p.one('table', (o) => o.indexes.length > 1)
    return t === undefined
      ? undefined
      : {
          kind: 'attachIndex',
          index: refOf({ ...t, name: t.indexes[0]!.name }),
          partitionIndex: refOf({ ...t, name: t.indexes[1]!.name }),
        }
  },
  createEnum: (c) => ({
    kind: 'createEnum',
    enum: { kind: 'enum', name: fresh, values: ['a', c.text()], comment: c.text() },
  }),
  dropEnum(_, p) {
    const e = p.one('enum')
    return e === undefined ? undefined : { kind: 'dropEnum', enum: refOf(e), definition: e }
  },
  renameEnum(_, p) {
    const e = p.one('enum')
    return e === undefined ? undefined : { kind: 'renameEnum', enum: refOf(e), to: fresh }
  },
  moveEnum(_, p) {
    const e = p.one('enum', (o) => o.schema === undefined)
    return e === undefined ? undefined : { kind: 'moveEnum', enum: refOf(e), toSchema: 'other' }
  },
  addEnumValue(c, p) {
    const e = p.one('enum', (o) => !o.values.includes('brand new'))
    if (e === undefined) return undefined
    const where = c.oneIn(3) ? {} : c.oneIn(2) ? { before: c.pick(e.values) } : { after: c.pick(e.values) }
    return {
      kind: 'addEnumValue',
      enum: refOf(e),
      value: 'brand new',
      ...where,
      ...(c.oneIn(3) ? { remapDown: c.oneIn(2) ? null : e.values[0]! } : {}),
    }
  },
  dropEnumValue(c, p) {
    const e = p.one('enum', (o) => o.values.length > 1)
    if (e === undefined) return undefined
    const at = c.int(0, e.values.length - 1)
    const neighbour = at === 0 ? { before: e.values[1]! } : { after: e.values[at - 1]! }
    return { kind: 'dropEnumValue', enum: refOf(e), value: e.values[at]!, ...neighbour, remap: null }
  },
  renameEnumValue(c, p) {
    const e = p.one('enum', (o) => !o.values.includes('renamed `label`'))
    return e === undefined
      ? undefined
      : { kind: 'renameEnumValue', enum: refOf(e), from: c.pick(e.values), to: 'renamed `label`' }
  },
  alterEnum(c, p) {
    const e: EnumType | undefined = p.one('enum', (o) => !o.values.includes('added'))
    if (e === undefined) return undefined
    return {
      kind: 'alterEnum',
      enum: refOf(e),
      values: [...e.values.slice(1), 'added'],
      from: e.values,
      remap: { [e.values[0]!]: 'added' },
      remapDown: { added: c.oneIn(2) ? null : e.values[0]! },
      keep: { comment: 'kept' },
      ...(c.oneIn(2) ? { aside: 'other old' } : {}),
    }
  },
  createSequence: () => ({ kind: 'createSequence', sequence }),
  dropSequence(_, p) {
    const s = p.one('sequence')
    return s === undefined ? undefined : { kind: 'dropSequence', sequence: refOf(s), definition: s }
  },
  renameSequence(_, p) {
    const s = p.one('sequence')
    return s === undefined ? undefined : { kind: 'renameSequence', sequence: refOf(s), to: fresh }
  },
  alterSequence(_, p) {
    const s = p.one('sequence')
    return s === undefined
      ? undefined
      : { kind: 'alterSequence', sequence: { ...s, cache: 20, max: '9007199254740993' }, before: s }
  },
  createDomain: () => ({ kind: 'createDomain', domain }),
  dropDomain(_, p) {
    const d = p.one('domain')
    return d === undefined ? undefined : { kind: 'dropDomain', domain: refOf(d), definition: d }
  },
  alterDomain(_, p) {
    const d = p.one('domain')
    return d === undefined
      ? undefined
      : { kind: 'alterDomain', domain: { ...d, default: { kind: 'literal', value: 'x' } }, before: d }
  },
  createType: (c) => ({ kind: 'createType', type: c.oneIn(2) ? composite : range }),
  dropType(_, p) {
    const t = p.one('composite')
    return t === undefined ? undefined : { kind: 'dropType', type: refOf(t), definition: t }
  },
  alterType(_, p) {
    const t = p.one('composite', (o) => !o.attributes.some(({ name }) => name === 'more'))
    return t === undefined
      ? undefined
      : { kind: 'alterType', type: { ...t, attributes: [...t.attributes, { name: 'more', type }] }, before: t }
  },
  renameObject(_, p) {
    const v = p.one('view') ?? p.one('domain')
    return v === undefined
      ? undefined
      : {
          kind: 'renameObject',
          object: { kind: v.kind === 'domain' ? 'domain' : v.materialized ? 'materialized view' : 'view', ...refOf(v) },
          to: fresh,
        }
  },
  moveObject(_, p) {
    const v = p.one('view', (o) => o.schema === undefined)
    return v === undefined
      ? undefined
      : { kind: 'moveObject', object: { kind: 'view', ...refOf(v) }, toSchema: 'other' }
  },
  createView: () => ({ kind: 'createView', view }),
  dropView(_, p) {
    const v = p.one('view', (o) => o.materialized !== true)
    return v === undefined ? undefined : { kind: 'dropView', view: refOf(v), definition: v }
  },
  replaceView(_, p) {
    const v = p.one('view', (o) => o.materialized !== true)
    return v === undefined
      ? undefined
      : { kind: 'replaceView', view: { ...v, definition: 'SELECT 1 AS id' }, before: v }
  },
  alterView(_, p) {
    const v = p.one('view')
    return v === undefined ? undefined : { kind: 'alterView', view: { ...v, comment: 'other' }, before: v }
  },
  createMaterializedView: () => ({
    kind: 'createMaterializedView',
    view: {
      ...view,
      materialized: true,
      noData: true,
      indexes: [{ name: 'mv ix', elements: [{ column: 'a`b' }], unique: true }],
    },
  }),
  dropMaterializedView(_, p) {
    const v = p.one('view', (o) => o.materialized === true)
    return v === undefined ? undefined : { kind: 'dropMaterializedView', view: refOf(v), definition: v }
  },
  refreshMaterializedView(_, p) {
    const v = p.one('view', (o) => o.materialized === true)
    return v === undefined ? undefined : { kind: 'refreshMaterializedView', view: refOf(v) }
  },
  createFunction: (c) => ({
    kind: 'createFunction',
    routine: c.oneIn(2)
      ? routine
      : {
          ...routine,
          routineKind: 'procedure',
          owner: 'someone',
          grants: [{ grantee: 'public', privileges: ['EXECUTE'] }],
        },
  }),
  dropFunction(_, p) {
    const r = p.one('routine')
    return r === undefined
      ? undefined
      : {
          kind: 'dropFunction',
          routine: { ...refOf(r), identityArguments: r.identityArguments, routineKind: r.routineKind },
          definition: r,
        }
  },
  replaceFunction(_, p) {
    const r = p.one('routine')
    return r === undefined
      ? undefined
      : { kind: 'replaceFunction', routine: { ...r, definition: `${r.definition} -- other` }, before: r }
  },
  createTrigger(_, p) {
    const t = tableOf(p)
    const trigger: Trigger | undefined = t && {
      kind: 'trigger',
      table: refOf(t),
      name: fresh,
      definition: 'CREATE TRIGGER x BEFORE INSERT ON t EXECUTE FUNCTION f()',
      enabled: 'always',
    }
    return trigger === undefined ? undefined : { kind: 'createTrigger', trigger }
  },
  dropTrigger(_, p) {
    const t = p.one('trigger')
    return t === undefined ? undefined : { kind: 'dropTrigger', table: t.table, name: t.name, definition: t }
  },
  alterTrigger(_, p) {
    const t = p.one('trigger')
    return t === undefined
      ? undefined
      : { kind: 'alterTrigger', table: t.table, name: t.name, enabled: 'disabled', before: t.enabled ?? 'origin' }
  },
  createPolicy(_, p) {
    const t = tableOf(p)
    const policy: Policy | undefined = t && {
      kind: 'policy',
      table: refOf(t),
      name: fresh,
      command: 'update',
      restrictive: true,
      roles: ['a', 'b'],
      using: 'true',
      check: "'`' = ''",
    }
    return policy === undefined ? undefined : { kind: 'createPolicy', policy }
  },
  dropPolicy(_, p) {
    const x = p.one('policy')
    return x === undefined ? undefined : { kind: 'dropPolicy', table: x.table, name: x.name, definition: x }
  },
  alterPolicy(_, p) {
    const x = p.one('policy')
    return x === undefined
      ? undefined
      : { kind: 'alterPolicy', policy: { ...x, using: 'false', roles: ['app'] }, before: x }
  },
  createExtension: (c, p) =>
    p.one('extension') === undefined
      ? { kind: 'createExtension', extension, ...(c.oneIn(2) ? { ifNotExists: true } : {}) }
      : undefined,
  dropExtension: (_, p) =>
    p.one('extension') === undefined ? undefined : { kind: 'dropExtension', name: 'citext', definition: extension },
  alterExtension: (_, p) =>
    p.one('extension') === undefined
      ? undefined
      : { kind: 'alterExtension', extension: { ...extension, version: '1.7' }, before: extension },
  createSchema: () => ({ kind: 'createSchema', schema: namespace }),
  dropSchema(_, p) {
    const n = p.one('schema', (o) => !p.some((x) => 'schema' in x && x.schema === o.name))
    return n === undefined ? undefined : { kind: 'dropSchema', name: n.name, definition: n }
  },
  renameSchema(_, p) {
    const n = p.one('schema')
    return n === undefined ? undefined : { kind: 'renameSchema', name: n.name, to: fresh }
  },
  createDefinition: (_, p) =>
    p.one('definition') === undefined ? { kind: 'createDefinition', definition } : undefined,
  dropDefinition(_, p) {
    const d = p.one('definition')
    return d === undefined ? undefined : { kind: 'dropDefinition', definition: d }
  },
  comment(c, p) {
    const t = tableOf(p)
    if (t === undefined) return undefined
    const part = c.pick(t.columns)
    return {
      kind: 'comment',
      on: { kind: 'column', ...refOf(t), part: part.name },
      comment: c.text(),
      before: part.comment ?? null,
    }
  },
  grant(_, p) {
    const t = tableOf(p)
    return t === undefined
      ? undefined
      : {
          kind: 'grant',
          on: { kind: 'table', ...refOf(t) },
          grant: { grantee: 'app "role"', privileges: ['SELECT', 'UPDATE'], grantable: true },
        }
  },
  revoke(c, p) {
    const t = p.one('table', (o) => o.grants !== undefined)
    return t === undefined
      ? undefined
      : {
          kind: 'revoke',
          on: { kind: 'table', ...refOf(t) },
          grant: t.grants![0]!,
          ...(c.oneIn(3) ? { cascade: true } : {}),
        }
  },
  setOwner(_, p) {
    const t = p.one('table', (o) => o.owner !== undefined)
    return t === undefined
      ? undefined
      : { kind: 'setOwner', on: { kind: 'table', ...refOf(t) }, owner: 'other', before: t.owner! }
  },
  execute: (c) => ({
    kind: 'execute',
    sql: `select '${c.text().replaceAll("'", "''")}'`,
    down: 'select 2',
    ...(c.oneIn(2) ? { autocommit: true } : {}),
  }),
  bulkInsert: () => ({
    kind: 'bulkInsert',
    table: { schema: 'app', name: fresh },
    columns: ['id', 'odd key', 'at', '__proto__ ', 'n'],
    rows,
    key: ['id'],
    types: { id: { kind: 'integer' } },
  }),
  bulkDelete: () => ({
    kind: 'bulkDelete',
    table: { name: fresh },
    columns: ['id', 'odd key', 'at', '__proto__ ', 'n'],
    rows,
    key: ['id'],
  }),
  backfill: (c) => ({
    kind: 'backfill',
    table: { schema: 'app', name: fresh },
    set: { n: 'id + 1', 'odd key': `'${c.text().replaceAll("'", "''")}'` },
    key: ['id'],
    down: c.oneIn(2) ? ({} as Readonly<Record<string, string>>) : { n: 'NULL' },
    ...(c.oneIn(2) ? { where: 'n IS NULL', batchSize: 10, throttle: 5 } : {}),
  }),
  run: () => undefined,
  custom: (c) => ({ kind: 'custom', name: 'audit', args: ['posts', { deep: [1, c.text()] }] }),
}

export const allKinds = Object.keys(makers) as readonly Kind[]

/** An operation of the kind on the schema; undefined where the schema has nothing for it. */
export function operationOn(kind: Kind, schema: Schema, choose: Chooser): Operation | undefined {
  // One maker for each kind, as the mapped type says.
  return (makers[kind] as (c: Chooser, p: Pool) => Operation | undefined)(choose, new Pool(schema, choose))
}

/** Objects that arbitrary schemas lack, for the kinds that need them. */
export const extras: readonly SchemaObject[] = [
  extension,
  definition,
  {
    kind: 'table',
    name: 'parent',
    columns: [{ name: 'id', type: { kind: 'integer' }, nullable: true }],
    constraints: [],
    indexes: [],
    partitionBy: 'LIST (id)',
  },
  {
    kind: 'table',
    name: 'child',
    columns: [{ name: 'id', type: { kind: 'integer' }, nullable: true, inherited: true }],
    constraints: [],
    indexes: [
      { name: 'child_ix', elements: [{ column: 'id' }] },
      { name: 'child_ix2', elements: [{ column: 'id' }] },
    ],
    partitionOf: { parent: { name: 'parent' }, bound: 'DEFAULT' },
    owner: 'me',
    grants: [{ grantee: 'app', privileges: ['SELECT'] }],
  },
  { kind: 'schema', name: 'empty one' },
]
