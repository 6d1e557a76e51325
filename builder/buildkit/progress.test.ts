import { expect, test } from 'vitest'
import { Progress } from './progress.ts'
import { decodeTrace } from './trace.ts'
import { encodeTrace } from './trace-fixture.ts'

function follow(...traces: string[]) {
  const lines: string[] = []
  const steps: string[] = []
  const progress = new Progress({
    onLine: (line) => lines.push(line),
    onStep: ({ name, state }) => steps.push(`${state} ${name}`),
  })
  for (const trace of traces) progress.update(decodeTrace(trace))
  return { progress, lines, steps }
}

test('a step that is reported again and again starts once and ends once', () => {
  const run = { digest: 'a', name: '[2/3] RUN npm ci', started: true }
  const { steps } = follow(
    encodeTrace([run]),
    encodeTrace([run]),
    encodeTrace([{ ...run, completed: true }]),
    encodeTrace([run]),
    encodeTrace([{ ...run, completed: true }]),
  )
  expect(steps).toEqual(['started RUN npm ci', 'done RUN npm ci'])
})

test('cached steps are counted once, without FROM and without work of BuildKit itself', () => {
  const cached = { started: true, completed: true, cached: true }
  const trace = encodeTrace([
    { digest: 'a', name: '[1/3] FROM docker.io/library/x', ...cached },
    { digest: 'b', name: '[build 2/3] COPY . .', ...cached },
    { digest: 'c', name: '[internal] load metadata', ...cached },
    { digest: 'd', name: 'exporting to image', ...cached },
  ])
  const { progress, steps } = follow(trace, trace)
  expect(progress.cachedSteps).toBe(1)
  expect(steps).toEqual(['cached FROM docker.io/library/x', 'cached COPY . .'])
})

test('output arrives as whole lines, however it was cut', () => {
  const euro = Buffer.from('5 €\n')
  const { lines, progress } = follow(
    encodeTrace([], [['a', 'one\ntw']]),
    encodeTrace(
      [],
      [
        ['a', 'o\n'],
        ['a', euro.subarray(0, 3)],
      ],
    ),
    encodeTrace(
      [],
      [
        ['a', euro.subarray(3)],
        ['a', 'rest'],
      ],
    ),
  )
  progress.end()
  expect(lines).toEqual(['one', 'two', '5 €', 'rest'])
})

test('lines of steps that run side by side are not mixed', () => {
  const { lines } = follow(
    encodeTrace(
      [],
      [
        ['a', 'left '],
        ['b', 'right\n'],
        ['a', 'side\n'],
      ],
    ),
  )
  expect(lines).toEqual(['right', 'left side'])
})

test('of a progress bar only what it drew last is shown', () => {
  expect(follow(encodeTrace([], [['a', '10%\r50%\r100%\r\ndone\r\n']])).lines).toEqual(['100%', 'done'])
})

test('the failed step is told with its last lines, and steps canceled with it are not blamed', () => {
  const { progress } = follow(
    encodeTrace([{ digest: 'a', name: '[2/3] RUN make', started: true }], [['a', 'cc: no such file\n']]),
    encodeTrace([
      { digest: 'a', name: '[2/3] RUN make', completed: true, error: 'exit code: 2' },
      { digest: 'b', name: '[other 1/1] RUN sleep 9', completed: true, error: 'context canceled' },
    ]),
  )
  expect(progress.failure).toEqual({ step: 'RUN make', output: ['cc: no such file'] })
})

test('a line without end does not pile up in memory', () => {
  const { lines } = follow(encodeTrace([], [['a', 'x'.repeat(40_000)]]))
  expect(lines.map((line) => line.length)).toEqual([16_384, 16_384])
})
