/** Prisma: its own engine, as WebAssembly, prints the DDL. Its client and its command need binaries that cannot be had here. */
import { holdProject } from './project.ts'

holdProject({
  name: 'prisma',
  models: 'schema.prisma',
  tables: 12,
  runs: false,
  changes: [
    { name: 'add a column', edits: [[`  bio    String?`, `  bio    String?\n  site   String? @db.VarChar(200)`]] },
    {
      name: 'rename a column',
      edits: [
        [`  zip     String?`, `  postcode String?`],
        [`@@index([zip]`, `@@index([postcode]`],
      ],
      hints: [{ rename: 'column', table: 'Address', from: 'zip', to: 'postcode' }],
    },
    { name: 'retype a column', edits: [[`weightGrams Int?        @db.SmallInt`, `weightGrams Int?`]] },
    { name: 'add a label', edits: [[`  MEMBER @map("member")`, `  MEMBER @map("member")\n  STAFF  @map("staff")`]] },
    {
      name: 'remove a label',
      edits: [[`  paid\n  sent\n`, `  paid\n`]],
      hints: [{ remap: 'value', enum: 'OrderState', from: 'sent', to: 'paid' }],
    },
    { name: 'reorder labels', edits: [[`  low\n  high\n`, `  high\n  low\n`]] },
    {
      name: 'add an index',
      edits: [[`  @@index([zip`.replace('zip', 'postcode'), `  @@index([street])\n  @@index([postcode`]],
    },
    { name: 'change a foreign key', edits: [[`onDelete: SetNull`, `onDelete: Cascade`]] },
    {
      name: 'change a default',
      edits: [[`stock       Int         @default(0)`, `stock       Int         @default(1)`]],
    },
    {
      name: 'add a table',
      edits: [[`model Note {`, `model Visit {\n  id Int @id\n\n  @@schema("public")\n}\n\nmodel Note {`]],
    },
  ],
})
