import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Endpoint } from '../../engine/engine.ts'
import type { Login } from '../addon-service.ts'
import { nextChunk } from '../next-chunk.ts'

const ANSWER_MS = 10_000
const HEADER_BYTES = 24
const REQUEST = 0x80
const RESPONSE = 0x81
/** The numbers of commands of the binary protocol that are used here. */
const OPCODES = { get: 0x00, set: 0x01, noop: 0x0a, stat: 0x10, signIn: 0x21 }

export type Command = keyof typeof OPCODES
export type Answer = { key: string; value: Buffer }
/** Of `stat` there come many answers, of the others one. */
export type Send = (command: Command, key?: string, value?: Buffer, extras?: Buffer) => Promise<Answer[]>

/** What the server said instead of doing it. */
export class MemcachedRefusal extends Error {}

/** Signs in, if there is a login to do so, and closes the connection when `work` has ended. */
export async function memcachedSession<T>(
  { host, port }: Endpoint,
  login: Login | null,
  work: (send: Send) => Promise<T>,
): Promise<T> {
  const socket = connect({ host, port })
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('the server did not answer in time')))
  try {
    await once(socket, 'connect')
    const send = conversation(socket)
    // RFC 4616: an empty identity to act as, who signs in, and the password.
    if (login) await send('signIn', 'PLAIN', Buffer.from(`\0${login.user}\0${login.password}`))
    return await work(send)
  } finally {
    socket.destroy()
  }
}

/** One command at a time. */
function conversation(socket: Socket): Send {
  let buffer = Buffer.alloc(0)
  const next = async () => {
    for (;;) {
      const found = decode(buffer)
      if (found) {
        buffer = buffer.subarray(found.end)
        return found
      }
      buffer = Buffer.concat([buffer, await nextChunk(socket)])
    }
  }
  return async (command, key = '', value = Buffer.alloc(0), extras = Buffer.alloc(0)) => {
    socket.write(encode(OPCODES[command], key, value, extras))
    const answers: Answer[] = []
    for (;;) {
      const { status, ...answer } = await next()
      if (status !== 0) throw new MemcachedRefusal(answer.value.toString() || `status ${status}`)
      if (command !== 'stat') return [answer]
      if (answer.key === '') return answers
      answers.push(answer)
    }
  }
}

/** A header of 24 bytes, then extras, key and value. */
function encode(opcode: number, key: string, value: Buffer, extras: Buffer): Buffer {
  const name = Buffer.from(key)
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt8(REQUEST, 0)
  header.writeUInt8(opcode, 1)
  header.writeUInt16BE(name.length, 2)
  header.writeUInt8(extras.length, 4)
  header.writeUInt32BE(extras.length + name.length + value.length, 8)
  return Buffer.concat([header, extras, name, value])
}

/** The first answer and where it ends; undefined: it has not all arrived. */
function decode(buffer: Buffer): (Answer & { status: number; end: number }) | undefined {
  if (buffer.length < HEADER_BYTES) return undefined
  if (buffer.readUInt8(0) !== RESPONSE) throw new Error('the server does not speak the binary protocol')
  const end = HEADER_BYTES + buffer.readUInt32BE(8)
  if (buffer.length < end) return undefined
  const keyAt = HEADER_BYTES + buffer.readUInt8(4)
  const valueAt = keyAt + buffer.readUInt16BE(2)
  return {
    status: buffer.readUInt16BE(6),
    key: buffer.toString('utf8', keyAt, valueAt),
    value: Buffer.from(buffer.subarray(valueAt, end)),
    end,
  }
}
