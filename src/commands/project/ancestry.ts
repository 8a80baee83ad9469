/** The checksums that the history has of each revision, and those that it would get now: chained, so that a row covers all below it. */
import { neighbours } from '../../revisions/graph/edges.ts'
import { readRevisionText } from '../../revisions/files/files.ts'
import type { RevisionGraph } from '../../revisions/graph/graph.ts'
import type { Recorded } from '../../runtime/read-state.ts'
import { hash } from '../../util/hash.ts'
import { bodyOf, checksumOf, checksumOfText, placeOf, readRecord, writeRecord } from './checksum.ts'
import type { FileRecord } from './checksum.ts'

/** Rows of the history by revision, oldest first. */
export type Records = ReadonlyMap<string, readonly Recorded[]>

export interface PlacedRecord extends FileRecord {
  /** From the history's row. */
  readonly row: number
}

export class Ancestry {
  readonly graph: RevisionGraph
  readonly #records = new Map<string, PlacedRecord[]>()
  readonly #files: ReadonlyMap<string, string> | undefined
  readonly #computed = new Map<number, string>()
  #next = Number.MAX_SAFE_INTEGER - 1_000_000

  /** `files`: known checksums, by path. */
  constructor(graph: RevisionGraph, records: Records, files?: ReadonlyMap<string, string>) {
    this.graph = graph
    this.#files = files
    for (const [id, rows] of records)
      this.#records.set(
        id,
        rows.map((r) => ({ ...readRecord(r.checksum), row: r.row })),
      )
  }

  /** Ids with recorded rows, including revisions without a file. */
  get recorded(): Iterable<string> {
    return this.#records.keys()
  }

  recordOf(id: string): PlacedRecord | undefined {
    return this.#records.get(id)?.at(-1)
  }

  /** Of the file as it is now. Throws FILES.READ. */
  fileOf(node: number): string {
    const revision = this.graph.revisions[node]!
    return this.#files?.get(revision.file) ?? checksumOf(revision)
  }

  parentsOf(node: number): { readonly parents: readonly string[]; readonly dependencies: readonly string[] } {
    const { graph } = this
    const parents = graph.revisions[node]!.downRevision
    const all = Array.from(neighbours(graph.allParents, node), (i) => graph.revisions[i]!.id)
    return { parents, dependencies: all.filter((id) => !parents.includes(id)) }
  }

  placeOf(node: number): string {
    const { parents, dependencies } = this.parentsOf(node)
    return placeOf(this.graph.revisions[node]!.id, parents, dependencies)
  }

  /** The checksums to write for a revision with this text, which those above it are then chained to. */
  record(id: string, text: string): string {
    const node = this.graph.indexOf.get(id)
    const file = checksumOfText(text)
    if (node === undefined) return file
    const made = { file, place: this.placeOf(node), body: bodyOf(text, id), chain: this.chain(node, file, Infinity) }
    const rows = this.#records.get(id)
    const row = { ...made, row: this.#next++ }
    if (rows === undefined) this.#records.set(id, [row])
    else rows.push(row)
    this.#computed.clear()
    return writeRecord(made)
  }

  recordFile(id: string): string {
    return this.record(id, readRevisionText(this.graph.revisions[this.graph.indexOf.get(id)!]!.file))
  }

  /** The chain that a row of that file has when it is written after the rows before `row`. */
  chain(node: number, file: string, row: number): string {
    const { revisions, allParents } = this.graph
    const { id, downRevision } = revisions[node]!
    const [from, to] = [allParents.start[node]!, allParents.start[node + 1]!]
    const below = (edge: number): string => {
      const parent = allParents.to[edge]!
      return `\0${revisions[parent]!.id}=${this.#chainBefore(parent, row)}`
    }
    // Nearly all have one parent: no lists are made for it.
    const parents = downRevision.length === 1 ? downRevision[0] : downRevision.toSorted().join(',')
    let text = `ambix1\0${id}\0${file}\0${parents}`
    if (to - from === 1) text += below(from)
    else for (const each of Array.from({ length: to - from }, (_, i) => below(from + i)).sort()) text += each
    return hash('sha256', text).slice(0, 32)
  }

  #chainBefore(node: number, row: number): string {
    const known = this.#knownBefore(node, row) ?? this.#computed.get(node)
    if (known !== undefined) return known
    const { revisions, allParents } = this.graph
    // Revisions without a row count as their files are; without recursion, since chains of revisions are deep.
    const path = [node]
    const edges = [allParents.start[node]!]
    for (let at = node; ;) {
      const edge = edges[edges.length - 1]!
      if (edge < allParents.start[at + 1]!) {
        edges[edges.length - 1] = edge + 1
        const parent = allParents.to[edge]!
        if (this.#computed.has(parent) || this.#knownBefore(parent, row) !== undefined) continue
        path.push((at = parent))
        edges.push(allParents.start[at]!)
        continue
      }
      const file = this.recordOf(revisions[at]!.id)?.file ?? this.fileOf(at)
      const chain = this.chain(at, file, row)
      this.#computed.set(at, chain)
      path.pop()
      edges.pop()
      if (path.length === 0) return chain
      at = path[path.length - 1]!
    }
  }

  #knownBefore(node: number, row: number): string | undefined {
    const rows = this.#records.get(this.graph.revisions[node]!.id)
    return rows?.findLast((r) => r.row < row && r.chain !== undefined)?.chain
  }
}
