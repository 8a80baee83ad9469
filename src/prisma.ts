/** `ambix/prisma`: Prisma's schema files as the schema of a project. */
export { prisma } from './sources/orm/prisma.ts'
