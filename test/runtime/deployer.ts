/** A deployer in a process of its own: upgrades the database of its argument by twenty counting revisions. */
import { postgres } from '../../src/dialects/postgres/index.ts'
import { pg } from '../../src/drivers/pg.ts'
import { runSteps } from '../../src/runtime/runner.ts'
import { line, settings, statement } from './steps.ts'

const open = () => pg.open(process.argv[2]!, { projectDir: process.cwd() })
const connection = await open()
const plan = line(20, (i) => [
  ...(i === 1 ? [statement('CREATE TABLE ctr (n integer)'), statement('INSERT INTO ctr VALUES (0)')] : []),
  statement('UPDATE ctr SET n = n + 1'),
])
try {
  await runSteps({ connection, dialect: postgres, settings, plan, openAnother: open })
} finally {
  await connection.close()
}
