import { table, enumType, integer, varchar, text, timestamp, sql, index } from 'ambix/schema'

export enum PostStatus {
  IDEA = 'idea',
  DRAFT = 'draft',
  APPROVE = 'approve',
  PUBLISHED = 'published',
}
export const postStatus = enumType('post_status', PostStatus)

export const users = table('users', {
  id: integer().primaryKey().identity(),
  email: varchar(120).notNull().unique(),
  createdAt: timestamp({ withTimeZone: true })
    .named('created_at')
    .notNull()
    .default(sql`now()`),
})

export const posts = table(
  'posts',
  {
    id: integer().primaryKey().identity(),
    title: varchar(120).notNull(),
    body: text(),
    status: postStatus().notNull().default(PostStatus.IDEA),
    userId: integer()
      .named('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
  },
  (t) => [index('ix_posts_user').on(t.userId)],
)
