/** The schema of DESIGN section 1, word for word, as a module that tests import. */
import { table, enumType, integer, varchar, timestamp, sql, index } from '../../src/schema.ts'

/** As a TypeScript enum compiles to: type stripping, which runs the tests, takes no enum syntax. */
export const PostStatus = { DRAFT: 'draft', APPROVE: 'approve', PUBLISHED: 'published' } as const
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
    status: postStatus().notNull().default(PostStatus.DRAFT),
    userId: integer()
      .named('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
  },
  (t) => [index('ix_posts_user').on(t.userId)],
)
