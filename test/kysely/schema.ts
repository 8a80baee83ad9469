/** The classic table of four members, persisted in four ways. */
import { enumType, integer, table, text } from '../../src/schema.ts'

export const Status = { New: 'N', Active: 'A', Inactive: 'I', Suspended: 'S' } as const
export const byValue = enumType('by_value', Status)
export const byName = enumType('by_name', Status, { persist: 'names' })
export const valueCheck = enumType('value_check', Status, { native: false })
export const nameCheck = enumType('name_check', Status, { native: false, persist: 'names' })
/** As TypeScript's numeric enums compile. */
export const Level = { 0: 'Low', Low: 0, 1: 'High', High: 1 } as unknown as { readonly Low: 0; readonly High: 1 }
export const level = enumType('level', Level, { persist: 'names' })

export const users = table('users', {
  id: integer().primaryKey(),
  name: text().notNull(),
  v: byValue().notNull(),
  n: byName().notNull().default(Status.New),
  vc: valueCheck(),
  nc: nameCheck(),
  all: byName().array().notNull().default([]),
  level: level(),
})
let made = 0
export const posts = table('posts', {
  id: integer()
    .primaryKey()
    .defaultFn(() => ++made),
  userId: integer()
    .named('user_id')
    .notNull()
    .references(() => users.id),
  state: byName()
    .notNull()
    .defaultFn(() => Status.Inactive),
  title: text(),
})
/** A table whose column is called like an enum column of another, and is none. */
export const logs = table('logs', { n: text(), user_id: integer() })
