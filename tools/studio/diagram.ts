/** Where tables stand in the diagram: layered along their foreign keys, or in columns where there are too many for that. */
import { Graph, layout } from '@dagrejs/dagre'
import type { ReportObject } from '../../src/commands/report-data.ts'

interface Point {
  readonly x: number
  readonly y: number
}
export interface Placed {
  readonly boxes: ReadonlyMap<string, Point>
  readonly edges: readonly { readonly points: readonly Point[] }[]
  readonly width: number
  readonly height: number
}

const shown = 24
export const tableHeight = (t: ReportObject): number =>
  30 + Math.min((t.columns ?? []).length, shown) * 16 + ((t.columns ?? []).length > shown ? 16 : 0)
export const tableWidth = (t: ReportObject): number =>
  Math.min(
    360,
    Math.max(140, ...[t.name, ...(t.columns ?? []).map((c) => `${c.name} ${c.type} ?`)].map((s) => s.length * 7 + 16)),
  )

/** Above this, layering takes seconds. */
const layered = 120

export function layoutTables(tables: ReadonlyMap<string, ReportObject>): Placed {
  const references = [...tables].flatMap(([key, t]) =>
    (t.foreignKeys ?? []).flatMap((f) => (f.to !== key && tables.has(f.to) ? [[key, f.to] as const] : [])),
  )
  return tables.size <= layered ? inLayers(tables, references) : inColumns(tables, references)
}

function inLayers(
  tables: ReadonlyMap<string, ReportObject>,
  references: readonly (readonly [string, string])[],
): Placed {
  const graph = new Graph()
  graph.setGraph({ rankdir: 'LR', nodesep: 24, ranksep: 70, marginx: 16, marginy: 16 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const [key, t] of tables) graph.setNode(key, { width: tableWidth(t), height: tableHeight(t) })
  for (const [from, to] of references) graph.setEdge(from, to)
  layout(graph)
  const boxes = new Map<string, Point>()
  for (const key of tables.keys()) {
    const n = graph.node(key) as { x: number; y: number; width: number; height: number }
    boxes.set(key, { x: n.x - n.width / 2, y: n.y - n.height / 2 })
  }
  const edges = graph
    .edges()
    .map((e: Parameters<typeof graph.edge>[0]) => graph.edge(e) as { points: readonly Point[] })
  const { width = 200, height = 200 } = graph.graph() as { width?: number; height?: number }
  return { boxes, edges, width: Math.max(200, width), height: Math.max(120, height) }
}

function inColumns(
  tables: ReadonlyMap<string, ReportObject>,
  references: readonly (readonly [string, string])[],
): Placed {
  const columns = Math.ceil(Math.sqrt(tables.size / 2))
  const heights = Array.from({ length: columns }, () => 16)
  const boxes = new Map<string, Point>()
  for (const [key, t] of [...tables].toSorted(([, a], [, b]) => (a.name < b.name ? -1 : 1))) {
    const column = heights.indexOf(Math.min(...heights))
    boxes.set(key, { x: 16 + column * 390, y: heights[column]! })
    heights[column]! += tableHeight(t) + 24
  }
  const edges = references.map(([from, to]) => {
    const [a, b] = [boxes.get(from)!, boxes.get(to)!]
    return {
      points: [
        { x: a.x, y: a.y + 12 },
        { x: b.x, y: b.y + 12 },
      ],
    }
  })
  return { boxes, edges, width: columns * 390 + 16, height: Math.max(...heights) }
}
