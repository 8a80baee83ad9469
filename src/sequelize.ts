/** `ambix/sequelize`: Sequelize's models as the schema of a project. */
export { sequelize } from './sources/orm/sequelize.ts'
