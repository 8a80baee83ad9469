/** `ambix/typeorm`: TypeORM's entities as the schema of a project. */
export { typeorm } from './sources/orm/typeorm.ts'
