/** Which names a query knows: tables by alias, common table expressions, subqueries, and those of the query around it. */
import type {
  AggregateFunctionNode,
  AliasNode,
  BinaryOperationNode,
  CaseNode,
  ColumnNode,
  CommonTableExpressionNode,
  DeleteQueryNode,
  FunctionNode,
  IdentifierNode,
  InsertQueryNode,
  JoinNode,
  MergeQueryNode,
  OperationNode,
  OperatorNode,
  ParensNode,
  RawNode,
  ReferenceNode,
  SelectionNode,
  SelectQueryNode,
  TableNode,
  UpdateQueryNode,
  WithNode,
} from 'kysely'
import type { Codec, Shape } from './codec.ts'
import type { KnownTable, Registry } from './registry.ts'

interface Source {
  readonly name: string
  readonly schema?: string | undefined
  readonly shape: Shape
}

export interface Scope {
  readonly registry: Registry
  readonly sources: readonly Source[]
  readonly ctes: ReadonlyMap<string, Shape>
  readonly parent: Scope | undefined
  /** The table that is written to. */
  readonly target?: KnownTable | undefined
}

export function rootScope(registry: Registry): Scope {
  return { registry, sources: [], ctes: new Map(), parent: undefined }
}

/** The parts of a query node that bring names. */
export interface Parts {
  readonly with?: WithNode | undefined
  /** Tables, aliases, joins, in the order in which they are written. */
  readonly from: readonly (OperationNode | undefined)[]
  readonly into?: OperationNode | undefined
}

export function scopeOf(parts: Parts, parent: Scope): Scope {
  const ctes = new Map<string, Shape>()
  const sources: Source[] = []
  const target = parts.into === undefined ? undefined : tableOf(parts.into, parent)
  const scope: Scope = { registry: parent.registry, sources, ctes, parent, target: target ?? parent.target }
  for (const expression of parts.with?.expressions ?? []) {
    ctes.set(cteName(expression), named(outputOf(expression.expression, scope), expression))
  }
  for (const node of parts.from) {
    const source = node && sourceOf(node, scope)
    if (source !== undefined) sources.push(source)
  }
  return scope
}

/** The same scope with one more source, such as `excluded`. */
export function withSource(scope: Scope, name: string, shape: Shape): Scope {
  return { ...scope, sources: [...scope.sources, { name, shape }] }
}

export function cteName(expression: CommonTableExpressionNode): string {
  return expression.name.table.table.identifier.name
}

function named(shape: Shape, expression: CommonTableExpressionNode): Shape {
  const { columns } = expression.name
  return columns === undefined ? shape : columns.map((c, i) => ({ name: c.column.name, codec: shape[i]?.codec }))
}

function tableOf(node: OperationNode, scope: Scope): KnownTable | undefined {
  if (node.kind === 'AliasNode') return tableOf((node as AliasNode).node, scope)
  if (node.kind !== 'TableNode') return undefined
  const { schema, identifier } = (node as TableNode).table
  return scope.registry(identifier.name, schema?.name)
}

function sourceOf(node: OperationNode, scope: Scope): Source | undefined {
  switch (node.kind) {
    case 'JoinNode':
      return sourceOf((node as JoinNode).table, scope)
    case 'AliasNode': {
      const { node: inner, alias } = node as AliasNode
      if (alias.kind !== 'IdentifierNode') return undefined
      return { name: (alias as IdentifierNode).name, shape: shapeOf(inner, scope) }
    }
    case 'TableNode': {
      const { schema, identifier } = (node as TableNode).table
      return { name: identifier.name, schema: schema?.name, shape: shapeOf(node, scope) }
    }
    default:
      return undefined
  }
}

function shapeOf(node: OperationNode, scope: Scope): Shape {
  if (node.kind !== 'TableNode') return outputOf(node, scope)
  const { schema, identifier } = (node as TableNode).table
  for (let s: Scope | undefined = schema === undefined ? scope : undefined; s !== undefined; s = s.parent) {
    const cte = s.ctes.get(identifier.name)
    if (cte !== undefined) return cte
  }
  return scope.registry(identifier.name, schema?.name)?.shape ?? []
}

/** What is known about a column by its name, with the table's where one is written; inner names hide outer ones. */
export function lookUp(scope: Scope, column: string, table?: TableNode): Codec | undefined {
  const name = table?.table.identifier.name
  const schema = table?.table.schema?.name
  for (let s: Scope | undefined = scope; s !== undefined; s = s.parent) {
    for (const source of s.sources) {
      if (
        name !== undefined &&
        (source.name !== name || (schema !== undefined && source.schema !== undefined && source.schema !== schema))
      )
        continue
      const found = source.shape.find((c) => c.name === column)
      if (found !== undefined) return found.codec
      if (name !== undefined) return undefined
    }
  }
  return undefined
}

/** All columns of the query's own sources, or of one of them: the result of `*`. */
export function allColumns(scope: Scope, table?: TableNode): Shape {
  const name = table?.table.identifier.name
  for (let s: Scope | undefined = scope; s !== undefined; s = s.parent) {
    const sources = s.sources.filter((source) => name === undefined || source.name === name)
    if (sources.length > 0 || name === undefined) return sources.flatMap((source) => source.shape)
  }
  return []
}

/** The scope inside a query: its tables, joins and common table expressions. Undefined for what is no query. */
export function scopeIn(node: OperationNode, parent: Scope): Scope | undefined {
  switch (node.kind) {
    case 'SelectQueryNode': {
      const q = node as SelectQueryNode
      return scopeOf({ with: q.with, from: [...(q.from?.froms ?? []), ...(q.joins ?? [])] }, parent)
    }
    case 'InsertQueryNode': {
      const q = node as InsertQueryNode
      return scopeOf({ with: q.with, from: [q.into], into: q.into }, parent)
    }
    case 'UpdateQueryNode': {
      const q = node as UpdateQueryNode
      // Inside MERGE the update names no table: it is that of the MERGE.
      return scopeOf(
        { with: q.with, from: [q.table, ...(q.from?.froms ?? []), ...(q.joins ?? [])], into: q.table },
        parent,
      )
    }
    case 'DeleteQueryNode': {
      const q = node as DeleteQueryNode
      return scopeOf(
        { with: q.with, from: [...(q.from?.froms ?? []), ...(q.using?.tables ?? []), ...(q.joins ?? [])] },
        parent,
      )
    }
    case 'MergeQueryNode': {
      const q = node as MergeQueryNode
      return scopeOf({ with: q.with, from: [q.into, q.using], into: q.into }, parent)
    }
    default:
      return undefined
  }
}

/** The columns that a query returns, with what is known about each. */
export function outputOf(node: OperationNode, parent: Scope): Shape {
  if (node.kind === 'ParensNode') return outputOf((node as ParensNode).node, parent)
  const scope = scopeIn(node, parent)
  if (scope === undefined) return []
  const { selections } =
    node.kind === 'SelectQueryNode'
      ? (node as SelectQueryNode)
      : ((node as InsertQueryNode).returning ?? { selections: [] })
  return (selections ?? []).flatMap((s) => selected(s, scope))
}

function selected(node: SelectionNode, scope: Scope): Shape {
  const selection: OperationNode = node.selection
  if (selection.kind === 'SelectAllNode') return allColumns(scope)
  if (selection.kind === 'ReferenceNode') {
    const { column, table } = selection as ReferenceNode
    if (column.kind === 'SelectAllNode') return allColumns(scope, table)
    return [{ name: column.column.name, codec: codecOf(selection, scope) }]
  }
  if (selection.kind === 'ColumnNode')
    return [{ name: (selection as ColumnNode).column.name, codec: codecOf(selection, scope) }]
  if (selection.kind === 'AliasNode') {
    const { alias, node: inner } = selection as AliasNode
    return alias.kind === 'IdentifierNode'
      ? [{ name: (alias as IdentifierNode).name, codec: codecOf(inner, scope) }]
      : []
  }
  return []
}

/** Functions whose value is one of their arguments' values. */
const sameValue = [
  'coalesce',
  'greatest',
  'least',
  'nullif',
  'any_value',
  'min',
  'max',
  'first_value',
  'last_value',
  'nth_value',
  'lag',
  'lead',
]
const arrayFunctions = ['array_append', 'array_prepend', 'array_remove', 'array_replace', 'array_cat']

/** What is known about an expression's values. */
export function codecOf(node: OperationNode, scope: Scope): Codec | undefined {
  switch (node.kind) {
    case 'ReferenceNode': {
      const { column, table } = node as ReferenceNode
      return column.kind === 'ColumnNode' ? lookUp(scope, column.column.name, table) : undefined
    }
    case 'ColumnNode':
      return lookUp(scope, (node as ColumnNode).column.name)
    case 'AliasNode':
    case 'ParensNode':
      return codecOf((node as ParensNode).node, scope)
    case 'SelectQueryNode':
      return outputOf(node, scope)[0]?.codec
    case 'FunctionNode': {
      const { func, arguments: args } = node as FunctionNode
      return ofFunction(func, args, scope)
    }
    case 'AggregateFunctionNode': {
      const { func, aggregated } = node as AggregateFunctionNode
      return ofFunction(func, aggregated, scope)
    }
    case 'CaseNode': {
      const { when, else: otherwise } = node as CaseNode
      return firstCodec([...(when ?? []).map((w) => w.result), otherwise], scope)
    }
    case 'BinaryOperationNode': {
      const { leftOperand, operator, rightOperand } = node as BinaryOperationNode
      const concatenation = operator.kind === 'OperatorNode' && (operator as OperatorNode).operator === '||'
      if (!concatenation) return undefined
      const codec = firstCodec([leftOperand, rightOperand], scope)
      // Texts and JSON are concatenated too.
      return codec?.kind === 'value' && !codec.array ? undefined : withArray(codec, true)
    }
    case 'RawNode':
      return ofRaw(node as RawNode, scope)
    default:
      return undefined
  }
}

export function firstCodec(nodes: readonly (OperationNode | undefined)[], scope: Scope): Codec | undefined {
  for (const node of nodes) {
    const codec = node && codecOf(node, scope)
    if (codec !== undefined) return codec
  }
  return undefined
}

function withArray(codec: Codec | undefined, array: boolean): Codec | undefined {
  return codec === undefined || codec.kind === 'rows' ? undefined : { ...codec, array }
}

function ofFunction(name: string, args: readonly OperationNode[], scope: Scope): Codec | undefined {
  const func = name.toLowerCase()
  if (sameValue.includes(func)) return firstCodec(args, scope)
  if (arrayFunctions.includes(func) || func === 'array_agg') return withArray(firstCodec(args, scope), true)
  if (func === 'unnest' || func === 'any' || func === 'all' || func === 'some')
    return withArray(firstCodec(args, scope), false)
  return undefined
}

/** A fragment that is nothing but a reference, or one of Kysely's helpers that give rows as JSON. */
function ofRaw(node: RawNode, scope: Scope): Codec | undefined {
  const [only, ...more] = node.parameters
  if (only === undefined || more.length > 0) return undefined
  if (node.sqlFragments.every((f) => f.trim() === '')) return codecOf(only, scope)
  if (
    !/\b(?:json_agg|jsonb_agg|to_json|to_jsonb|json_arrayagg|json_group_array|json_object)\b/u.test(
      node.sqlFragments.join(' '),
    )
  )
    return undefined
  const shape = outputOf(only, scope)
  return shape.length === 0 ? undefined : { kind: 'rows', shape }
}
