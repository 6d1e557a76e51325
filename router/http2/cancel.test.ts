import { connect, constants } from 'node:http2'
import { expect, test } from 'vitest'
import { Origin } from '../testing/origin.ts'
import { HOST, Rig, target, until } from '../testing/rig.ts'
import { openStreamDoor } from '../testing/stream-door.ts'

const STREAMS = 600
const AT_A_TIME = 59
const SIZES = [0, 10, 5_000, 200_000]

/** What request `index` is to be answered with: its own number again and again, so that nobody else's can pass for it. */
function bodyOf(index: number): string {
  return `${index},`.repeat((SIZES[index % SIZES.length] as number) / 10)
}

type Outcome = 'whole' | 'canceled' | string

test('streams that are cancelled at any moment leave every other answer whole and its own', async () => {
  await using rig = await Rig.start()
  await using app = await Origin.start((request, response) => {
    let size = 0
    request.on('data', (part: Buffer) => {
      size += part.length
    })
    request.on('error', () => {})
    request.on('end', () => {
      response.setHeader('x-size', size)
      const body = bodyOf(Number(request.url?.slice(1)))
      setTimeout(() => {
        response.write(body.slice(0, body.length / 2))
        setImmediate(() => response.end(body.slice(body.length / 2)))
      }, Math.random() * 10)
    })
  })
  await rig.serve([target(app.port)])
  await using door = await openStreamDoor(rig.plane, { alpn: 'h2' })
  const client = connect(`http://127.0.0.1:${door.port}`, { settings: { initialWindowSize: 20_000 } })
  client.on('error', () => {})

  const ask = (index: number) =>
    new Promise<Outcome>((resolve) => {
      const upload = index % 3 === 0 ? Buffer.alloc(index * 100, 'u') : null
      const headers = { ':authority': HOST, ':path': `/${index}`, ':method': upload ? 'POST' : 'GET' }
      const stream = client.request(headers, { endStream: upload === null })
      let size = ''
      let body = ''
      stream.on('response', (found) => {
        size = String(found['x-size'])
      })
      stream.setEncoding('latin1').on('data', (text: string) => {
        body += text
      })
      stream.on('error', () => {})
      stream.on('close', () => {
        if (canceled) resolve('canceled')
        else if (body === bodyOf(index) && size === String(upload?.length ?? 0)) resolve('whole')
        else resolve(`${index}: ${stream.rstCode}, ${size}, ${body.length} of ${bodyOf(index).length}`)
      })
      let canceled = false
      if (index % 4 === 1) {
        setTimeout(() => {
          canceled = !stream.closed
          stream.close(constants.NGHTTP2_CANCEL)
        }, Math.random() * 20)
      }
      if (upload) stream.end(upload)
    })

  const outcomes: Outcome[] = []
  const lanes = Array.from({ length: AT_A_TIME }, async (_, lane) => {
    for (let index = lane; index < STREAMS; index += AT_A_TIME) outcomes.push(await ask(index))
  })
  await Promise.all(lanes)
  expect(outcomes.filter((outcome) => outcome !== 'whole' && outcome !== 'canceled')).toEqual([])
  expect(outcomes.filter((outcome) => outcome === 'whole').length).toBeGreaterThanOrEqual((STREAMS * 3) / 4)
  await until(() => rig.records.length === STREAMS)
  const canceled = outcomes.filter((outcome) => outcome === 'canceled').length
  expect(rig.records.filter(({ status }) => status === 499).length).toBeLessThanOrEqual(canceled)
  client.destroy()
})
