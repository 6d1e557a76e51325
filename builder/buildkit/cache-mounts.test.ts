import { expect, test } from 'vitest'
import { scopeCacheMounts } from './cache-mounts.ts'

const scope = (text: string) => scopeCacheMounts(text, 'app_1')

test.each([
  [
    'RUN --mount=type=cache,target=/root/.npm npm ci',
    'RUN --mount=type=cache,target=/root/.npm,id=paas-app_1-own-/root/.npm npm ci',
  ],
  ['run --mount=id=x,type=cache,dst=/y true', 'run --mount=type=cache,dst=/y,id=paas-app_1-own-x true'],
  ['ONBUILD RUN --mount=type=cache,id=a,target=/b c', 'ONBUILD RUN --mount=type=cache,target=/b,id=paas-app_1-own-a c'],
  [
    'RUN --mount=type=cache,id=paas-app_2-npm,target=/x y',
    'RUN --mount=type=cache,target=/x,id=paas-app_1-own-paas-app_2-npm y',
  ],
])('%s keeps its cache to the app', (text, expected) => {
  expect(scope(`FROM x\n${text}\n`)).toBe(`FROM x\n${expected}\n`)
})

test('flags on continued lines, with comments between them, are found, and lines keep their numbers', () => {
  const text =
    'RUN --mount=type=secret,id=env \\\n  # why\n  --mount=type=cache,target=/a \\\n  --mount=type=cache,target=/b \\\n  true\n'
  expect(scope(text)).toBe(
    'RUN --mount=type=secret,id=env \\\n  # why\n  --mount=type=cache,target=/a,id=paas-app_1-own-/a \\\n' +
      '  --mount=type=cache,target=/b,id=paas-app_1-own-/b \\\n  true\n',
  )
})

test.each([
  'RUN echo --mount=type=cache,target=/x',
  'RUN --mount=type=bind,source=cache,target=/x true',
  '# RUN --mount=type=cache,target=/x true',
  'FROM x\nCMD ["--mount=type=cache,target=/x"]\n',
])('%j is left as it is', (text) => {
  expect(scope(text)).toBe(text)
})
