import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { get } from '../../bench/load.ts'
import { Pebble } from '../../router/tls/testing/pebble.ts'
import { pebblePrograms } from '../../router/tls/testing/pebble-programs.ts'
import { certificateFor } from '../../router/tls/testing/self-signed.ts'
import { LocalBox } from '../../scripts/local-box.ts'
import { boxSettings } from '../faults/box-settings.ts'
import { Person } from './person.ts'

const HOSTS = ['one.example.test', 'two.example.test', 'three.example.test'] as const

describe.skipIf(!(await pebblePrograms()))('certificates on a box with a real issuer', () => {
  let box: LocalBox
  let pebble: Pebble
  let ada: Person
  let cwd: string
  let https: number
  let root: string

  beforeAll(async () => {
    const http = await freePort()
    https = await freePort()
    pebble = await Pebble.start({ httpPort: http, tlsPort: https, refused: ['refused.example.test'] })
    root = await pebble.root()
    const acme = { issuers: [pebble.issuer], resolvers: [pebble.resolver] }
    box = await LocalBox.start({
      engine: 'embedded',
      ports: { http },
      https,
      prepare: boxSettings({ acme: JSON.stringify(acme) }),
    })
    ada = await Person.owner(box)
    cwd = await ada.repository('shop')
    await ada.done('apps:create shop', { cwd })
    await ada.git(cwd, 'push', 'paas', 'main')
  })
  afterAll(async () => {
    await box?.[Symbol.asyncDispose]()
    await pebble?.[Symbol.asyncDispose]()
  })

  const subject = async (servername: string, ca?: string) => {
    const socket = connect({
      host: '127.0.0.1',
      port: https,
      servername,
      ...(ca ? { ca } : { rejectUnauthorized: false }),
    })
    try {
      await once(socket, 'secureConnect')
      return socket.getPeerCertificate().subjectaltname
    } finally {
      socket.destroy()
    }
  }
  const stateOf = async (host: string) => {
    const { items } = await ada.json('certs.list', ['certs'], { cwd })
    return items.find(({ name }) => name === host)?.state
  }

  test('each host that is added gets a certificate, and plain requests are sent on to https', async () => {
    for (const host of HOSTS) await ada.done(['domains:add', host], { cwd })
    for (const host of HOSTS) {
      await expect.poll(() => stateOf(host), { timeout: 20_000, interval: 100 }).toBe('issued')
      expect(await subject(host, root)).toBe(`DNS:${host}`)
      expect((await get({ port: box.ports.http, host })).status).toBe(301)
    }
    expect(await ada.done('certs', { cwd })).toMatch(/^one\.example\.test +issued +20/m)
  })

  test('domains:check says in words why a name cannot have one', async () => {
    expect(await ada.done(['domains:check', HOSTS[0]], { cwd })).toContain('is ready')
    await pebble.dns('add-a', { host: 'away.example.test', addresses: ['192.0.2.1'] })
    await ada.done('domains:add away.example.test', { cwd })
    const { code, stderr } = await ada.paas('domains:check away.example.test', { cwd })
    expect(code).toBe(1)
    expect(stderr).toContain('192.0.2.1')
    expect(await stateOf('away.example.test')).toBe('waiting')
  })

  test('a certificate of one’s own is served until it is removed', async () => {
    const { chain, key } = await certificateFor([HOSTS[1]])
    const [chainFile, keyFile] = [join(cwd, 'own.crt'), join(cwd, 'own.key')]
    await writeFile(chainFile, chain)
    await writeFile(keyFile, key)
    expect((await ada.paas(['certs:add', chainFile, keyFile], { cwd })).code).toBe(0)
    await expect(subject(HOSTS[1], root)).rejects.toThrow()
    expect(await subject(HOSTS[1])).toBe(`DNS:${HOSTS[1]}`)
    await ada.done('certs:remove', { cwd })
    await expect.poll(() => subject(HOSTS[1], root).catch(() => ''), { timeout: 5_000 }).toBe(`DNS:${HOSTS[1]}`)
    const { code, stderr } = await ada.paas(['certs:add', chainFile, chainFile], { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(/key/)
  })

  test('a name that nobody has claimed is refused in the handshake', async () => {
    await expect(subject('stranger.example.test')).rejects.toThrow()
  })

  test('the server may be away: certificates are served and plain requests sent on', async () => {
    await box.stopServer('SIGKILL')
    expect(await subject(HOSTS[2], root)).toBe(`DNS:${HOSTS[2]}`)
    expect((await get({ port: box.ports.http, host: HOSTS[2] })).status).toBe(301)
    await box.startServer()
    expect(await stateOf(HOSTS[2])).toBe('issued')
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
