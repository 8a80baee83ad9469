/** How members become labels wherever a query may take a parameter. */
import type {
  AggregateFunctionNode,
  AndNode,
  BinaryOperationNode,
  CaseNode,
  ColumnNode,
  ColumnUpdateNode,
  FunctionNode,
  InsertQueryNode,
  OnConflictNode,
  OperationNode,
  OperatorNode,
  PrimitiveValueListNode,
  RawNode,
  SelectQueryNode,
  SetOperationNode,
  TupleNode,
  ValueListNode,
  ValueNode,
  ValuesNode,
  WhenNode,
} from 'kysely'
import { type Codec, encode } from './codec.ts'
import type { Fill } from './registry.ts'
import { codecOf, firstCodec, outputOf, type Scope, scopeIn, withSource } from './scope.ts'

/** What a position accepts: one value of an enum, several in a row, or anything. */
type Wanted = Codec | readonly (Codec | undefined)[] | undefined

const isList = (wanted: Wanted): wanted is readonly (Codec | undefined)[] => Array.isArray(wanted)
const one = (wanted: Wanted): Codec | undefined => (isList(wanted) ? wanted[0] : wanted)

/** Operators whose two sides are of one enum. Patterns (`like`) are none of them. */
const comparing = [
  '=',
  '==',
  '!=',
  '<>',
  '>',
  '>=',
  '<',
  '<=',
  '<=>',
  'in',
  'not in',
  'is',
  'is not',
  'is distinct from',
  'is not distinct from',
  'between',
  'between symmetric',
  '@>',
  '<@',
  '&&',
  '||',
]

/** The node with its parameters encoded. `wanted`: the type that is known for this place. */
export function encoded<N extends OperationNode>(node: N, scope: Scope, wanted?: Wanted): N {
  // Each case returns a node of the kind that it was passed.
  return visit(node, scope, wanted) as N
}

function visit(node: OperationNode, outer: Scope, wanted: Wanted): OperationNode {
  const inner = scopeIn(node, outer)
  const scope = inner ?? outer
  switch (node.kind) {
    case 'ValueNode': {
      const value = node as ValueNode
      return { ...value, value: encode(value.value, one(wanted)) } as ValueNode
    }
    case 'PrimitiveValueListNode': {
      const { values } = node as PrimitiveValueListNode
      return {
        ...node,
        values: values.map((v, i) => encode(v, isList(wanted) ? wanted[i] : wanted)),
      } as PrimitiveValueListNode
    }
    case 'ValueListNode': {
      // In a row of VALUES each item has a column of its own; elsewhere all items have the same.
      const list = node as ValueListNode
      return {
        ...list,
        values: list.values.map((v, i) =>
          visit(v, scope, isList(wanted) && v.kind !== 'TupleNode' ? wanted[i] : wanted),
        ),
      } as ValueListNode
    }
    case 'TupleNode': {
      const tuple = node as TupleNode
      return {
        ...tuple,
        values: tuple.values.map((v, i) => visit(v, scope, isList(wanted) ? wanted[i] : wanted)),
      } as TupleNode
    }
    case 'InsertQueryNode':
      return insert(node as InsertQueryNode, scope)
    case 'SelectQueryNode':
      return select(node as SelectQueryNode, outer, scope, wanted)
    case 'OnConflictNode': {
      // Updates may use the conflicting row, and the one that was to be inserted.
      const withExcluded = withSource(scope, 'excluded', scope.target?.shape ?? [])
      return children(node as OnConflictNode, withExcluded)
    }
    case 'ColumnUpdateNode': {
      const { column, value } = node as ColumnUpdateNode
      const codec = targetCodec(column, scope)
      return { ...node, column: visit(column, scope, undefined), value: visit(value, scope, codec) } as ColumnUpdateNode
    }
    case 'BinaryOperationNode':
      return binary(node as BinaryOperationNode, scope)
    case 'AndNode': {
      const { left, right } = node as AndNode
      return { ...node, left: visit(left, scope, wanted), right: visit(right, scope, wanted) } as AndNode
    }
    case 'CaseNode':
      return cases(node as CaseNode, scope, wanted)
    case 'FunctionNode': {
      const call = node as FunctionNode
      return {
        ...call,
        arguments: call.arguments.map((a) => visit(a, scope, argumentCodec(call.func, call.arguments, scope, wanted))),
      } as FunctionNode
    }
    case 'AggregateFunctionNode': {
      const call = node as AggregateFunctionNode
      const codec = argumentCodec(call.func, call.aggregated, scope, wanted)
      const rest = children({ ...call, aggregated: [] } as AggregateFunctionNode, scope)
      return { ...rest, aggregated: call.aggregated.map((a) => visit(a, scope, codec)) } as AggregateFunctionNode
    }
    case 'RawNode':
      return raw(node as RawNode, scope, wanted)
    case 'ParensNode':
    case 'CastNode':
    case 'AliasNode':
    case 'SelectionNode':
    case 'SetOperationNode':
      return children(node, scope, wanted)
    default:
      return children(node, scope)
  }
}

/** A copy with every node inside visited. */
function children<N extends OperationNode>(node: N, scope: Scope, wanted?: Wanted): N {
  const part = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(part)
    return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'
      ? visit(value as OperationNode, scope, wanted)
      : value
  }
  // The same properties, with nodes of the same kinds.
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, part(value)])) as unknown as N
}

/** A column that is written to is one of the target, whatever else is in scope. */
function targetCodec(column: OperationNode, scope: Scope): Codec | undefined {
  if (column.kind !== 'ColumnNode' || scope.target === undefined) return codecOf(column, scope)
  const { name } = (column as ColumnNode).column
  const codec = scope.target.shape.find((c) => c.name === name)?.codec
  return codec?.kind === 'value' ? { ...codec, set: true } : codec
}

function insert(node: InsertQueryNode, scope: Scope): InsertQueryNode {
  const fills = scope.target?.fills ?? []
  const filled = fills.length === 0 ? node : fill(node, fills)
  const wanted =
    filled.columns === undefined
      ? (scope.target?.shape ?? []).map((c) => c.codec)
      : filled.columns.map((c) => targetCodec(c, scope))
  const { values, ...rest } = filled
  const made = children(rest as InsertQueryNode, scope)
  return values === undefined ? made : { ...made, values: inserted(values, scope, wanted) }
}

function inserted(values: OperationNode, scope: Scope, wanted: Wanted): OperationNode {
  if (values.kind !== 'ValuesNode') return visit(values, scope, wanted)
  const rows = (values as ValuesNode).values
  return { ...values, values: rows.map((row) => visit(row, scope, wanted)) } as OperationNode
}

/** Adds values that the client generates for columns that were not given. */
function fill(node: InsertQueryNode, fills: readonly Fill[]): InsertQueryNode {
  if (node.defaultValues === true) {
    const { defaultValues: _, ...rest } = node
    return {
      ...rest,
      columns: fills.map((f) => columnNode(f.column)),
      values: { kind: 'ValuesNode', values: [row(fills.map((f) => f.make()))] } as ValuesNode,
    }
  }
  if (node.values?.kind !== 'ValuesNode' || node.columns === undefined) return node
  const { columns } = node
  const missing = fills.filter((f) => !columns.some((c) => c.column.name === f.column))
  const rows = (node.values as ValuesNode).values.map((values) => {
    const items: readonly OperationNode[] =
      values.kind === 'PrimitiveValueListNode' ? values.values.map(valueNode) : (values as ValueListNode).values
    const given = items.map((item, i) => {
      if (item.kind !== 'DefaultInsertValueNode') return item
      const known = fills.find((f) => f.column === columns[i]?.column.name)
      return known === undefined ? item : valueNode(known.make())
    })
    return { kind: 'ValueListNode', values: [...given, ...missing.map((f) => valueNode(f.make()))] } as ValueListNode
  })
  return {
    ...node,
    columns: [...columns, ...missing.map((f) => columnNode(f.column))],
    values: { kind: 'ValuesNode', values: rows } as ValuesNode,
  }
}

const valueNode = (value: unknown): ValueNode => ({ kind: 'ValueNode', value })
const row = (values: readonly unknown[]): ValueListNode => ({ kind: 'ValueListNode', values: values.map(valueNode) })
const columnNode = (name: string): ColumnNode =>
  ({ kind: 'ColumnNode', column: { kind: 'IdentifierNode', name } }) as ColumnNode

function select(node: SelectQueryNode, outer: Scope, scope: Scope, wanted: Wanted): SelectQueryNode {
  const { selections, setOperations, ...rest } = node
  const wants = isList(wanted) ? wanted : wanted === undefined ? undefined : [wanted]
  const made = children(rest as SelectQueryNode, scope)
  const shape = setOperations === undefined ? undefined : (wants ?? outputOf(node, outer).map((c) => c.codec))
  return {
    ...made,
    ...(selections === undefined ? {} : { selections: selections.map((s, i) => encoded(s, scope, wants?.[i])) }),
    ...(setOperations === undefined
      ? {}
      : { setOperations: setOperations.map((s) => encoded<SetOperationNode>(s, scope, shape)) }),
  }
}

function binary(node: BinaryOperationNode, scope: Scope): BinaryOperationNode {
  const { leftOperand: left, operator, rightOperand: right } = node
  const compares = operator.kind === 'OperatorNode' && comparing.includes((operator as OperatorNode).operator)
  const codec: Wanted = compares
    ? (tupleCodecs(left, scope) ?? tupleCodecs(right, scope) ?? firstCodec([left, right], scope))
    : undefined
  return { ...node, leftOperand: visit(left, scope, codec), rightOperand: visit(right, scope, codec) }
}

/** `(a, b) = (1, 2)`: one codec for each place. */
function tupleCodecs(node: OperationNode, scope: Scope): readonly (Codec | undefined)[] | undefined {
  if (node.kind !== 'TupleNode') return undefined
  const codecs = (node as TupleNode).values.map((v) => codecOf(v, scope))
  return codecs.some((c) => c !== undefined) ? codecs : undefined
}

function cases(node: CaseNode, scope: Scope, wanted: Wanted): CaseNode {
  const { value, when, else: otherwise } = node
  const compared = value && firstCodec([value, ...(when ?? []).map((w) => w.condition)], scope)
  const result = wanted ?? codecOf(node, scope)
  const branch = (w: WhenNode): WhenNode => ({
    ...w,
    condition: visit(w.condition, scope, compared),
    ...(w.result === undefined ? {} : { result: visit(w.result, scope, result) }),
  })
  return {
    ...node,
    ...(value === undefined ? {} : { value: visit(value, scope, compared) }),
    ...(when === undefined ? {} : { when: when.map(branch) }),
    ...(otherwise === undefined ? {} : { else: visit(otherwise, scope, result) }),
  }
}

const sharing = [
  'coalesce',
  'greatest',
  'least',
  'nullif',
  'any',
  'all',
  'some',
  'lag',
  'lead',
  'array_position',
  'array_positions',
  'array_append',
  'array_prepend',
  'array_remove',
  'array_replace',
  'array_cat',
]

/** Functions whose arguments are of one enum, which their place or another argument tells. */
function argumentCodec(name: string, args: readonly OperationNode[], scope: Scope, wanted: Wanted): Wanted {
  return sharing.includes(name.toLowerCase()) ? (firstCodec(args, scope) ?? one(wanted)) : undefined
}

/** The type of a parameter in raw SQL is not known, except in `any(…)` and for a single value, which may be cast. */
function raw(node: RawNode, scope: Scope, wanted: Wanted): RawNode {
  const [first, ...rest] = node.sqlFragments
  const lone =
    node.parameters.length === 1 &&
    /^\s*(?:(?:any|all|some)\s*\()?\s*$/iu.test(first ?? '') &&
    /^\s*(?:::[\w"[\].\s]+)?\s*\)?\s*$/u.test(rest.join(''))
  return children(node, scope, lone ? wanted : undefined)
}
