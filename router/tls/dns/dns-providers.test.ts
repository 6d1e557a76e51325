import { createHmac } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cloudflare } from './cloudflare.ts'
import { program } from './exec.ts'
import { rfc2136, signed, updateMessage } from './rfc2136.ts'
import { route53, signature } from './route53.ts'

const RECORD = { zone: 'example.test', name: '_acme-challenge.shop.example.test', value: 'proof_-123' }
const signal = new AbortController().signal

type Seen = { line: string; body: string; headers: IncomingMessage['headers'] }

/** An API over HTTP that notes what it is asked. */
async function api(answer: (line: string) => [status: number, body: string]) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const line = `${request.method} ${request.url}`
    seen.push({ line, body, headers: request.headers })
    const [status, text] = answer(line)
    response.writeHead(status).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, seen, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}

describe('Cloudflare', () => {
  const ok = (result: unknown): [number, string] => [200, JSON.stringify({ success: true, result })]

  test('gets a record in the zone of that name, and loses it again', async () => {
    await using server = await api((line) =>
      ok(line.startsWith('GET') ? [{ id: line.includes('dns_records') ? 'r1' : 'z1' }] : {}),
    )
    const provider = cloudflare({ token: 'secret', api: server.url })
    await provider.add(RECORD, signal)
    await provider.remove(RECORD, signal)
    const lines = server.seen.map(({ line }) => line.replace(/\?.*/, ''))
    expect(lines).toEqual([
      'GET /zones',
      'POST /zones/z1/dns_records',
      'GET /zones',
      'GET /zones/z1/dns_records',
      'DELETE /zones/z1/dns_records/r1',
    ])
    expect(JSON.parse(server.seen[1]?.body ?? '')).toEqual({
      type: 'TXT',
      name: RECORD.name,
      content: RECORD.value,
      ttl: 60,
    })
    expect(server.seen[1]?.headers.authorization).toBe('Bearer secret')
  })

  test('that refuses is quoted, and a zone that the token does not see is named', async () => {
    await using refusing = await api(() => [403, '{"success":false,"errors":[{"message":"Invalid API Token"}]}'])
    await expect(cloudflare({ token: 'x', api: refusing.url }).add(RECORD, signal)).rejects.toThrow(
      '403: Invalid API Token',
    )
    await using empty = await api(() => ok([]))
    await expect(cloudflare({ token: 'x', api: empty.url }).add(RECORD, signal)).rejects.toThrow(
      'does not see the zone example.test',
    )
  })
})

describe('Route 53', () => {
  const keys = { accessKeyId: 'AKID', secretAccessKey: 'secret', hostedZoneId: 'Z1' }

  test('gets one change set, signed', async () => {
    await using server = await api(() => [200, '<ok/>'])
    const provider = route53({ ...keys, api: server.url })
    await provider.add(RECORD, signal)
    expect(server.seen[0]?.line).toBe('POST /2013-04-01/hostedzone/Z1/rrset/')
    expect(server.seen[0]?.body).toContain('<Action>UPSERT</Action>')
    expect(server.seen[0]?.body).toContain(`<Value>"${RECORD.value}"</Value>`)
    expect(server.seen[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/us-east-1\/route53\/aws4_request, SignedHeaders=host;x-amz-date, Signature=[0-9a-f]{64}$/,
    )
  })

  test('that refuses is quoted', async () => {
    await using server = await api(() => [
      400,
      '<ErrorResponse><Error><Message>No such zone</Message></Error></ErrorResponse>',
    ])
    await expect(route53({ ...keys, api: server.url }).add(RECORD, signal)).rejects.toThrow(
      'Route 53 answered 400: No such zone',
    )
  })

  test('sees the same signature for the same request, and another for another body', () => {
    const sign = (body: string) =>
      signature({ id: 'A', secret: 's', session: 't' }, 'POST', new URL('https://route53.example/x'), body, new Date(0))
    expect(sign('a')).toEqual(sign('a'))
    expect(sign('a')['authorization']).not.toBe(sign('b')['authorization'])
    expect(sign('a')).toMatchObject({ 'x-amz-date': '19700101T000000Z', 'x-amz-security-token': 't' })
  })
})

describe('a program', () => {
  test('is called with verb, zone, name and value, and its complaint is passed on', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'dns-exec-'))
    const command = join(directory, 'program')
    await writeFile(
      command,
      `#!/bin/sh\n[ "$1" = add ] && echo "$@" > ${directory}/said && exit 0\necho "no such record" >&2; exit 3\n`,
    )
    await chmod(command, 0o700)
    const provider = program({ command })
    await provider.add(RECORD, signal)
    await expect(provider.remove(RECORD, signal)).rejects.toThrow('no such record')
    expect(() => program({ command: 'program' })).toThrow('not an absolute path')
    expect(() => program({})).toThrow('the provider exec needs the setting "command"')
    await rm(directory, { recursive: true })
  })
})

describe('dynamic updates', () => {
  const settings = { keyName: 'key.example.test', keySecret: Buffer.from('secret').toString('base64') }

  /** A name server that answers with a code, and keeps what it got. */
  async function nameServer(code: number) {
    const got: Buffer[] = []
    const server = createTcpServer((socket) => {
      socket.once('data', (bytes: Buffer) => {
        got.push(bytes.subarray(2))
        const answer = Buffer.from(bytes.subarray(0, 14))
        answer.writeUInt16BE(12, 0)
        answer.writeUInt16BE(0xa800 | code, 4)
        socket.end(answer)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    const { port } = server.address() as AddressInfo
    return { got, port, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) }
  }

  test('are one signed message over TCP', async () => {
    await using server = await nameServer(0)
    await rfc2136({ ...settings, server: `127.0.0.1:${server.port}` }).add(RECORD, signal)
    const [message = Buffer.alloc(0)] = server.got
    expect([
      message.readUInt16BE(2),
      message.readUInt16BE(4),
      message.readUInt16BE(8),
      message.readUInt16BE(10),
    ]).toEqual([0x2800, 1, 1, 1])
    expect(message.includes(`\x0a${RECORD.value}`)).toBe(true)
    expect(message.includes('\x0bhmac-sha256\x00')).toBe(true)
  })

  test('that are refused say why', async () => {
    await using server = await nameServer(9)
    const provider = rfc2136({ ...settings, server: `127.0.0.1:${server.port}` })
    await expect(provider.remove(RECORD, signal)).rejects.toThrow('does not know the key (NOTAUTH)')
  })

  test('are signed over the message and the variables of RFC 8945', () => {
    const message = updateMessage(7, RECORD, true)
    const whole = signed(message, 7, { name: 'k', secret: settings.keySecret, algorithm: 'hmac-sha256' }, 1_000)
    const variables = Buffer.from(
      '\x01k\x00\x00\xff\x00\x00\x00\x00\x0bhmac-sha256\x00\x00\x00\x00\x00\x03\xe8\x01\x2c\x00\x00\x00\x00',
      'latin1',
    )
    const mac = createHmac('sha256', 'secret').update(message).update(variables).digest()
    expect(whole.includes(mac)).toBe(true)
  })
})
