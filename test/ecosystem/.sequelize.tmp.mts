/** Sequelize: its sync makes the database; it has no diff of its own. */
const holdProject = (p) => { globalThis.project = p }

holdProject({
  name: 'sequelize',
  models: 'models.ts',
  tables: 12,
  changes: [
    {
      name: 'add a column',
      edits: [[`  bio: DataTypes.TEXT,`, `  bio: DataTypes.TEXT,\n  site: DataTypes.STRING(200),`]],
    },
    {
      name: 'rename a column',
      edits: [
        [`zip: { type: DataTypes.STRING(12) }`, `postcode: { type: DataTypes.STRING(12) }`],
        [`fields: ['zip']`, `fields: ['postcode']`],
      ],
      hints: [{ rename: 'column', table: 'addresses', from: 'zip', to: 'postcode' }],
    },
    { name: 'retype a column', edits: [[`weightGrams: DataTypes.SMALLINT`, `weightGrams: DataTypes.INTEGER`]] },
    {
      name: 'add a label',
      edits: [
        [
          `role: { type: DataTypes.ENUM('guest', 'member', 'admin')`,
          `role: { type: DataTypes.ENUM('guest', 'member', 'staff', 'admin')`,
        ],
      ],
    },
    {
      name: 'remove a label',
      edits: [[`DataTypes.ENUM('open', 'paid', 'sent')`, `DataTypes.ENUM('open', 'paid')`]],
      hints: [{ remap: 'value', enum: 'enum_orders_state', from: 'sent', to: 'paid' }],
    },
    { name: 'reorder labels', edits: [[`DataTypes.ENUM('low', 'high')`, `DataTypes.ENUM('high', 'low')`]] },
    {
      name: 'add an index',
      edits: [
        [`{ name: 'addresses_zip'`, `{ name: 'addresses_street', fields: ['street'] },\n      { name: 'addresses_zip'`],
      ],
    },
    {
      name: 'change a foreign key',
      edits: [[`{ as: 'manager', onDelete: 'SET NULL' }`, `{ as: 'manager', onDelete: 'CASCADE' }`]],
    },
    { name: 'change a default', edits: [[`defaultValue: '07:30'`, `defaultValue: '08:00'`]] },
    {
      name: 'add a table',
      edits: [
        [
          `export const Note =`,
          `export const Visit = sequelize.define('Visit', { seen: DataTypes.BOOLEAN })\nexport const Note =`,
        ],
      ],
    },
  ],
})
