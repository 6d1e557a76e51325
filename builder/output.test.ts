import { expect, test } from 'vitest'
import type { BuildEvent } from './build.ts'
import { BuildFailure } from './errors.ts'
import { Output } from './output.ts'
import { redactor } from './redaction.ts'

const SECRET = 'very-secret-value'

test('no text leaves with a secret in it', () => {
  const { output, events } = recorded()
  output.heading(`a ${SECRET}`)
  output.line(`b ${SECRET}`)
  output.warning(`c ${SECRET}`)
  output.failed(new BuildFailure('x.y', `d ${SECRET}`, { fix: `e ${SECRET}`, command: `f ${SECRET}` }))
  expect(JSON.stringify(events)).not.toContain(SECRET)
  expect(output.recent).toEqual(['b [TOKEN]'])
})

test("the app's failure is final unless it says otherwise, ours is worth another try", () => {
  const { output, events } = recorded()
  output.failed(new BuildFailure('x.y', 'because', { fix: 'do this' }))
  output.failed(new BuildFailure('x.z', 'because', { retryable: true }))
  output.failed(new TypeError('oops'))
  expect(events).toEqual([
    { type: 'failed', code: 'x.y', message: 'because', fix: 'do this', retryable: false },
    { type: 'failed', code: 'x.z', message: 'because', retryable: true },
    expect.objectContaining({ code: 'builder.fault', message: 'The builder itself failed: oops', retryable: true }),
  ])
})

test('the lines that explain a failure are those of its own step, and not endless', () => {
  const { output } = recorded()
  output.line('of the step before')
  output.heading('Next step')
  for (let n = 0; n < 1_000; n++) output.line(`line ${n}`)
  expect(output.recent).toHaveLength(200)
  expect(output.recent.at(-1)).toBe('line 999')
  expect(output.recent).not.toContain('of the step before')
})

function recorded(): { output: Output; events: BuildEvent[] } {
  const events: BuildEvent[] = []
  return { output: new Output((event) => events.push(event), redactor({ TOKEN: SECRET })), events }
}
