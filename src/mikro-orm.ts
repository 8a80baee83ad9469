/** `ambix/mikro-orm`: MikroORM's entities as the schema of a project. */
export { mikroOrm } from './sources/orm/mikro-orm.ts'
