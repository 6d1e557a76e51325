import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { PaasError } from '../errors.ts'

const MB = 1024 ** 2
const KB = 1024
/** A build does not begin with less at hand than this or this share of the machine's memory, whichever is less. */
export const MIN_AVAILABLE_BYTES = 512 * MB
export const MIN_AVAILABLE_SHARE = 0.1
/** Percent of the last 10 s in which some process stood still for want of memory (Linux' pressure stall information). */
export const MAX_STALLED_PERCENT = 20
const LOOK_MS = 2_000
/** A box whose apps have taken its memory for good would keep its builds for ever. */
const PATIENCE_MS = 10 * 60_000

export type Memory = { availableBytes: number; totalBytes: number; stalledPercent: number }

export function isTight({ availableBytes, totalBytes, stalledPercent }: Memory): boolean {
  const wanted = Math.min(MIN_AVAILABLE_BYTES, totalBytes * MIN_AVAILABLE_SHARE)
  return availableBytes < wanted || stalledPercent > MAX_STALLED_PERCENT
}

/** Undefined where the machine does not tell. Kernels without pressure information count as never stalled. */
export async function readMemory(proc = '/proc'): Promise<Memory | undefined> {
  const [meminfo, pressure] = await Promise.all([
    readFile(`${proc}/meminfo`, 'utf8').catch(() => ''),
    readFile(`${proc}/pressure/memory`, 'utf8').catch(() => ''),
  ])
  const kilobytes = (name: string) => new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1]
  const [available, total] = [kilobytes('MemAvailable'), kilobytes('MemTotal')]
  if (available === undefined || total === undefined) return undefined
  const stalledPercent = Number(/^some avg10=([\d.]+)/m.exec(pressure)?.[1] ?? 0)
  return { availableBytes: Number(available) * KB, totalBytes: Number(total) * KB, stalledPercent }
}

/**
 * Resolves when the box has memory for a build. `waits` is called once when it has not. Throws the signal's reason, or
 * `builds.memory` after 10 minutes.
 */
export async function awaitMemory(
  signal: AbortSignal,
  waits: () => void,
  { read = () => readMemory(), lookMs = LOOK_MS, patienceMs = PATIENCE_MS } = {},
): Promise<void> {
  const until = performance.now() + patienceMs
  for (let said = false; ; said = true) {
    signal.throwIfAborted()
    const memory = await read()
    if (!memory || !isTight(memory)) return
    if (performance.now() > until) throw tooLittle(memory)
    if (!said) waits()
    await pause(lookMs, undefined, { signal }).catch(() => undefined)
  }
}

function tooLittle({ availableBytes, totalBytes }: Memory): PaasError {
  const [available, total] = [availableBytes, totalBytes].map((bytes) => Math.floor(bytes / MB))
  return new PaasError(
    'unavailable',
    'builds.memory',
    `The box has been short of memory for 10 minutes: ${available} MB of ${total} MB are left.`,
    { fix: 'Let apps take less, or run fewer instances, then push again.', command: 'paas status' },
  )
}
