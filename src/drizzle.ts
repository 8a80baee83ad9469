/** `ambix/drizzle`: Drizzle's models as the schema of a project. */
export { drizzle, type DrizzleOptions } from './sources/orm/drizzle.ts'
