/** The ORMs whose models can be the schema: how `ambix init` knows each, and what it writes into the config. An adapter is a row here. */

interface OrmRow {
  readonly name: string
  /** A package that shows that the ORM is used. */
  readonly packages: readonly string[]
  /** The import of this package in the config, and the function that it calls. */
  readonly entry: string
  readonly callee: string
  /** Where the models usually are, the likeliest first; the first that exists counts. */
  readonly files: readonly string[]
}

export const orms: readonly OrmRow[] = [
  {
    name: 'Drizzle',
    packages: ['drizzle-orm'],
    entry: 'ambix/drizzle',
    callee: 'drizzle',
    files: [
      'src/db/schema.ts',
      'src/schema.ts',
      'db/schema.ts',
      'src/db/schema',
      'src/drizzle/schema.ts',
      'drizzle/schema.ts',
      'src/schema',
      'lib/db/schema.ts',
      'schema.ts',
    ],
  },
  {
    name: 'Prisma',
    packages: ['prisma', '@prisma/client'],
    entry: 'ambix/prisma',
    callee: 'prisma',
    files: ['prisma/schema.prisma', 'prisma/schema', 'schema.prisma'],
  },
  {
    name: 'TypeORM',
    packages: ['typeorm'],
    entry: 'ambix/typeorm',
    callee: 'typeorm',
    files: [
      'src/data-source.ts',
      'data-source.ts',
      'src/db/data-source.ts',
      'src/database/data-source.ts',
      'ormconfig.ts',
      'src/data-source.js',
    ],
  },
  {
    name: 'MikroORM',
    packages: ['@mikro-orm/core'],
    entry: 'ambix/mikro-orm',
    callee: 'mikroOrm',
    files: ['mikro-orm.config.ts', 'src/mikro-orm.config.ts', 'mikro-orm.config.js'],
  },
  {
    name: 'Sequelize',
    packages: ['sequelize'],
    entry: 'ambix/sequelize',
    callee: 'sequelize',
    files: [
      'src/models/index.ts',
      'models/index.js',
      'src/models/index.js',
      'models/index.ts',
      'src/db/models/index.ts',
    ],
  },
]
