/** The columns of views, by the view's key: the server derives them from the query. */
import type { Connection } from '../../../drivers/driver.ts'
import type { Dialect } from '../../dialect.ts'
import { columnsByView } from '../../view-columns.ts'

export async function viewColumns(db: Connection): ReturnType<NonNullable<Dialect['viewColumns']>> {
  const rows = await db.values(
    'SELECT c.table_name, c.column_name, c.column_type FROM information_schema.columns c JOIN information_schema.views v ON v.table_schema = c.table_schema AND v.table_name = c.table_name WHERE c.table_schema = database() ORDER BY c.table_name, c.ordinal_position',
  )
  return columnsByView(rows)
}
