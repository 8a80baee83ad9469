/** Operations that add constraints. They share their effect, their reverse and the frame of their arguments. */
import type { ActionWord } from '../../schema/declare/column.ts'
import { columnKey, constraintKey, indexKey, refText, tableKey } from '../../schema/keys.ts'
import type {
  Check,
  Constraint,
  Exclude,
  ForeignKey,
  PrimaryKey,
  Ref,
  ReferentialAction,
  Unique,
} from '../../schema/model.ts'
import {
  common,
  commonInput,
  commonKeys,
  type ConstraintOptions,
  storage,
  storageKeys,
  type StorageOptions,
} from './constraint-options.ts'
import { define, operation, optionalSql, sqlOf, type SqlText, textOf } from '../define.ts'
import type { Draft, Footprint } from '../definition.ts'
import { editIndex, editTable } from '../fold/draft.ts'
import { elementInput, type ElementInput, elementOf } from '../input/indexes.ts'
import { checkName, checkNames, checkOptions, existsAlready, invalid } from '../invalid.ts'
import type { OperationOf } from '../kinds.ts'
import { compact, flag, optionsOf, ref } from '../plain.ts'

type Creating =
  | OperationOf<'createPrimaryKey'>
  | OperationOf<'createUniqueConstraint'>
  | OperationOf<'createForeignKey'>
  | OperationOf<'createCheckConstraint'>
  | OperationOf<'createExcludeConstraint'>

/** Shared by all creations of constraints. */
const creating = {
  reverse: (op: Creating): OperationOf<'dropConstraint'> =>
    operation({
      kind: 'dropConstraint',
      table: op.table,
      name: op.constraint.name,
      type: op.constraint.kind,
      definition: op.constraint,
    }),
  apply(draft: Draft, op: Creating): void {
    addConstraint(draft, op.kind, op.table, op.constraint)
    if ('usingIndex' in op && op.usingIndex !== undefined)
      editIndex(draft, op.kind, ref(op.usingIndex, op.table.schema), op.table, () => undefined)
  },
  footprint: (op: Creating): Footprint => constraintFootprint(op.table, op.constraint),
}

/** The names and options that every creation takes, with the options of its own. Throws OPERATION.INVALID. */
function checkCreation(kind: string, name: string, table: string, options: object, own: readonly string[]): void {
  checkName(kind, 'the name of the constraint', name)
  checkName(kind, 'the name of the table', table)
  checkOptions(kind, options, [...commonKeys, ...own])
}

function addConstraint(draft: Draft, name: string, table: Ref, constraint: Constraint): void {
  editTable(draft, name, table, (t) => {
    if (t.constraints.some((c) => c.name === constraint.name)) {
      // A partition's key may have gone with its parent's.
      if (draft.blind || t.partitionOf !== undefined)
        return { ...t, constraints: t.constraints.map((c) => (c.name === constraint.name ? constraint : c)) }
      throw existsAlready(name, `constraint ${constraint.name} of table ${refText(table)}`)
    }
    // A primary key makes its columns NOT NULL, and they remain so when it is dropped: the recorder cannot know what they were.
    return { ...t, constraints: [...t.constraints, constraint] }
  })
}

/** The objects that a constraint reads and writes. Keys and exclusions have an index of the same name. */
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

const keyKeys = [...storageKeys, 'include', 'usingIndex']

/** The parts of a primary key or a unique constraint. */
const keyOf = (
  kind: 'createPrimaryKey' | 'createUniqueConstraint',
  name: string,
  columns: readonly string[],
  options: KeyOptions,
): Omit<PrimaryKey, 'kind'> => ({
  name,
  columns: [...checkNames(kind, 'the columns', columns)],
  include: options.include,
  ...storage(options),
  ...common(options),
})

const keyInput = (op: OperationOf<'createPrimaryKey'> | OperationOf<'createUniqueConstraint'>): KeyOptions => ({
  schema: op.table.schema,
  include: op.constraint.include,
  with: op.constraint.with,
  tablespace: op.constraint.tablespace,
  ...commonInput(op.constraint),
  usingIndex: op.usingIndex,
})

export const createPrimaryKey = define('createPrimaryKey', {
  create(name: string, table: string, columns: readonly string[], options: KeyOptions = {}) {
    checkCreation('createPrimaryKey', name, table, options, keyKeys)
    const constraint = compact<PrimaryKey>({
      kind: 'primaryKey',
      ...keyOf('createPrimaryKey', name, columns, options),
    })
    return operation({
      kind: 'createPrimaryKey',
      table: ref(table, options.schema),
      constraint,
      usingIndex: options.usingIndex,
    })
  },
  args: (op) => [op.constraint.name, op.table.name, op.constraint.columns, optionsOf<KeyOptions>(keyInput(op))],
  ...creating,
})

export interface UniqueOptions extends KeyOptions {
  readonly nullsNotDistinct?: boolean
}

export const createUniqueConstraint = define('createUniqueConstraint', {
  create(name: string, table: string, columns: readonly string[], options: UniqueOptions = {}) {
    checkCreation('createUniqueConstraint', name, table, options, [...keyKeys, 'nullsNotDistinct'])
    const constraint = compact<Unique>({
      kind: 'unique',
      ...keyOf('createUniqueConstraint', name, columns, options),
      nullsNotDistinct: flag(options.nullsNotDistinct),
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
    optionsOf<UniqueOptions>({ nullsNotDistinct: op.constraint.nullsNotDistinct, ...keyInput(op) }),
  ],
  ...creating,
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

/** `CASCADE`, `set null`, `setNull`: one value of the model each; NO ACTION is absent. */
function actionOf(name: string, word: unknown): ReferentialAction | undefined {
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
    checkName('createForeignKey', 'the name of the referenced table', referencedTable)
    checkCreation('createForeignKey', name, table, options, [
      'referencedSchema',
      'onDelete',
      'onUpdate',
      'onDeleteColumns',
      'match',
      'notValid',
      'notEnforced',
    ])
    checkNames('createForeignKey', 'the columns', columns)
    // SQLite: without columns it references the primary key of the other table.
    const implied = Array.isArray(referencedColumns) && referencedColumns.length === 0
    if (!implied) checkNames('createForeignKey', 'the referenced columns', referencedColumns)
    if (!implied && columns.length !== referencedColumns.length) {
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
  ...creating,
})

export interface CheckOptions extends ConstraintOptions {
  readonly noInherit?: boolean
  readonly notValid?: boolean
  /** PostgreSQL 18+. */
  readonly notEnforced?: boolean
}

export const createCheckConstraint = define('createCheckConstraint', {
  create(name: string, table: string, condition: SqlText, options: CheckOptions = {}) {
    checkCreation('createCheckConstraint', name, table, options, ['noInherit', 'notValid', 'notEnforced'])
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
  ...creating,
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
    checkCreation('createExcludeConstraint', name, table, options, [...storageKeys, 'using', 'where', 'include'])
    if (!Array.isArray(elements) || elements.length === 0)
      throw invalid('createExcludeConstraint', 'the elements: the list is empty')
    if (options.using !== undefined) checkName('createExcludeConstraint', 'the index method', options.using)
    if (!elements.every((pair: unknown) => Array.isArray(pair)))
      throw invalid('createExcludeConstraint', "the elements must be pairs such as ['room', '=']")
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
  ...creating,
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
