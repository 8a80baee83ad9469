/** Drizzle: drizzle-kit makes the database, and finds nothing after each change that ambix carried out. */
const holdProject = (p) => { globalThis.project = p }

holdProject({
  name: 'drizzle',
  models: 'models.ts',
  tables: 12,
  changes: [
    { name: 'add a column', edits: [[`  bio: text(),`, `  bio: text(),\n  site: varchar({ length: 200 }),`]] },
    {
      name: 'rename a column',
      edits: [
        [`zip: varchar({ length: 12 }),`, `postcode: varchar({ length: 12 }),`],
        [`.on(t.zip)`, `.on(t.postcode)`],
      ],
      hints: [{ rename: 'column', table: 'addresses', from: 'zip', to: 'postcode' }],
    },
    {
      name: 'retype a column',
      edits: [[`weightGrams: smallint('weight_grams')`, `weightGrams: integer('weight_grams')`]],
    },
    { name: 'add a label', edits: [[`['guest', 'member', 'admin']`, `['guest', 'member', 'staff', 'admin']`]] },
    {
      name: 'remove a label',
      edits: [[`['open', 'paid', 'sent']`, `['open', 'paid']`]],
      hints: [{ remap: 'value', enum: 'order_state', from: 'sent', to: 'paid' }],
    },
    { name: 'reorder labels', edits: [[`['low', 'high']`, `['high', 'low']`]] },
    {
      name: 'add an index',
      edits: [
        [
          `(t) => [index('addresses_zip')`,
          `(t) => [index('addresses_street').on(t.street.desc()), index('addresses_zip')`,
        ],
      ],
    },
    { name: 'change a foreign key', edits: [[`{ onDelete: 'set null' }`, `{ onDelete: 'cascade' }`]] },
    { name: 'change a default', edits: [[`.default('2 days')`, `.default('3 days')`]] },
    {
      name: 'add a table',
      edits: [
        [
          `export const notes =`,
          `export const visits = pgTable('visits', { id: serial().primaryKey(), userId: integer().references(() => users.id), seen: userRole() })\nexport const notes =`,
        ],
      ],
    },
  ],
})
