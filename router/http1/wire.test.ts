import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Origin, RawOrigin } from '../testing/origin.ts'
import { HOST, Rig, target, until } from '../testing/rig.ts'
import { openStreamDoor } from '../testing/stream-door.ts'
import { sendRaw } from '../testing/visitor.ts'

let rig: Rig
beforeEach(async () => {
  rig = await Rig.start()
})
afterEach(async () => {
  await rig[Symbol.asyncDispose]()
})

const GET = `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`
const LAST = `GET /last HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`

function bodies(answer: string): string[] {
  return answer
    .split(/HTTP\/1\.1 \d{3} [^\r]*\r\n/)
    .slice(1)
    .map((part) => part.slice(part.indexOf('\r\n\r\n') + 4))
}

describe('requests on one connection', () => {
  test('that arrive together are answered one after the other, in order', async () => {
    await using app = await Origin.start((incoming, response) => {
      let body = ''
      incoming.on('data', (chunk) => {
        body += chunk
      })
      incoming.on('end', () =>
        setTimeout(
          () => {
            const text = `${incoming.url}${body}`
            response.writeHead(200, { 'Content-Length': text.length }).end(text)
          },
          incoming.url === '/0' ? 40 : 0,
        ),
      )
    })
    await rig.serve([target(app.port)])
    const post = (path: string, body: string) =>
      `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const answer = await sendRaw(rig.port, post('/0', 'abc') + post('/1', '') + post('/2', 'x'.repeat(50_000)) + LAST)
    expect(bodies(answer)).toEqual(['/0abc', '/1', `/2${'x'.repeat(50_000)}`, '/last'])
  })

  test('may come byte by byte', async () => {
    await using app = await Origin.start()
    await rig.serve([target(app.port)])
    const socket = connect(rig.port, '127.0.0.1')
      .on('error', () => {})
      .setNoDelay(true)
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    for (const byte of LAST) {
      socket.write(byte)
      await pause(0)
    }
    await until(() => socket.destroyed || socket.readableEnded)
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/)
  })

  test('after one that was refused are not read', async () => {
    await using app = await Origin.start()
    await rig.serve([target(app.port)])
    const answer = await sendRaw(rig.port, `${GET}GET / HTTP/1.1\r\nHost: a b\r\n\r\n${LAST}`)
    expect([...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status)).toEqual(['200', '400'])
    expect(app.requests.map(({ url }) => url)).toEqual(['/'])
  })

  test('with a bad chunk in the middle of the body never complete at the app', async () => {
    let ended = 0
    await using app = await Origin.start((incoming, response) => {
      incoming.on('end', () => {
        ended += 1
        response.end()
      })
      incoming.on('error', () => {}).resume()
    })
    await rig.serve([target(app.port)])
    const socket = connect(rig.port, '127.0.0.1').on('error', () => {})
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.write(`POST / HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`)
    await until(() => app.requests.length === 1)
    socket.write(`zz\r\n\r\n0\r\n\r\n${LAST}`)
    await until(() => socket.readableEnded || socket.destroyed)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect([ended, app.requests.length]).toEqual([0, 1])
  })
})

describe('answers', () => {
  test('that end with the connection are chunked for 1.1, and whole only if the app closed in order', async () => {
    await using app = await RawOrigin.start((socket, first) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\nsome ')
      setTimeout(() => (first.includes('/reset') ? socket.resetAndDestroy() : socket.end('more')), 30)
    })
    await rig.serve([target(app.port)])
    const answer = await sendRaw(rig.port, LAST)
    expect(answer).toMatch(/Transfer-Encoding: chunked/)
    expect(bodies(answer)).toEqual(['5\r\nsome \r\n4\r\nmore\r\n0\r\n\r\n'])
    expect(await sendRaw(rig.port, LAST.replace('/last', '/reset'))).not.toMatch(/\r\n0\r\n/)
    await until(() => rig.records.length === 2)
    expect(rig.records.map(({ code }) => code)).toEqual([undefined, 'H18'])
  })

  test('with chunks reach a 1.0 client as plain bytes', async () => {
    await using app = await RawOrigin.start((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nX: y\r\n\r\n'),
    )
    await rig.serve([target(app.port)])
    const answer = await sendRaw(rig.port, `GET / HTTP/1.0\r\nHost: ${HOST}\r\n\r\n`)
    expect(answer).toMatch(/\r\n\r\nabcde$/)
    expect(answer).toMatch(/Connection: close/)
  })

  test('with something after their end are passed without it, and that connection is not used again', async () => {
    let connections = 0
    await using app = await RawOrigin.start((socket) => {
      connections += 1
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale')
    })
    await rig.serve([target(app.port)])
    expect(bodies(await sendRaw(rig.port, GET + LAST))).toEqual(['ok', 'ok'])
    expect(connections).toBe(2)
  })

  test('to HEAD, 204 and 304 end with their head, whatever length they announce', async () => {
    await using app = await RawOrigin.start((socket, first) => {
      const status = /\/(\d{3}) /.exec(String(first))?.[1] ?? '200'
      socket.on('data', () => {})
      socket.write(`HTTP/1.1 ${status} X\r\nContent-Length: 10\r\nConnection: close\r\n\r\n`)
    })
    await rig.serve([target(app.port)])
    for (const line of ['HEAD /', 'GET /204', 'GET /304']) {
      const answer = await sendRaw(rig.port, LAST.replace('GET /last', line))
      expect(answer).toMatch(/Content-Length: 10\r\n[\s\S]*\r\n\r\n$/)
    }
  })
})

describe('large bodies', () => {
  test.each(['plain', 'streams'])(
    'over %s through a slow reader and a slow app arrive byte for byte, several at a time',
    async (way) => {
      const blob = randomBytes(6_000_000)
      const sum = createHash('sha256').update(blob).digest('hex')
      await using app = await Origin.start((incoming, response) => {
        const hash = createHash('sha256')
        let turns = 0
        incoming.on('data', (chunk) => {
          hash.update(chunk)
          if (++turns % 8 > 0) return
          incoming.pause()
          setTimeout(() => incoming.resume(), 1)
        })
        incoming.on('end', () => {
          response.writeHead(200, { 'X-Sum': hash.digest('hex'), 'Content-Length': blob.length })
          response.end(blob)
        })
      })
      await rig.serve([target(app.port)])
      const door = way === 'streams' ? await openStreamDoor(rig.plane) : null
      await Promise.all(
        Array.from({ length: 6 }, async () => {
          const socket = connect(door?.port ?? rig.port, '127.0.0.1').on('error', () => {})
          socket.write(
            `POST / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\nContent-Length: ${blob.length}\r\n\r\n`,
          )
          socket.write(blob)
          const parts: Buffer[] = []
          for await (const part of socket) {
            parts.push(part)
            if (parts.length % 8 === 0) await pause(1)
          }
          const answer = Buffer.concat(parts)
          const end = answer.indexOf('\r\n\r\n') + 4
          expect(answer.toString('latin1', 0, end)).toContain(`X-Sum: ${sum}`)
          expect(createHash('sha256').update(answer.subarray(end)).digest('hex')).toBe(sum)
        }),
      )
      await door?.[Symbol.asyncDispose]()
    },
  )
})
