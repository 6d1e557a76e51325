// biome-ignore-all lint/suspicious/noTemplateCurlyInString: how a Dockerfile writes its variables
import { expect, test } from 'vitest'
import { refusePlatformImages } from './platform-images.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })

test.each([
  'FROM paas/app_1:bld_1',
  'from PAAS\nFROM paas/stack:1 AS base',
  'FROM docker.io/paas/app_1',
  'FROM index.docker.io/paas/app_1',
  'FROM --platform=linux/amd64 paas/app_1',
  '\uFEFF  FROM paas/app_1',
  'FROM \\\n# why\n\n  paas/app_1',
  'FROM\\\n paas/app_1',
  'FROM pa\\\nas/app_1',
  '# escape=`\nFROM pa`\nas/app_1',
  '# syntax=x\n# escape=`\nFROM `\n  paas/app_1',
  'FROM "paas"/app_1',
  'ARG BASE=paas/app_1\nFROM $BASE',
  'ARG A=pa B="as/app_1"\nARG C=${A}$B\nFROM ${C}',
  'FROM ${NONE:-paas/app_1}',
  'FROM ${NONE-paas}/app_1',
  "ARG A=x\nFROM ${A:+'paas'}/app_1",
  'FROM x\nCOPY --from=paas/app_1 /app /app',
  'FROM x\ncopy --chown=1 --from=docker.io/paas/app_1 /app /app',
  'FROM x\nONBUILD COPY --from=paas/app_1 / /',
  'FROM x\nRUN --mount=type=bind,from=paas/app_1,target=/x cat /x',
  'FROM x\nRUN --network=none \\\n  --mount=target=/x,"FROM=paas/app_1" cat /x',
  "FROM x\nRUN <<'E\\'\ntrue\nE\\\nFROM paas/app_1",
])('%j is refused', (dockerfile) => {
  expect(() => refusePlatformImages(dockerfile)).toThrow(code('dockerfile.foreign-image'))
})

test.each(['ARG A=xpaas\nFROM ${A#x}/app_1', 'ARG A=b\nFROM ${A/b/paas}/app_1'])(
  '%j is refused because it cannot be read',
  (dockerfile) => {
    expect(() => refusePlatformImages(dockerfile)).toThrow(code('dockerfile.unclear-image'))
  },
)

test('the refusal names the image and the way out', () => {
  expect(() => refusePlatformImages('FROM x\nCOPY --from=paas/app_9:bld_3 /app /app')).toThrow(
    'The Dockerfile uses the image paas/app_9:bld_3, which belongs to another app or to the platform.',
  )
})

test.each([
  'FROM node:24\nCMD ["node", "paas/server.js"]',
  'FROM scratch\nCOPY paas/ /paas/',
  'FROM mypaas/app\nCOPY --from=build /paas /paas',
  'FROM registry.example.com/paas/app',
  'FROM localhost:5000/paas/app AS paas\nFROM paas',
  'ARG VERSION=24\nARG BASE=node\nFROM --platform=$BUILDPLATFORM ${BASE}:${VERSION:-22}-slim\nARG BASE=paas/x\nRUN echo $BASE',
  'FROM x\nRUN --mount=type=cache,target=/paas/from=paas/ echo --from=paas/x',
  '# FROM paas/app_1\nFROM x',
  'FROM x\nRUN psql -c "SELECT 1 \\\n  FROM $TABLE"',
])('%j is left as it is', (dockerfile) => {
  expect(() => refusePlatformImages(dockerfile)).not.toThrow()
})
