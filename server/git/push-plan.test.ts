import { describe, expect, test } from 'vitest'
import type { RefUpdate } from './pre-receive.ts'
import { planPush, shortList } from './push-plan.ts'

const A = 'a'.repeat(40)
const B = 'b'.repeat(40)
const push = (ref: string, to: string | null = B, from: string | null = null): RefUpdate => ({ ref, from, to })
const branches = (...names: string[]) => new Map(names.map((name) => [name, A]))

test('main is deployed', () => {
  expect(planPush([push('refs/heads/main', B, A)], branches('main'))).toEqual({
    deploy: { branch: 'main', from: A, commit: B },
    stored: [],
    notes: [],
  })
})

test('master is deployed as long as there is no main', () => {
  expect(planPush([push('refs/heads/master')], branches())).toMatchObject({ deploy: { branch: 'master' } })
  expect(planPush([push('refs/heads/master')], branches('master'))).toMatchObject({ deploy: { branch: 'master' } })
  expect(planPush([push('refs/heads/master')], branches('main', 'master'))).toMatchObject({ deploy: null })
})

test('of main and master in one push, main is deployed', () => {
  const plan = planPush([push('refs/heads/master'), push('refs/heads/main')], branches('master'))
  expect(plan).toMatchObject({ deploy: { branch: 'main' }, stored: ['master'] })
})

test('other branches are stored and say how they would be deployed', () => {
  expect(planPush([push('refs/heads/feature/x')], branches('main'))).toEqual({
    deploy: null,
    stored: ['feature/x'],
    notes: ['Pushed to feature/x. Only main is deployed: git push <remote> feature/x:main'],
  })
})

test('tags are stored beside the branch that is deployed', () => {
  const plan = planPush([push('refs/heads/main'), push('refs/tags/v1')], branches())
  expect(plan).toMatchObject({ deploy: { commit: B }, notes: ['Stored tag v1. Only main is deployed.'] })
})

describe('deleting', () => {
  test('the branch that is deployed is refused, with everything pushed along', () => {
    const plan = planPush([push('refs/heads/main', null, A), push('refs/tags/v1')], branches('main'))
    expect(plan.declined?.[0]).toContain('main is the branch that is deployed; it cannot be deleted')
  })

  test('the master of an app that has no main is refused, too', () => {
    expect(planPush([push('refs/heads/master', null, A)], branches('master')).declined).toBeDefined()
  })

  test('another branch is done', () => {
    expect(planPush([push('refs/heads/old', null, A)], branches('main', 'old'))).toMatchObject({
      deploy: null,
      notes: ['Deleted old. What is live stays as it is.'],
    })
  })
})

test('of thousands of refs ten are named', () => {
  const lines = Array.from({ length: 5000 }, (_, n) => `Stored tag ${n}.`)
  expect(shortList(lines)).toEqual([...lines.slice(0, 10), '... and 4990 more'])
  expect(shortList(['one'])).toEqual(['one'])
})
