/** The content of hints and answers, collected for both directions. */
import type { Backfill, ValueMap } from '../../operations/kinds.ts'
import type { Knowledge } from '../steps/context.ts'

export type Labels = Record<string, string | null>

export interface Settled {
  readonly up: Knowledge
  readonly down: Knowledge
}

export class Collected {
  readonly enumUp = new Map<string, Labels>()
  readonly enumDown = new Map<string, Labels>()
  readonly columnUp = new Map<string, Labels>()
  readonly columnDown = new Map<string, Labels>()
  readonly backfillUp = new Map<string, Backfill>()
  readonly backfillDown = new Map<string, Backfill>()
  readonly using = new Map<string, { readonly up: string; readonly down?: string }>()
  readonly map = new Map<string, { readonly up: ValueMap; readonly down: ValueMap }>()

  labels(map: Map<string, Labels>, key: string, labels: Readonly<Labels>): void {
    if (Object.keys(labels).length > 0) map.set(key, { ...map.get(key), ...labels })
  }

  settled(): Settled {
    const down = new Map(
      [...this.using].flatMap(([key, u]) => (u.down === undefined ? [] : [[key, { up: u.down, down: u.up }] as const])),
    )
    const mapDown = new Map([...this.map].map(([key, m]) => [key, { up: m.down, down: m.up }] as const))
    return {
      up: {
        remap: this.enumUp,
        remapDown: this.enumDown,
        columnRemap: this.columnUp,
        backfill: this.backfillUp,
        using: this.using,
        map: this.map,
      },
      down: {
        remap: this.enumDown,
        remapDown: this.enumUp,
        columnRemap: this.columnDown,
        backfill: this.backfillDown,
        using: down,
        map: mapDown,
      },
    }
  }
}
