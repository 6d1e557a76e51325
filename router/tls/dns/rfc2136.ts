import { Socket } from 'node:net'
import { createHmac, randomInt } from '../../builtins.ts'
import { type DnsProviderMaker, setting, type TxtRecord } from './dns-provider.ts'

const PORT = 53
const LIMIT_MS = 10_000
const TTL_SECONDS = 60
const FUDGE_SECONDS = 300
const UPDATE = 0x2800
const [SOA, TXT, TSIG] = [6, 16, 250]
const [IN, NONE, ANY] = [1, 254, 255]
const REFUSALS: Record<number, string> = {
  1: 'the message is malformed (FORMERR)',
  2: 'it failed (SERVFAIL)',
  4: 'it takes no updates (NOTIMP)',
  5: 'it refuses (REFUSED)',
  9: 'it is not the primary of the zone, or does not know the key (NOTAUTH)',
  10: 'the name is outside the zone (NOTZONE)',
}

export type TsigKey = { name: string; secret: string; algorithm: string }

/**
 * Dynamic updates (RFC 2136) over TCP, signed with a shared key (RFC 8945). Settings: `server` (`host` or `host:port`),
 * `keyName`, `keySecret` (base64), perhaps `algorithm` (hmac-sha256). The answer's own signature is not checked: who
 * forges it could only make us wait for a record that never appears.
 */
export const rfc2136: DnsProviderMaker = (settings) => {
  const [, host = '', port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(setting('rfc2136', settings, 'server')) ?? []
  const key: TsigKey = {
    name: setting('rfc2136', settings, 'keyName').toLowerCase(),
    secret: setting('rfc2136', settings, 'keySecret'),
    algorithm: (settings['algorithm'] ?? 'hmac-sha256').toLowerCase(),
  }
  const send = async (record: TxtRecord, present: boolean, signal: AbortSignal) => {
    const id = randomInt(65_536)
    const message = signed(updateMessage(id, record, present), id, key, Math.floor(Date.now() / 1_000))
    const answer = await exchange(host.replace(/^\[|\]$/g, ''), Number(port ?? PORT), message, signal)
    const code = answer.length < 12 ? 1 : answer.readUInt16BE(2) & 0xf
    if (answer.readUInt16BE(0) !== id) throw new Error(`${host} answered something else`)
    if (code !== 0) throw new Error(`${host} did not update: ${REFUSALS[code] ?? `code ${code}`}`)
  }
  return {
    add: (record, signal) => send(record, true, signal),
    remove: (record, signal) => send(record, false, signal),
  }
}

/** RFC 2136 section 2: a zone, no prerequisites, one record to add, or to take away where its class is NONE. */
export function updateMessage(id: number, { zone, name, value }: TxtRecord, present: boolean): Buffer {
  const text = Buffer.from(value, 'latin1')
  const data = Buffer.concat([Buffer.from([text.length]), text])
  return Buffer.concat([
    words(id, UPDATE, 1, 0, 1, 0),
    ...[domain(zone), words(SOA, IN)],
    ...[domain(name), words(TXT, present ? IN : NONE), long(present ? TTL_SECONDS : 0), words(data.length), data],
  ])
}

/** RFC 8945 section 4.3: the message as it is, then the variables of the signature, go under the MAC. */
export function signed(message: Buffer, id: number, key: TsigKey, seconds: number): Buffer {
  const time = Buffer.alloc(6)
  time.writeUIntBE(seconds, 0, 6)
  const head = [domain(key.name), words(ANY), long(0)]
  const variables = Buffer.concat([...head, domain(key.algorithm), time, words(FUDGE_SECONDS, 0, 0)])
  const hash = key.algorithm.replace(/^hmac-/, '')
  const mac = createHmac(hash, Buffer.from(key.secret, 'base64')).update(message).update(variables).digest()
  const data = Buffer.concat([domain(key.algorithm), time, words(FUDGE_SECONDS, mac.length), mac, words(id, 0, 0)])
  const record = Buffer.concat([domain(key.name), words(TSIG, ANY), long(0), words(data.length), data])
  const whole = Buffer.concat([message, record])
  whole.writeUInt16BE(message.readUInt16BE(10) + 1, 10)
  return whole
}

/** Over TCP each message has its length in front (RFC 1035 section 4.2.2). */
function exchange(host: string, port: number, message: Buffer, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)])
    const socket = new Socket({ signal: limit }).connect({ host, port })
    let bytes: Buffer = Buffer.alloc(0)
    socket.on('connect', () => socket.write(Buffer.concat([words(message.length), message])))
    socket.on('data', (part: Buffer) => {
      bytes = Buffer.concat([bytes, part])
      if (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE(0)) return
      resolve(bytes.subarray(2, 2 + bytes.readUInt16BE(0)))
      socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error(`${host} closed without an answer`)))
  })
}

function domain(name: string): Buffer {
  const labels = name.replace(/\.$/, '').split('.')
  return Buffer.concat([
    ...labels.map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1')),
    Buffer.alloc(1),
  ])
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [at, value] of values.entries()) bytes.writeUInt16BE(value, 2 * at)
  return bytes
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
