/** Operations on constraints; each stands beside its reverse. */
import type { ActionWord } from '../schema/column.ts'
import { columnKey, constraintKey, indexKey, refText, tableKey } from '../schema/keys.ts'
import type {
  Check,
  Constraint,
  Exclude,
  ForeignKey,
  PrimaryKey,
  Ref,
  ReferentialAction,
  Unique,
} from '../schema/model.ts'
import { define, type InSchema, operation, optionalSql, sqlOf, type SqlText, textOf } from './define.ts'
import type { Draft, Footprint } from './definition.ts'
import { editConstraint, editIndex, editTable, ownerOfIndex } from './draft.ts'
import { elementInput, type ElementInput, elementOf } from './index-input.ts'
import { stringValues } from './indexes.ts'
import { checkName, checkNames, checkOptions, existsAlready, invalid } from './invalid.ts'
import type { OperationOf } from './kinds.ts'
import { compact, flag, optionsOf, ref } from './plain.ts'
import { rewriteDependencies } from './draft.ts'

/** What the index behind a constraint may be made with. */
interface StorageOptions {
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly tablespace?: string
}

const storageKeys = ['with', 'tablespace'] as const

const storage = (options: StorageOptions): Pick<PrimaryKey, 'with' | 'tablespace'> => ({
  with: options.with === undefined ? undefined : stringValues(options.with),
  tablespace: options.tablespace,
})

interface DeferrableOptions {
  readonly deferrable?: boolean
  /** `deferred` makes it deferrable too. */
  readonly initially?: 'immediate' | 'deferred'
}

export interface ConstraintOptions extends InSchema, DeferrableOptions {
  readonly comment?: string
  /** The constraint comes from a parent table. */
  readonly inherited?: boolean
}

const commonKeys = ['schema', 'comment', 'inherited', 'deferrable', 'initially'] as const

/** What all constraints share, as the model holds it. */
function common(
  options: ConstraintOptions,
): Partial<Pick<Constraint, 'deferrable' | 'initiallyDeferred' | 'comment' | 'inherited'>> {
  const deferred = options.initially === 'deferred'
  return {
    deferrable: flag(options.deferrable === true || deferred),
    initiallyDeferred: flag(deferred),
    comment: options.comment,
    inherited: flag(options.inherited),
  }
}

function commonInput(c: Constraint): ConstraintOptions {
  return {
    deferrable: c.deferrable,
    initially: c.initiallyDeferred === true ? 'deferred' : undefined,
    comment: c.comment,
    inherited: c.inherited,
  }
}

type Creating =
  | OperationOf<'createPrimaryKey'>
  | OperationOf<'createUniqueConstraint'>
  | OperationOf<'createForeignKey'>
  | OperationOf<'createCheckConstraint'>
  | OperationOf<'createExcludeConstraint'>

const reverseOfCreate = (op: Creating): OperationOf<'dropConstraint'> =>
  operation({
    kind: 'dropConstraint',
    table: op.table,
    name: op.constraint.name,
    type: op.constraint.kind,
    definition: op.constraint,
  })

function applyCreate(draft: Draft, op: Creating): void {
  addConstraint(draft, op.kind, op.table, op.constraint)
  if ('usingIndex' in op && op.usingIndex !== undefined)
    editIndex(draft, op.kind, ref(op.usingIndex, op.table.schema), op.table, () => undefined)
}

export function addConstraint(draft: Draft, name: string, table: Ref, constraint: Constraint): void {
  editTable(draft, name, table, (t) => {
    if (t.constraints.some((c) => c.name === constraint.name)) {
      if (draft.blind)
        return { ...t, constraints: t.constraints.map((c) => (c.name === constraint.name ? constraint : c)) }
      throw existsAlready(name, `constraint ${constraint.name} of table ${refText(table)}`)
    }
    // A primary key makes its columns not null, and they stay so when it goes: the recorder cannot know what they were.
    return { ...t, constraints: [...t.constraints, constraint] }
  })
}

/** What a constraint reads and writes. Keys and exclusions have an index of the same name. */
export function constraintFootprint(table: Ref, c: Constraint): Footprint {
  const columns =
    'columns' in c
      ? c.columns
      : c.kind === 'exclude'
        ? c.elements.flatMap((e) => (e.column === undefined ? [] : [e.column]))
        : []
  const target =
    c.kind === 'foreignKey'
      ? [tableKey(c.references), ...c.referencedColumns.map((name) => columnKey(c.references, name))]
      : []
  const indexed = c.kind === 'primaryKey' || c.kind === 'unique' || c.kind === 'exclude'
  return {
    reads: [tableKey(table), ...columns.map((name) => columnKey(table, name)), ...target],
    writes: [constraintKey(table, c.name), ...(indexed ? [indexKey(ref(c.name, table.schema))] : [])],
  }
}

export interface KeyOptions extends ConstraintOptions, StorageOptions {
  readonly include?: readonly string[]
  /** Makes the constraint of an index that is there, without a scan. */
  readonly usingIndex?: string
}

export const createPrimaryKey = define('createPrimaryKey', {
  create(name: string, table: string, columns: readonly string[], options: KeyOptions = {}) {
    checkName('createPrimaryKey', 'the name of the constraint', name)
    checkName('createPrimaryKey', 'the name of the table', table)
    checkOptions('createPrimaryKey', options, [...commonKeys, ...storageKeys, 'include', 'usingIndex'])
    const constraint = compact<PrimaryKey>({
      kind: 'primaryKey',
      name,
      columns: [...checkNames('createPrimaryKey', 'the columns', columns)],
      include: options.include,
      ...storage(options),
      ...common(options),
    })
    return operation({
      kind: 'createPrimaryKey',
      table: ref(table, options.schema),
      constraint,
      usingIndex: options.usingIndex,
    })
  },
  args: (op) => [
    op.constraint.name,
    op.table.name,
    op.constraint.columns,
    optionsOf<KeyOptions>({
      schema: op.table.schema,
      include: op.constraint.include,
      with: op.constraint.with,
      tablespace: op.constraint.tablespace,
      ...commonInput(op.constraint),
      usingIndex: op.usingIndex,
    }),
  ],
  reverse: reverseOfCreate,
  apply: applyCreate,
  footprint: (op) => constraintFootprint(op.table, op.constraint),
})

export interface UniqueOptions extends KeyOptions {
  readonly nullsNotDistinct?: boolean
}

export const createUniqueConstraint = define('createUniqueConstraint', {
  create(name: string, table: string, columns: readonly string[], options: UniqueOptions = {}) {
    checkName('createUniqueConstraint', 'the name of the constraint', name)
    checkName('createUniqueConstraint', 'the name of the table', table)
    checkOptions('createUniqueConstraint', options, [
      ...commonKeys,
      ...storageKeys,
      'include',
      'usingIndex',
      'nullsNotDistinct',
    ])
    const constraint = compact<Unique>({
      kind: 'unique',
      name,
      columns: [...checkNames('createUniqueConstraint', 'the columns', columns)],
      include: options.include,
      ...storage(options),
      nullsNotDistinct: flag(options.nullsNotDistinct),
      ...common(options),
    })
    return operation({
      kind: 'createUniqueConstraint',
      table: ref(table, options.schema),
      constraint,
      usingIndex: options.usingIndex,
    })
  },
  args: (op) => [
    op.constraint.name,
    op.table.name,
    op.constraint.columns,
    optionsOf<UniqueOptions>({
      schema: op.table.schema,
      nullsNotDistinct: op.constraint.nullsNotDistinct,
      include: op.constraint.include,
      with: op.constraint.with,
      tablespace: op.constraint.tablespace,
      ...commonInput(op.constraint),
      usingIndex: op.usingIndex,
    }),
  ],
  reverse: reverseOfCreate,
  apply: applyCreate,
  footprint: (op) => constraintFootprint(op.table, op.constraint),
})

export interface ForeignKeyOptions extends ConstraintOptions {
  readonly referencedSchema?: string
  readonly onDelete?: ActionWord
  readonly onUpdate?: ActionWord
  readonly onDeleteColumns?: readonly string[]
  readonly match?: 'simple' | 'full' | 'partial'
  readonly notValid?: boolean
  /** PostgreSQL 18+. */
  readonly notEnforced?: boolean
}

const actions: Readonly<Record<string, ReferentialAction>> = {
  'no action': 'noAction',
  noaction: 'noAction',
  restrict: 'restrict',
  cascade: 'cascade',
  'set null': 'setNull',
  setnull: 'setNull',
  'set default': 'setDefault',
  setdefault: 'setDefault',
}

/** `CASCADE`, `set null`, `setNull`: one word of the model each; NO ACTION is absent. */
export function actionOf(name: string, word: unknown): ReferentialAction | undefined {
  if (word === undefined || word === null) return undefined
  const action = typeof word === 'string' ? actions[word.toLowerCase()] : undefined
  if (action === undefined)
    throw invalid(
      name,
      `unknown action '${String(word)}'`,
      'It takes: no action, restrict, cascade, set null, set default.',
    )
  return action === 'noAction' ? undefined : action
}

export const createForeignKey = define('createForeignKey', {
  create(
    name: string,
    table: string,
    referencedTable: string,
    columns: readonly string[],
    referencedColumns: readonly string[],
    options: ForeignKeyOptions = {},
  ) {
    checkName('createForeignKey', 'the name of the constraint', name)
    checkName('createForeignKey', 'the name of the table', table)
    checkName('createForeignKey', 'the name of the referenced table', referencedTable)
    checkOptions('createForeignKey', options, [
      ...commonKeys,
      'referencedSchema',
      'onDelete',
      'onUpdate',
      'onDeleteColumns',
      'match',
      'notValid',
      'notEnforced',
    ])
    checkNames('createForeignKey', 'the columns', columns)
    checkNames('createForeignKey', 'the referenced columns', referencedColumns)
    if (columns.length !== referencedColumns.length) {
      throw invalid('createForeignKey', `${columns.length} columns refer to ${referencedColumns.length}`)
    }
    const constraint = compact<ForeignKey>({
      kind: 'foreignKey',
      name,
      columns: [...columns],
      references: ref(referencedTable, options.referencedSchema),
      referencedColumns: [...referencedColumns],
      onDelete: actionOf('createForeignKey', options.onDelete),
      onUpdate: actionOf('createForeignKey', options.onUpdate),
      onDeleteColumns: options.onDeleteColumns,
      match: options.match === 'simple' ? undefined : options.match,
      notValid: flag(options.notValid),
      notEnforced: flag(options.notEnforced),
      ...common(options),
    })
    return operation({ kind: 'createForeignKey', table: ref(table, options.schema), constraint })
  },
  args: (op) => [
    op.constraint.name,
    op.table.name,
    op.constraint.references.name,
    op.constraint.columns,
    op.constraint.referencedColumns,
    optionsOf<ForeignKeyOptions>({
      schema: op.table.schema,
      referencedSchema: op.constraint.references.schema,
      onDelete: op.constraint.onDelete,
      onUpdate: op.constraint.onUpdate,
      onDeleteColumns: op.constraint.onDeleteColumns,
      match: op.constraint.match,
      notValid: op.constraint.notValid,
      notEnforced: op.constraint.notEnforced,
      ...commonInput(op.constraint),
    }),
  ],
  reverse: reverseOfCreate,
  apply: applyCreate,
  footprint: (op) => constraintFootprint(op.table, op.constraint),
})

export interface CheckOptions extends ConstraintOptions {
  readonly noInherit?: boolean
  readonly notValid?: boolean
  /** PostgreSQL 18+. */
  readonly notEnforced?: boolean
}

export const createCheckConstraint = define('createCheckConstraint', {
  create(name: string, table: string, condition: SqlText, options: CheckOptions = {}) {
    checkName('createCheckConstraint', 'the name of the constraint', name)
    checkName('createCheckConstraint', 'the name of the table', table)
    checkOptions('createCheckConstraint', options, [...commonKeys, 'noInherit', 'notValid', 'notEnforced'])
    const constraint = compact<Check>({
      kind: 'check',
      name,
      sql: textOf('createCheckConstraint', 'the condition', condition),
      noInherit: flag(options.noInherit),
      notValid: flag(options.notValid),
      notEnforced: flag(options.notEnforced),
      ...common(options),
    })
    return operation({ kind: 'createCheckConstraint', table: ref(table, options.schema), constraint })
  },
  args: (op) => [
    op.constraint.name,
    op.table.name,
    sqlOf(op.constraint.sql),
    optionsOf<CheckOptions>({
      schema: op.table.schema,
      noInherit: op.constraint.noInherit,
      notValid: op.constraint.notValid,
      notEnforced: op.constraint.notEnforced,
      ...commonInput(op.constraint),
    }),
  ],
  reverse: reverseOfCreate,
  apply: applyCreate,
  footprint: (op) => constraintFootprint(op.table, op.constraint),
})

/** A column or expression with the operator that must not hold between two rows. */
export type ExcludeElementInput = readonly [element: ElementInput, operator: string]

export interface ExcludeOptions extends ConstraintOptions, StorageOptions {
  /** Index method; absent means gist. */
  readonly using?: string
  readonly where?: SqlText
  readonly include?: readonly string[]
}

export const createExcludeConstraint = define('createExcludeConstraint', {
  create(name: string, table: string, elements: readonly ExcludeElementInput[], options: ExcludeOptions = {}) {
    checkName('createExcludeConstraint', 'the name of the constraint', name)
    checkName('createExcludeConstraint', 'the name of the table', table)
    checkOptions('createExcludeConstraint', options, [...commonKeys, ...storageKeys, 'using', 'where', 'include'])
    if (!Array.isArray(elements) || elements.length === 0)
      throw invalid('createExcludeConstraint', 'the elements: the list is empty')
    const constraint = compact<Exclude>({
      kind: 'exclude',
      name,
      using: options.using === 'gist' ? undefined : options.using,
      elements: elements.map(([element, operator]) => ({
        ...elementOf('createExcludeConstraint', element),
        operator: checkName('createExcludeConstraint', 'the operator', operator),
      })),
      include: options.include,
      ...storage(options),
      where: options.where === undefined ? undefined : textOf('createExcludeConstraint', "'where'", options.where),
      ...common(options),
    })
    return operation({ kind: 'createExcludeConstraint', table: ref(table, options.schema), constraint })
  },
  args: (op) => [
    op.constraint.name,
    op.table.name,
    op.constraint.elements.map(({ operator, ...element }) => [elementInput(element), operator] as const),
    optionsOf<ExcludeOptions>({
      schema: op.table.schema,
      using: op.constraint.using,
      where: optionalSql(op.constraint.where),
      include: op.constraint.include,
      with: op.constraint.with,
      tablespace: op.constraint.tablespace,
      ...commonInput(op.constraint),
    }),
  ],
  reverse: reverseOfCreate,
  apply: applyCreate,
  footprint: (op) => constraintFootprint(op.table, op.constraint),
})

/** The operation that adds a constraint. */
export function creationOf(table: Ref, constraint: Constraint): Creating {
  switch (constraint.kind) {
    case 'primaryKey':
      return { kind: 'createPrimaryKey', table, constraint }
    case 'unique':
      return { kind: 'createUniqueConstraint', table, constraint }
    case 'foreignKey':
      return { kind: 'createForeignKey', table, constraint }
    case 'check':
      return { kind: 'createCheckConstraint', table, constraint }
    case 'exclude':
      return { kind: 'createExcludeConstraint', table, constraint }
  }
}

/** A constraint as it was, as plain data: what its create operation takes, by name. */
export type ConstraintInput =
  | ({ readonly type: 'primaryKey'; readonly columns: readonly string[] } & Omit<KeyOptions, 'schema' | 'usingIndex'>)
  | ({ readonly type: 'unique'; readonly columns: readonly string[] } & Omit<UniqueOptions, 'schema' | 'usingIndex'>)
  | ({
      readonly type: 'foreignKey'
      readonly columns: readonly string[]
      readonly references: string
      readonly referencedColumns: readonly string[]
    } & Omit<ForeignKeyOptions, 'schema'>)
  | ({ readonly type: 'check'; readonly sql: SqlText } & Omit<CheckOptions, 'schema'>)
  | ({ readonly type: 'exclude'; readonly elements: readonly ExcludeElementInput[] } & Omit<ExcludeOptions, 'schema'>)

export function constraintOf(name: string, input: ConstraintInput): Constraint {
  switch (input.type) {
    case 'primaryKey': {
      const { type: _, columns, ...options } = input
      return createPrimaryKey.create(name, '-', columns, options).constraint
    }
    case 'unique': {
      const { type: _, columns, ...options } = input
      return createUniqueConstraint.create(name, '-', columns, options).constraint
    }
    case 'foreignKey': {
      const { type: _, columns, references, referencedColumns, ...options } = input
      return createForeignKey.create(name, '-', references, columns, referencedColumns, options).constraint
    }
    case 'check': {
      const { type: _, sql, ...options } = input
      return createCheckConstraint.create(name, '-', sql, options).constraint
    }
    case 'exclude': {
      const { type: _, elements, ...options } = input
      return createExcludeConstraint.create(name, '-', elements, options).constraint
    }
    default:
      throw invalid('dropConstraint', `unknown constraint type '${String((input as { type?: unknown }).type)}'`)
  }
}

const here: Ref = { name: '-' }

export function constraintInput(c: Constraint): ConstraintInput {
  switch (c.kind) {
    case 'primaryKey':
      return {
        type: c.kind,
        columns: c.columns,
        ...createPrimaryKey.args({ kind: 'createPrimaryKey', table: here, constraint: c })[3],
      }
    case 'unique':
      return {
        type: c.kind,
        columns: c.columns,
        ...createUniqueConstraint.args({ kind: 'createUniqueConstraint', table: here, constraint: c })[3],
      }
    case 'foreignKey':
      return {
        type: c.kind,
        columns: c.columns,
        references: c.references.name,
        referencedColumns: c.referencedColumns,
        ...createForeignKey.args({ kind: 'createForeignKey', table: here, constraint: c })[5],
      }
    case 'check':
      return {
        type: c.kind,
        sql: sqlOf(c.sql),
        ...createCheckConstraint.args({ kind: 'createCheckConstraint', table: here, constraint: c })[3],
      }
    case 'exclude': {
      const [, , elements, options] = createExcludeConstraint.args({
        kind: 'createExcludeConstraint',
        table: here,
        constraint: c,
      })
      return { type: c.kind, elements, ...options }
    }
  }
}

export interface DropConstraintOptions extends InSchema {
  readonly type?: Constraint['kind']
  readonly ifExists?: boolean
  /** The constraint as it was, for the way back. */
  readonly was?: ConstraintInput
}

export const dropConstraint = define('dropConstraint', {
  create(name: string, table: string, options: DropConstraintOptions = {}) {
    checkName('dropConstraint', 'the name of the constraint', name)
    checkName('dropConstraint', 'the name of the table', table)
    checkOptions('dropConstraint', options, ['schema', 'type', 'ifExists', 'was'])
    return operation({
      kind: 'dropConstraint',
      table: ref(table, options.schema),
      name,
      type: options.type ?? options.was?.type,
      definition: options.was === undefined ? undefined : constraintOf(name, options.was),
      ifExists: flag(options.ifExists),
    })
  },
  args: (op) => [
    op.name,
    op.table.name,
    optionsOf<DropConstraintOptions>({
      schema: op.table.schema,
      type: op.definition?.kind === op.type ? undefined : op.type,
      ifExists: op.ifExists,
      was: op.definition === undefined ? undefined : constraintInput(op.definition),
    }),
  ],
  reverse: (op) => (op.definition === undefined ? undefined : creationOf(op.table, op.definition)),
  apply: (draft, op) => editConstraint(draft, 'dropConstraint', op.table, op.name, () => undefined, op.ifExists),
  footprint: (op) =>
    op.definition === undefined
      ? {
          reads: [tableKey(op.table)],
          writes: [constraintKey(op.table, op.name), indexKey(ref(op.name, op.table.schema))],
        }
      : constraintFootprint(op.table, op.definition),
})

export const renameConstraint = define('renameConstraint', {
  create(name: string, table: string, to: string, options: InSchema = {}) {
    checkName('renameConstraint', 'the old name', name)
    checkName('renameConstraint', 'the name of the table', table)
    checkName('renameConstraint', 'the new name', to)
    checkOptions('renameConstraint', options, ['schema'])
    return operation({ kind: 'renameConstraint', table: ref(table, options.schema), name, to })
  },
  args: (op) => [op.name, op.table.name, op.to, optionsOf({ schema: op.table.schema })],
  reverse: (op) => ({ kind: 'renameConstraint', table: op.table, name: op.to, to: op.name }),
  apply(draft, op) {
    editConstraint(draft, 'renameConstraint', op.table, op.name, (c) => ({ ...c, name: op.to }))
    const [old, now] = [constraintKey(op.table, op.name), constraintKey(op.table, op.to)]
    const [oldIndex, nowIndex] = [indexKey(ref(op.name, op.table.schema)), indexKey(ref(op.to, op.table.schema))]
    const indexed = ownerOfIndex(draft, ref(op.name, op.table.schema)) === undefined
    rewriteDependencies(draft, (key) => (key === old ? now : key === oldIndex && indexed ? nowIndex : key))
  },
  footprint: (op) => ({
    reads: [tableKey(op.table)],
    writes: [constraintKey(op.table, op.name), constraintKey(op.table, op.to)],
  }),
})

interface Deferrability {
  readonly deferrable: boolean
  readonly initially?: 'immediate' | 'deferred'
}

export interface AlterConstraintOptions extends InSchema, Deferrability {
  readonly was?: Deferrability
}

const deferrabilityOf = (d: Deferrability): { deferrable: boolean; initiallyDeferred: boolean } => ({
  deferrable: d.deferrable || d.initially === 'deferred',
  initiallyDeferred: d.initially === 'deferred',
})
const deferrabilityInput = (d: { deferrable: boolean; initiallyDeferred: boolean }): Deferrability =>
  compact({ deferrable: d.deferrable, initially: d.initiallyDeferred ? 'deferred' : undefined })

export const alterConstraint = define('alterConstraint', {
  create(name: string, table: string, options: AlterConstraintOptions) {
    checkName('alterConstraint', 'the name of the constraint', name)
    checkName('alterConstraint', 'the name of the table', table)
    checkOptions('alterConstraint', options, ['schema', 'deferrable', 'initially', 'was'])
    return operation({
      kind: 'alterConstraint',
      table: ref(table, options.schema),
      name,
      ...deferrabilityOf(options),
      before: options.was === undefined ? undefined : deferrabilityOf(options.was),
    })
  },
  args: (op) => [
    op.name,
    op.table.name,
    compact({
      schema: op.table.schema,
      ...deferrabilityInput(op),
      was: op.before === undefined ? undefined : deferrabilityInput(op.before),
    }),
  ],
  reverse: (op) =>
    op.before === undefined
      ? undefined
      : {
          kind: 'alterConstraint',
          table: op.table,
          name: op.name,
          ...op.before,
          before: { deferrable: op.deferrable, initiallyDeferred: op.initiallyDeferred },
        },
  apply: (draft, op) =>
    editConstraint(draft, 'alterConstraint', op.table, op.name, (c) => {
      const { deferrable: _, initiallyDeferred: __, ...rest } = c
      return {
        ...rest,
        ...(op.deferrable ? { deferrable: true } : {}),
        ...(op.initiallyDeferred ? { initiallyDeferred: true } : {}),
      } as Constraint
    }),
  footprint: (op) => ({ reads: [tableKey(op.table)], writes: [constraintKey(op.table, op.name)] }),
})

export const validateConstraint = define('validateConstraint', {
  create(name: string, table: string, options: InSchema = {}) {
    checkName('validateConstraint', 'the name of the constraint', name)
    checkName('validateConstraint', 'the name of the table', table)
    checkOptions('validateConstraint', options, ['schema'])
    return operation({ kind: 'validateConstraint', table: ref(table, options.schema), name })
  },
  args: (op) => [op.name, op.table.name, optionsOf({ schema: op.table.schema })],
  // PostgreSQL cannot make a constraint "not valid" again, and a validated one does no harm on the way back.
  reverse: () => [],
  apply: (draft, op) =>
    editConstraint(draft, 'validateConstraint', op.table, op.name, (c) => {
      if (!('notValid' in c)) return c
      const { notValid: _, ...rest } = c
      return rest
    }),
  footprint: (op) => ({ reads: [tableKey(op.table)], writes: [constraintKey(op.table, op.name)] }),
})
