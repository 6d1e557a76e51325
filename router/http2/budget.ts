import type { Clock } from '../http1/clock.ts'
import { Allowance } from './allowance.ts'

/**
 * Streams that end before their answer because of the peer: reset by it, or refused because of what it sent
 * (CVE-2023-44487, CVE-2025-8671). Each finished answer earns another, so that one who cancels half of what he asks for
 * is never in trouble.
 */
const MOST_FAILED_STREAMS = 256
const FAILED_STREAMS_PER_SECOND = 50
/** PING and SETTINGS, each of which wants an answer. */
const MOST_ANSWERED_FRAMES = 200
const ANSWERED_FRAMES_PER_SECOND = 50
/** Frames that carry nothing: PRIORITY, WINDOW_UPDATE, empty DATA and CONTINUATION, unknown types, frames of closed streams. */
const MOST_IDLE_FRAMES = 1_000
const IDLE_FRAMES_PER_SECOND = 100
/** Flow control costs frames: one for so many bytes of ours is in order. */
const BYTES_PER_IDLE_FRAME = 256
const BYTES_PER_PING = 4 * 1024
const IDLE_FRAMES_PER_STREAM = 8

/** What one connection may do beside asking and being answered. */
export class Budget {
  readonly #clock: Clock
  readonly #failed: Allowance
  readonly #answered: Allowance
  readonly #idle: Allowance

  constructor(clock: Clock) {
    this.#clock = clock
    this.#failed = new Allowance(MOST_FAILED_STREAMS, FAILED_STREAMS_PER_SECOND, clock.now)
    this.#answered = new Allowance(MOST_ANSWERED_FRAMES, ANSWERED_FRAMES_PER_SECOND, clock.now)
    this.#idle = new Allowance(MOST_IDLE_FRAMES, IDLE_FRAMES_PER_SECOND, clock.now)
  }

  /** Each returns false when the connection is to be closed with ENHANCE_YOUR_CALM. */
  failedStream(): boolean {
    return this.#failed.spend(this.#clock.now)
  }

  answeredFrame(): boolean {
    return this.#answered.spend(this.#clock.now)
  }

  idleFrame(): boolean {
    return this.#idle.spend(this.#clock.now)
  }

  finishedStream(): void {
    this.#failed.earn(1)
    this.#idle.earn(IDLE_FRAMES_PER_STREAM)
  }

  sent(bytes: number): void {
    this.#idle.earn(bytes / BYTES_PER_IDLE_FRAME)
    this.#answered.earn(bytes / BYTES_PER_PING)
  }
}
