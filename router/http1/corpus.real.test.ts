import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_TIMEOUTS } from '../contract.ts'
import { PUBLIC_IO } from '../io/public-io.ts'
import { NO_ANSWERS } from '../own-answers.ts'
import { testIo } from '../testing/io.ts'
import { type Arrival, RecordingOrigin } from '../testing/recording-origin.ts'
import { Rig, target } from '../testing/rig.ts'
import { openStreamDoor, type StreamDoor } from '../testing/stream-door.ts'
import { DataPlane } from './data-plane.ts'

type Case = {
  id: string
  name: string
  class: string
  maxUpstream: number
  exactUpstream?: number
  expectTarget?: string
  noHeader?: string[]
  noHeaderRe?: string
  statusNot?: number[]
  expectBodyLen?: number
  b64: string
}

type Outcome = { statuses: number[]; closed: boolean; arrivals: Arrival[] }

const LIMITS = { headersMs: 250, checkEveryMs: 25 }
/** Longer than any limit here: whoever has not answered by then never will. */
const PATIENCE_MS = 1_500
const HOST_AND_PAD = 64

/**
 * Their class wants the first request answered and the second refused, but the first holds a lone LF or a folded line,
 * which we refuse at once: RFC 9112 sections 2.2 (a recipient MAY take LF for a line end) and 5.2 (a server MUST reject
 * obs-fold or replace it). See corpus/README.md.
 */
const REFUSED_AT_ONCE = new Set(['045', '071', '129'])

const cases = readFileSync(new URL('./corpus/cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case)

const outcomes = new Map<string, Outcome>()
let rig: Rig
let origin: RecordingOrigin
let plane: DataPlane
let publicPlane: DataPlane
let door: StreamDoor
const WAYS = ['handles', 'public', 'streams'] as const
const ports = { handles: 0, public: 0, streams: 0 }
type Way = (typeof WAYS)[number]

beforeAll(async () => {
  rig = await Rig.start()
  origin = await RecordingOrigin.start()
  const timeouts = { ...DEFAULT_TIMEOUTS, firstByteMs: 250, idleMs: 250 }
  await rig.serve([target(origin.port)], { hosts: ['*.case.test'], timeouts })
  plane = new DataPlane(rig.router, rig.accessLog, LIMITS, NO_ANSWERS, testIo)
  publicPlane = new DataPlane(rig.router, rig.accessLog, LIMITS, NO_ANSWERS, PUBLIC_IO)
  ports.handles = await plane.listen({ host: '127.0.0.1', port: 0 })
  ports.public = await publicPlane.listen({ host: '127.0.0.1', port: 0 })
  door = await openStreamDoor(plane)
  ports.streams = door.port
  for (const way of WAYS) {
    await Promise.all(cases.map(async (item) => outcomes.set(`${way} ${item.id}`, await send(item, way))))
  }
})
afterAll(async () => {
  await plane.stop(0)
  await publicPlane.stop(0)
  await door[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})

function hostOf({ id }: Case, way: Way): string {
  return `${way[0]}${id}.case.test`
}

function bytesOf(item: Case, way: Way): Buffer {
  const host = hostOf(item, way)
  const text = Buffer.from(item.b64, 'base64').toString('latin1')
  const filled = text
    .replaceAll('{{HOST}}', host)
    .replaceAll('{{HOSTUP}}', host.toUpperCase())
    .replaceAll('{{PAD}}', 'x'.repeat(HOST_AND_PAD - host.length))
  return Buffer.from(filled, 'latin1')
}

/** Sends a case, and resolves when the connection is closed or nothing more can come. */
function send(item: Case, way: Way): Promise<Outcome> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(ports[way], '127.0.0.1', () => socket.write(bytesOf(item, way)))
    const finish = (closed: boolean) => {
      clearTimeout(patience)
      socket.destroy()
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
      resolve({ statuses, closed, arrivals: origin.of(hostOf(item, way)) })
    }
    const patience = setTimeout(() => finish(false), PATIENCE_MS)
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => finish(true))
  })
}

function complaint(item: Case, { statuses, closed, arrivals }: Outcome): string | null {
  const whole = arrivals.filter(({ complete }) => complete)
  const [first = 0] = statuses
  if (whole.length > item.maxUpstream) return `the app saw ${whole.length} requests`
  if (statuses.filter((status) => status === 200).length > whole.length) return 'answered more than the app was asked'
  if (item.statusNot?.includes(first)) return `answered ${first}`
  for (const { headers } of arrivals) {
    const lines = headers.map(([name, value]) => `${name}: ${value}`)
    if (lines.some((line) => item.noHeader?.includes(line))) return `passed ${item.noHeader}`
    if (item.noHeaderRe && lines.some((line) => new RegExp(item.noHeaderRe ?? '').test(line))) return 'passed a header'
  }
  switch (item.class) {
    case 'must-reject-400':
      if (arrivals.length > 0) return 'reached the app'
      return first >= 400 || (closed && statuses.length === 0) ? null : `answered ${first}`
    case 'must-forward-as-one-request':
    case 'must-normalise':
      if (first !== 200 || whole.length !== (item.exactUpstream ?? 1))
        return `answered ${first}, app saw ${whole.length}`
      if (item.expectTarget && whole[0]?.line.split(' ')[1] !== item.expectTarget) return `passed ${whole[0]?.line}`
      if (item.expectBodyLen !== undefined && whole[0]?.bodyBytes !== item.expectBodyLen) return 'changed the body'
      return null
    case 'pipelined-then-reject':
      if (REFUSED_AT_ONCE.has(item.id)) return first === 400 && arrivals.length === 0 ? null : `answered ${first}`
      if (first !== 200) return `answered ${first} first`
      return closed && (statuses.at(-1) ?? 0) >= 400 ? null : `was not refused: ${statuses}`
    default:
      return null
  }
}

describe.each(WAYS)('raw requests that others got wrong, over %s', (way) => {
  test.each(cases.map((item) => [item.id, item.name, item] as const))('%s %s', (id, _name, item) => {
    expect(complaint(item, outcomes.get(`${way} ${id}`) as Outcome)).toBeNull()
  })

  test('leave the router serving', async () => {
    const good = cases.find(({ name }) => name === 'llhttp sample: curl GET') as Case
    expect((await send(good, way)).statuses).toEqual([200])
  })
})
