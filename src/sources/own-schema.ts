/** A schema that would change what names without a schema mean. */
import { AmbixError } from '../errors.ts'

/** DIFF.REFUSED: the target schema creates the schema that the role's search path has as its own (`"$user"`). */
export function ownSchemaRefused(role: string): AmbixError {
  return new AmbixError('DIFF.REFUSED', `The schema ${role} cannot be created by the role ${role}`, {
    why: `"$user" stands in the role's search_path: once the schema is there, names without a schema, and the tables that record what was applied, are looked for in it.`,
    next: [
      `Set the search path: ALTER ROLE "${role.replaceAll('"', '""')}" SET search_path = public`,
      'Or connect as another role, or give the schema another name',
    ],
    data: { schema: role, role },
  })
}
