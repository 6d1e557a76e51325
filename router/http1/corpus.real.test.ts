import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_TIMEOUTS } from '../contract/table.ts'
import { PUBLIC_IO } from '../io/public-io.ts'
import { NO_ANSWERS } from '../own-answers.ts'
import { type Case, cases, complaint, firstStatus, type Outcome, send } from '../testing/corpus.ts'
import { testIo } from '../testing/io.ts'
import { RecordingOrigin } from '../testing/recording-origin.ts'
import { Rig, target } from '../testing/rig.ts'
import { openStreamDoor, type StreamDoor } from '../testing/stream-door.ts'
import { DataPlane } from './data-plane.ts'

const LIMITS = { headersMs: 2_000, checkEveryMs: 25 }
/** Longer than any limit here: whoever has not answered by then never will. */
const PATIENCE_MS = 8_000

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
  const timeouts = { ...DEFAULT_TIMEOUTS, firstByteMs: 2_000, idleMs: 2_000 }
  await rig.serve([target(origin.port)], { hosts: ['*.case.test'], timeouts })
  plane = new DataPlane(rig.router, rig.accessLog, LIMITS, NO_ANSWERS, testIo)
  publicPlane = new DataPlane(rig.router, rig.accessLog, LIMITS, NO_ANSWERS, PUBLIC_IO)
  ports.handles = await plane.listen({ host: '127.0.0.1', port: 0 })
  ports.public = await publicPlane.listen({ host: '127.0.0.1', port: 0 })
  door = await openStreamDoor(plane)
  ports.streams = door.port
  const all = WAYS.flatMap((way) => cases.map((item) => [way, item] as const))
  await Promise.all(all.map(async ([way, item]) => outcomes.set(`${way} ${item.id}`, await send(item, wayOf(way)))))
})
afterAll(async () => {
  await plane.stop(0)
  await publicPlane.stop(0)
  await door[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
  await origin[Symbol.asyncDispose]()
})

function wayOf(way: Way) {
  const open = (_host: string, opened: () => void) => connect(ports[way], '127.0.0.1', opened)
  return { prefix: way.slice(0, 1), open, origin, patienceMs: PATIENCE_MS }
}

describe.each(WAYS)('raw requests that others got wrong, over %s', (way) => {
  test.each(cases.map((item) => [item.id, item.name, item] as const))('%s %s', (id, _name, item) => {
    expect(complaint(item, outcomes.get(`${way} ${id}`) as Outcome)).toBeNull()
  })

  test('leave the router serving', async () => {
    const good = cases.find(({ name }) => name === 'llhttp sample: curl GET') as Case
    expect(await firstStatus(good, wayOf(way))).toBe(200)
  })
})
