import type { RunControl } from '../server/contract/run.ts'

/** First byte of a binary frame. */
export const STDIN = 0
const STDOUT = 1
const STDERR = 2

export type Output = { stream: 'stdout' | 'stderr'; data: Uint8Array }

export function stdinFrame(data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(data.length + 1)
  frame[0] = STDIN
  frame.set(data, 1)
  return frame
}

/** Undefined for a frame of a kind that this version does not know. */
export function readOutput(frame: Uint8Array): Output | undefined {
  if (frame[0] === STDOUT) return { stream: 'stdout', data: frame.subarray(1) }
  if (frame[0] === STDERR) return { stream: 'stderr', data: frame.subarray(1) }
  return undefined
}

export function readControl(text: string): RunControl | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'type' in value ? (value as RunControl) : undefined
  } catch {
    return undefined
  }
}
