/**
 * Random schemas as a person would write them: statements over every kind of object, which nothing of ours has spelled.
 * A world is a list of items that refer to earlier ones by number; what an item refers to is looked up when the
 * statements are written, so that any item may be changed or taken away and the rest still fits.
 */
import type fc from 'fast-check'
import { arbitraryOf, type Chooser } from './chooser.ts'
import { type Item, type TableItem, type World, statementsOf } from './ddl-world.ts'
import { ItemMaker } from './ddl-items.ts'

export interface DdlPair {
  readonly from: World
  readonly to: World
}

/** Two worlds, the second an edit of the first, or (seldom) one that has nothing to do with it. */
export function arbDdlPair(major = 18): fc.Arbitrary<DdlPair> {
  return arbitraryOf((choose) => {
    const maker = new ItemMaker(choose, major)
    const from = maker.world(choose.int(3, 14))
    if (choose.oneIn(6)) return { from, to: new ItemMaker(choose, major).world(choose.int(0, 10)) }
    return { from, to: edited(choose, maker, from) }
  })
}

/** One world, whose types may be row types of its tables and views. */
export function arbDdl(major = 18): fc.Arbitrary<World> {
  return arbitraryOf((choose) => new ItemMaker(choose, major, true).world(choose.int(3, 20)))
}

/** A few edits: items come, go, and are rolled anew under the same name. */
function edited(choose: Chooser, maker: ItemMaker, from: World): World {
  const items: Item[] = structuredClone(from.items) as Item[]
  for (let i = choose.int(1, 5); i > 0; i--) {
    const at = choose.int(0, Math.max(0, items.length - 1))
    const item = items[at]
    switch (item === undefined ? 0 : choose.int(0, 7)) {
      case 0:
        items.push(maker.item(items))
        break
      case 1:
        items.splice(at, 1)
        break
      case 2:
      case 3:
        items[at] = maker.again(item!, items.slice(0, at))
        break
      default: {
        const tables = items.filter((x): x is TableItem => x.kind === 'table')
        if (tables.length === 0) items[at] = maker.again(item!, items.slice(0, at))
        else {
          const table = choose.pick(tables)
          maker.editTable(table, items.slice(0, items.indexOf(table)))
        }
      }
    }
  }
  return { major: from.major, items }
}

/** The statements that make a world, in an order that PostgreSQL takes. */
export function ddlOf(world: World): string {
  return statementsOf(world)
    .map((s) => `${s};`)
    .join('\n')
}
