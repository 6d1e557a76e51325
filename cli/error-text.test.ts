import { expect, test } from 'vitest'
import { ApiError, ConnectionError, createClient } from '../server/contract/client.ts'
import { faultLines, faultOf } from './error-text.ts'
import { CliError } from './errors.ts'

test('a problem shows what happened, each wrong field, the way out, the command and the request', () => {
  const fault = faultOf(
    new ApiError({
      type: 'about:blank',
      title: 'Taken',
      status: 422,
      detail: 'The name is not free.',
      code: 'app.taken',
      fix: 'Choose another.',
      command: 'paas apps:create',
      requestId: 'req-7',
      errors: [{ path: 'name', message: 'use letters' }],
    }),
  )
  expect(faultLines(fault)).toEqual([
    ' ›  Error: The name is not free.',
    '      name: use letters',
    '    Fix: Choose another.',
    '    Try: paas apps:create',
    '    Request: req-7',
  ])
  expect(fault.exitCode).toBe(2)
})

test('a token that is not known leads to paas login', () => {
  const problem = { type: '', title: '', status: 401, detail: 'No.', code: 'token.unknown', requestId: '-' }
  const fault = faultOf(new ApiError(problem))
  expect(fault).toMatchObject({ command: 'paas login', exitCode: 4, requestId: undefined })
})

test('a box that does not answer is worth trying again, and the reason is named', async () => {
  const client = createClient({ url: 'http://127.0.0.1:1' })
  const error = await client.call('box.hello').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ConnectionError)
  const fault = faultOf(error)
  expect(fault.exitCode).toBe(75)
  expect(fault.message).toMatch(/^No answer from http:\/\/127\.0\.0\.1:1: .+/)
})

test("an error of the CLI's own keeps its exit code, and anything else fails with 1", () => {
  expect(faultOf(new CliError('Gone.', { fix: 'Look.' }, 5))).toMatchObject({
    message: 'Gone.',
    fix: 'Look.',
    exitCode: 5,
  })
  expect(faultOf('odd')).toMatchObject({ message: 'odd', exitCode: 1 })
})
