/** Privileges as models declare them: what is granted, and what is revoked. */
import { declaredHere } from '../../util/written-at.ts'
import { AmbixError } from '../../errors.ts'
import { ambix, type Declared } from '../declared.ts'
import type { Ref } from '../model.ts'
import { checkOptions } from './known-options.ts'
import { checkShape, flag, nameOrNames, names } from '../shapes.ts'

/** The object of a grant or revoke: a declared object, or a name: `{ schema: 'app', name: 'posts' }`. */
export interface GrantData {
  readonly kind: 'grant'
  /** Upper case, sorted; `ALL` for all that the kind of object has. */
  readonly privileges: readonly string[]
  readonly on: Declared<{ readonly kind: string }> | Ref | string
  readonly to: readonly string[]
  readonly columns?: readonly string[]
  readonly grantable: boolean
  /** `to` loses them instead. */
  readonly revoked?: boolean
}
export type GrantDeclaration = Declared<GrantData>
/**
 * `grant(['select', 'insert'], posts, { to: 'app' })`; read when privileges are managed. What is granted on an object is
 * the whole of its privileges: a function or type with a grant is closed to PUBLIC unless `public` is granted something.
 */
export function grant(
  privileges: string | readonly string[],
  on: Declared<{ readonly kind: string }> | Ref | string,
  options: {
    readonly to: string | readonly string[]
    readonly columns?: readonly string[]
    readonly grantable?: boolean
  },
): GrantDeclaration {
  checkOptions('grant()', options, { to: nameOrNames, columns: names, grantable: flag })
  const { to, columns, grantable = false } = options ?? {}
  return privilegesOf('grant', 'to', privileges, on, to, {
    ...(columns === undefined ? {} : { columns }),
    grantable,
  })
}

/**
 * `revoke('execute', login, { from: 'public' })`: every role may call a function and use a type (manual, 5.8) until that
 * is revoked. Alone it leaves the object to its owner.
 */
export function revoke(
  privileges: string | readonly string[],
  on: Declared<{ readonly kind: string }> | Ref | string,
  options: { readonly from: string | readonly string[] },
): GrantDeclaration {
  checkOptions('revoke()', options, { from: nameOrNames })
  return privilegesOf('revoke', 'from', privileges, on, options?.from, { grantable: false, revoked: true })
}

function privilegesOf(
  what: 'grant' | 'revoke',
  whom: 'to' | 'from',
  privileges: string | readonly string[],
  on: GrantData['on'],
  roles: string | readonly string[] | undefined,
  rest: Pick<GrantData, 'columns' | 'grantable' | 'revoked'>,
): GrantDeclaration {
  checkShape(`The privileges of ${what}()`, privileges, nameOrNames)
  const list = (typeof privileges === 'string' ? privileges.split(',') : privileges).map((p) =>
    p
      .trim()
      .toUpperCase()
      .replace(/^ALL PRIVILEGES$/u, 'ALL'),
  )
  const to = typeof roles === 'string' ? [roles] : (roles ?? [])
  if (list.length === 0 || list.includes('') || to.length === 0 || to.includes('')) {
    throw new AmbixError('SCHEMA.INVALID', `A ${what} needs privileges and at least one role.`, {
      next: [`For example: ${what}('select', posts, { ${whom}: 'app' })`],
    })
  }
  const data: GrantData = { kind: 'grant', privileges: [...new Set(list)].toSorted(), on, to, ...rest }
  return declaredHere(Object.freeze({ [ambix]: Object.freeze(data) }))
}
