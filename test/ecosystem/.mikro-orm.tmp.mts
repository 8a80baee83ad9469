/** MikroORM: its schema generator makes the database, and has nothing to update after each change that ambix carried out. */
const holdProject = (p) => { globalThis.project = p }

holdProject({
  name: 'mikro-orm',
  models: 'models.ts',
  tables: 12,
  changes: [
    {
      name: 'add a column',
      edits: [
        [
          `    bio: p.text().nullable(),`,
          `    bio: p.text().nullable(),\n    site: p.string().length(200).nullable(),`,
        ],
      ],
    },
    {
      name: 'rename a column',
      edits: [[`    zip: p.string()`, `    postcode: p.string()`]],
      hints: [{ rename: 'column', table: 'address', from: 'zip', to: 'postcode' }],
    },
    { name: 'retype a column', edits: [[`weightGrams: p.smallint()`, `weightGrams: p.integer()`]] },
    { name: 'add a label', edits: [[`  MEMBER = 'member',`, `  MEMBER = 'member',\n  STAFF = 'staff',`]] },
    {
      name: 'remove a label',
      edits: [[`\n  SENT = 'sent',`, ``]],
      hints: [{ remap: 'value', enum: 'order_state', from: 'sent', to: 'paid' }],
    },
    { name: 'change a check of labels', edits: [[`['person', 'company']`, `['person', 'company', 'club']`]] },
    {
      name: 'add an index',
      edits: [[`street: p.string().length(200)`, `street: p.string().length(200).index('address_street')`]],
    },
    {
      name: 'change a foreign key',
      edits: [[`.nullable().deleteRule('set null')`, `.nullable().deleteRule('cascade')`]],
    },
    { name: 'change a default', edits: [[`stock: p.integer().default(0)`, `stock: p.integer().default(1)`]] },
    {
      name: 'add a table',
      edits: [
        [
          `export const Note =`,
          `export const Visit = defineEntity({ name: 'Visit', properties: { id: p.integer().primary(), user: () => p.manyToOne(User) } })\nexport const Note =`,
        ],
      ],
    },
  ],
})
