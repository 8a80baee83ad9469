/** TypeORM: its schema builder makes the database, and logs nothing after each change that ambix carried out. */
import { holdProject } from './project.ts'

holdProject({
  name: 'typeorm',
  models: 'models.ts',
  tables: 12,
  changes: [
    {
      name: 'add a column',
      edits: [[`bio!: string | null`, `bio!: string | null\n  @Column({ length: 200, nullable: true }) site!: string`]],
    },
    {
      name: 'add a generated column',
      edits: [
        [
          `@Column({ length: 200 }) street!: string`,
          `@Column({ length: 200 }) street!: string\n  @Column({ type: 'text', nullable: true, generatedType: 'STORED', asExpression: 'upper("street")' }) loud!: string`,
        ],
      ],
    },
    {
      name: 'rename a column',
      edits: [[`@Index('address_zip') zip!`, `@Index('address_zip') postcode!`]],
      hints: [{ rename: 'column', table: 'address', from: 'zip', to: 'postcode' }],
    },
    {
      name: 'retype a column',
      edits: [
        [`@Column('smallint', { nullable: true }) weightGrams`, `@Column('integer', { nullable: true }) weightGrams`],
      ],
    },
    { name: 'add a label', edits: [[`  MEMBER = 'member',`, `  MEMBER = 'member',\n  STAFF = 'staff',`]] },
    {
      name: 'remove a label',
      edits: [[`\n  SENT = 'sent',`, ``]],
      hints: [{ remap: 'value', enum: 'orders_state_enum', from: 'sent', to: 'paid' }],
    },
    { name: 'reorder labels', edits: [[`['low', 'high']`, `['high', 'low']`]] },
    {
      name: 'add an index',
      edits: [[`@Column({ length: 200 }) street`, `@Column({ length: 200 }) @Index('address_street') street`]],
    },
    {
      name: 'change a foreign key',
      edits: [[`{ nullable: true, onDelete: 'SET NULL' }`, `{ nullable: true, onDelete: 'CASCADE' }`]],
    },
    { name: 'change a default', edits: [[`default: '07:30:00'`, `default: '08:00:00'`]] },
    {
      name: 'add a table',
      edits: [
        [
          `@Entity()\nexport class Note {`,
          `@Entity()\nexport class Visit {\n  @PrimaryGeneratedColumn() id!: number\n  @ManyToOne(() => User) user!: Relation<User>\n}\n\n@Entity()\nexport class Note {`,
        ],
        [`Event, Note]`, `Event, Visit, Note]`],
      ],
    },
  ],
})
