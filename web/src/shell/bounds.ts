import type { Role } from '../../../server/contract/access.ts'
import type { TokenScope } from '../../../server/contract/user.ts'

// As the contract has them, whose schemas stay out of the pages; a test holds both together.
export const PASSWORD_MIN = 12
export const QUANTITY_MAX = 100
/** Items of a page of a list. */
export const PAGE_MAX = 500
export const ROLES: readonly Role[] = ['viewer', 'developer', 'admin']
export const SCOPES: readonly TokenScope[] = ['read', 'deploy', 'admin']
