/** Which lane each revision is drawn in: newest first, a lane for each line of parents, as `git log --graph` has them. */
import type { ReportRevision } from '../../src/commands/report-data.ts'

export interface Row {
  readonly revision: ReportRevision
  readonly lane: number
}
/** From a revision down to one that it stands on; rows count from the top. */
export interface Edge {
  readonly from: number
  readonly fromLane: number
  readonly to: number
  readonly toLane: number
  readonly dependency: boolean
}

/** Linear in revisions and edges, times the number of lanes that are open at once. */
export function layoutHistory(revisions: readonly ReportRevision[]): {
  readonly rows: readonly Row[]
  readonly edges: readonly Edge[]
  readonly width: number
} {
  const newest = revisions.toReversed()
  const rowOf = new Map(newest.map((r, row) => [r.id, row]))
  /** What each open lane waits for. */
  const open: (string | undefined)[] = []
  const rows: Row[] = []
  let width = 1
  for (const revision of newest) {
    let lane = open.indexOf(revision.id)
    if (lane < 0) {
      lane = open.indexOf(undefined)
      if (lane < 0) lane = open.length
    }
    for (let i = 0; i < open.length; i++) if (open[i] === revision.id) open[i] = undefined
    const [first, ...others] = revision.down
    open[lane] = first !== undefined && !open.includes(first) ? first : undefined
    for (const parent of others) {
      if (open.includes(parent)) continue
      const free = open.indexOf(undefined)
      open[free < 0 ? open.length : free] = parent
    }
    rows.push({ revision, lane })
    width = Math.max(width, open.length)
  }
  const edges = rows.flatMap(({ revision, lane }, from): Edge[] =>
    [
      ...revision.down.map((id) => ({ id, dependency: false })),
      ...revision.dependsOn.map((id) => ({ id, dependency: true })),
    ].flatMap(({ id, dependency }) => {
      const to = rowOf.get(id)
      return to === undefined ? [] : [{ from, fromLane: lane, to, toLane: rows[to]!.lane, dependency }]
    }),
  )
  return { rows, edges, width }
}
