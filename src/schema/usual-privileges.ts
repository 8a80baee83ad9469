/** What privileges everybody has of a kind of object by nature, and which are all that the kind has (manual, 5.8). */
import type { Grant, SchemaObject } from './model.ts'

/** What everybody has of a thing by nature (manual, 5.8); an object without grants has just that. */
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

/** What ALL is of a kind of object (manual, 5.8); a version that nobody knows is an old one. */
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
