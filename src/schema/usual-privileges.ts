/** The default privileges of PUBLIC for each kind of object, and all privileges that the kind has (manual, 5.8). */
import type { Grant, SchemaObject } from './model.ts'

/** The default privileges of PUBLIC (manual, 5.8); an object without grants has just these. */
export function usualGrants(object: SchemaObject): readonly Grant[] {
  switch (object.kind) {
    case 'routine':
      return [{ grantee: 'public', privileges: ['EXECUTE'] }]
    case 'enum':
    case 'domain':
    case 'composite':
    case 'range':
      return [{ grantee: 'public', privileges: ['USAGE'] }]
    default:
      return []
  }
}

const ofTables = ['DELETE', 'INSERT', 'REFERENCES', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE']

/** The meaning of ALL PRIVILEGES for a kind of object (manual, 5.8); an unknown version counts as an old one. */
export function allPrivileges(kind: string, serverVersion = 0): readonly string[] {
  switch (kind) {
    case 'table':
    case 'view':
      return serverVersion >= 17 ? [...ofTables, 'MAINTAIN'].toSorted() : ofTables
    case 'column':
      return ['INSERT', 'REFERENCES', 'SELECT', 'UPDATE']
    case 'sequence':
      return ['SELECT', 'UPDATE', 'USAGE']
    case 'schema':
      return ['CREATE', 'USAGE']
    case 'routine':
      return ['EXECUTE']
    case 'enum':
    case 'domain':
    case 'composite':
    case 'range':
      return ['USAGE']
    default:
      return ['ALL']
  }
}
