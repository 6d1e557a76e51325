import { bytesField, varintField } from './protobuf.ts'
import type { Vertex } from './trace.ts'

/** For tests: a trace as BuildKit sends it. */
export function encodeTrace(
  vertexes: (Partial<Vertex> & { digest: string })[],
  logs: [string, string | Buffer][] = [],
): string {
  const time = bytesField(1, Buffer.alloc(0))
  const text = (number: number, value: string | undefined) => (value ? [bytesField(number, Buffer.from(value))] : [])
  const messages = [
    ...vertexes.map((vertex) =>
      bytesField(
        1,
        Buffer.concat([
          ...text(1, vertex.digest),
          ...text(3, vertex.name),
          ...(vertex.cached ? [varintField(4, 1)] : []),
          ...(vertex.started ? [bytesField(5, time)] : []),
          ...(vertex.completed ? [bytesField(6, time)] : []),
          ...text(7, vertex.error),
        ]),
      ),
    ),
    ...logs.map(([vertex, message]) =>
      bytesField(3, Buffer.concat([...text(1, vertex), varintField(3, 1), bytesField(4, Buffer.from(message))])),
    ),
  ]
  return Buffer.concat(messages).toString('base64')
}
