import { expect, test } from 'vitest'
import { Role } from '../../../server/contract/access.ts'
import { MAX_QUANTITY } from '../../../server/contract/formation.ts'
import { PAGE_LIMIT_MAX } from '../../../server/contract/page.ts'
import * as session from '../../../server/contract/session.ts'
import { TokenScope } from '../../../server/contract/user.ts'
import { PAGE_MAX, PASSWORD_MIN, QUANTITY_MAX, ROLES, SCOPES } from './bounds.ts'

test('what the pages know of the contract is what it says', () => {
  expect([PASSWORD_MIN, QUANTITY_MAX, PAGE_MAX]).toEqual([session.PASSWORD_MIN, MAX_QUANTITY, PAGE_LIMIT_MAX])
  expect(ROLES).toEqual(Role.options)
  expect(SCOPES).toEqual(TokenScope.options)
})
