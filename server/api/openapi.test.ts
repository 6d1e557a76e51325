import { expect, test } from 'vitest'
import { ApiKit } from '../../test/api-kit.ts'
import { type OperationId, paths } from '../contract/paths.ts'
import { openapiDocument } from './openapi.ts'

type Operation = {
  operationId: string
  parameters: { name: string; in: string; required: boolean }[]
  responses: object
  security: unknown[]
}
type Document = { openapi: string; paths: Record<string, Record<string, Operation>>; components: { schemas: object } }

const document = openapiDocument('1.2.3') as unknown as Document
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
)

test('every operation of the contract is described once, under its path', () => {
  const described = operations.map(({ operationId, method, path }) => [
    operationId,
    `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
  ])
  expect(Object.fromEntries(described)).toEqual(paths)
  expect(described).toHaveLength(Object.keys(paths).length)
})

test('every parameter in a path is declared, and required', () => {
  for (const { path, parameters } of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    const declared = parameters.filter((parameter) => parameter.in === 'path')
    expect(declared.map(({ name }) => name).sort()).toEqual(inPath.sort())
    expect(declared.every(({ required }) => required)).toBe(true)
  }
})

test('every operation tells its success and its failure, and whether it needs a token', () => {
  const open = operations.filter(({ security }) => security.length === 0).map(({ operationId }) => operationId)
  expect(open.sort()).toEqual(['box.claim', 'box.hello', 'session.setUp', 'session.signIn'] satisfies OperationId[])
  for (const { responses } of operations)
    expect(Object.keys(responses)).toEqual([expect.stringMatching(/^20\d$/), 'default'])
})

test('all references lead somewhere and no schema says which dialect it is', () => {
  const text = JSON.stringify(document)
  for (const [, name] of text.matchAll(/"\$ref":"([^"]+)"/g)) expect(name).toBe('#/components/schemas/Problem')
  expect(text).not.toContain('$schema')
  expect(document.components.schemas).toHaveProperty('Problem')
})

test('it is served without a token', async () => {
  await using kit = await ApiKit.start()
  const response = await kit.fetch('GET', '/openapi.json')
  expect(await response.json()).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } })
})
