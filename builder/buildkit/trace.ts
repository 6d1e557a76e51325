import { type Field, fields } from './protobuf.ts'

/** What BuildKit reports while it solves: `moby.buildkit.v1.StatusResponse`, as far as we read it. */
export type Trace = { vertexes: Vertex[]; logs: VertexLog[] }

/** One step of the build graph. Reported again and again while its state changes; the digest names it. */
export type Vertex = {
  digest: string
  name: string
  cached: boolean
  started: boolean
  completed: boolean
  error: string
}

export type VertexLog = { vertex: string; stream: number; message: Buffer }

/** Decodes the `aux` of a `moby.buildkit.trace` line. (dockerode hands log messages on as base64 inside text.) */
export function decodeTrace(base64: string): Trace {
  const trace: Trace = { vertexes: [], logs: [] }
  for (const { number, value } of fields(Buffer.from(base64, 'base64'))) {
    if (!Buffer.isBuffer(value)) continue
    if (number === 1) trace.vertexes.push(vertex(value))
    if (number === 3) trace.logs.push(log(value))
  }
  return trace
}

function vertex(message: Buffer): Vertex {
  const found: Vertex = { digest: '', name: '', cached: false, started: false, completed: false, error: '' }
  for (const field of fields(message)) {
    if (field.number === 1) found.digest = textOf(field)
    if (field.number === 3) found.name = textOf(field)
    if (field.number === 4) found.cached = field.value === 1
    if (field.number === 5) found.started = true
    if (field.number === 6) found.completed = true
    if (field.number === 7) found.error = textOf(field)
  }
  return found
}

function log(message: Buffer): VertexLog {
  const found: VertexLog = { vertex: '', stream: 0, message: Buffer.alloc(0) }
  for (const field of fields(message)) {
    if (field.number === 1) found.vertex = textOf(field)
    if (field.number === 3 && typeof field.value === 'number') found.stream = field.value
    if (field.number === 4 && Buffer.isBuffer(field.value)) found.message = field.value
  }
  return found
}

function textOf({ value }: Field): string {
  return Buffer.isBuffer(value) ? value.toString('utf8') : ''
}
