import { randomUUID } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'
import { EngineApi } from '../buildkit/engine-api.ts'
import { ensureStack } from './stack.ts'

const SOCKET = '/var/run/docker.sock'
const repository = `paas-test-${randomUUID()}`
const api = new EngineApi(SOCKET)

afterAll(async () => {
  const filters = JSON.stringify({ reference: [`${repository}/*`] })
  const images = (await api.json('GET', '/images/json', { query: { filters } })) as { RepoTags: string[] }[]
  for (const tag of images.flatMap(({ RepoTags }) => RepoTags)) {
    ;(await api.open('DELETE', `/images/${tag}`, { query: { force: '1' } })).resume()
  }
})

function ensure(lines: string[]): Promise<string> {
  const { signal } = new AbortController()
  return ensureStack({
    socketPath: SOCKET,
    certificateBundle: null,
    repository,
    onLine: (line) => lines.push(line),
    signal,
  })
}

/** Runs one command in the image as the user of apps; its output and exit code. */
async function run(image: string, command: string): Promise<{ output: string; code: number }> {
  const body = Buffer.from(
    JSON.stringify({ Image: image, Cmd: ['sh', '-c', command], User: 'app', Tty: true, NetworkDisabled: true }),
  )
  const headers = { 'content-type': 'application/json', 'content-length': String(body.length) }
  const { Id } = (await api.json('POST', '/containers/create', { headers, body })) as { Id: string }
  try {
    ;(await api.open('POST', `/containers/${Id}/start`)).resume()
    const { StatusCode } = (await api.json('POST', `/containers/${Id}/wait`)) as { StatusCode: number }
    const logs = await api.open('GET', `/containers/${Id}/logs`, { query: { stdout: '1', stderr: '1' } })
    return { output: (await text(logs)).replaceAll('\r', ''), code: StatusCode }
  } finally {
    ;(await api.open('DELETE', `/containers/${Id}`, { query: { force: '1' } })).resume()
  }
}

test('a box without a stack makes one, once for all who wait, and it can run apps', { timeout: 300_000 }, async () => {
  const [first, second]: [string[], string[]] = [[], []]
  const [stack, same] = await Promise.all([ensure(first), ensure(second)])
  expect(same).toBe(stack)
  expect([first, second].filter((lines) => lines.length > 0)).toHaveLength(1)

  const { output, code } = await run(
    stack,
    'node --version; id -u; pwd; touch /app/x && test -s /etc/ssl/certs/ca-certificates.crt && npm --version',
  )
  expect(code).toBe(0)
  expect(output.split('\n').slice(0, 3)).toEqual([process.version, '1000', '/app'])

  const again: string[] = []
  expect(await ensure(again)).toBe(stack)
  // Whoever makes one says so.
  expect(again).toEqual([])
})
