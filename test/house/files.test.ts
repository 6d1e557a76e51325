import { describe, expect, test } from 'vitest'
import { reachedFrom } from './reach.ts'
import { FILES, read, SOURCES } from './repository.ts'

const MOST_LINES = 300
/** What people, npm scripts and other programs start, and what the test runner finds. */
const STARTED =
  /\.test\.ts$|^vitest\.config\.ts$|^web\/src\/main\.tsx$|\.d\.ts$|^(?:server|router|builder|cli)\/main\.ts$|^(?:bench|scripts)\/[\w-]+\.ts$/
/** Written by npm, with the home pages of strangers. */
const LOCKS = FILES.filter((file) => /(?:^|\/)package-lock\.json$/.test(file))
const TEXTS = FILES.filter((file) => /\.(ts|mjs|sql|md|json|sh|yml)$|^[^.]+$/.test(file) && !LOCKS.includes(file))

describe('every file', () => {
  test('is short enough to be read in one sitting', () => {
    const looks = FILES.filter((file) => file.endsWith('.css'))
    const long = [...SOURCES, ...looks].filter((file) => read(file).split('\n').length > MOST_LINES + 1)
    expect(long).toEqual([])
  })

  test('is used: by a program, a script, a test, or named by its path', () => {
    const starts = SOURCES.filter((file) => STARTED.test(file))
    const used = reachedFrom(starts)
    const named = (file: string) => SOURCES.some((other) => other !== file && nameOf(file).test(read(other)))
    expect(SOURCES.filter((file) => !used.has(file) && !named(file))).toEqual([])
  })

  test('is free of paths of the machine that it was written on', () => {
    const path = new RegExp(['work', 'root', 'home'].map((top) => `(?<![\\w.\\-/~])/${top}/\\w`).join('|'))
    expect(found(TEXTS, path)).toEqual([])
  })

  test('names no host but reserved ones, this machine, and the public ones listed here', () => {
    const hosts = TEXTS.flatMap((file) =>
      [...read(file).matchAll(URL_HOST)].map((match) => ({ file, host: match[1] ?? '' })),
    )
    expect(
      hosts.filter(({ host }) => !RESERVED.test(host) && !PUBLIC.has(host)).map(({ file, host }) => `${file}: ${host}`),
    ).toEqual([])
  })

  test.each(LOCKS)('%s leaves it to npm where packages come from', (lock) => {
    expect(read(lock)).not.toMatch(/"resolved": "(?:https?|git[\w+]*):(?!\/\/registry\.npmjs\.org\/)/)
  })
})

const URL_HOST = /\bhttps?:\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)+)/gi
/** RFC 2606, RFC 6761, and loopback. */
const RESERVED =
  /(?:^|\.)(?:test|example|invalid|localhost|example\.(?:com|org|net))$|^127\.|^0\.0\.0\.0$|^\d+\.\d+\.\d+\.\d+$/
const PUBLIC = new Set([
  'acme-staging-v02.api.letsencrypt.org',
  'acme-v02.api.letsencrypt.org',
  'api.cloudflare.com',
  'route53.amazonaws.com',
  'registry.npmjs.org',
  'registry-1.docker.io',
  'go.dev',
  'dl.google.com',
  'static.rust-lang.org',
  'rubygems.org',
  'repo.packagist.org',
  'repo.maven.apache.org',
  'deb.debian.org',
  'archive.ubuntu.com',
  'docs.docker.com',
  'cyclonedx.org',
  'packaging.python.org',
  'git-lfs.github.com',
  'github.com',
  'grpc.github.io',
  'redis.io',
  'protobuf.dev',
  'www.sqlite.org',
  'www.apache.org',
])

function found(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, n) => (pattern.test(line) ? [`${file}:${n + 1} ${line.trim().slice(0, 80)}`] : [])),
  )
}

function nameOf(file: string): RegExp {
  const name = file.slice(file.lastIndexOf('/') + 1).replace(/\.tsx?$/, '')
  return new RegExp(`['"\`/]${name.replaceAll('.', '\\.')}(?:\\.ts)?['"\`]|\\b${name}\\b.*\\.ts`)
}
