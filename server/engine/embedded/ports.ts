import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { z } from 'zod'
import { PaasError } from '../../errors.ts'
import { writeWhole } from './record-store.ts'

/** Below the range from which Linux takes the ports of outgoing connections (32768 on), so that a restart finds its port free. */
const FIRST_PORT = 20_000
const LAST_PORT = 31_999
/** A late request for an instance that is gone must not reach another one. */
const REST_MS = 10 * 60_000

const PortsFile = z.record(z.string(), z.number())

/** Gives each instance a port of its own, and no port to another instance within ten minutes. */
export class Ports {
  readonly #file: string
  readonly #taken = new Set<number>()
  /** Port to the time of its release, ms since 1970. */
  readonly #resting: Map<number, number>

  constructor(file: string) {
    this.#file = file
    this.#resting = readResting(file)
  }

  /** For an instance that has it from before. */
  keep(port: number): void {
    this.#taken.add(port)
  }

  /** Throws `engine.no-port` when every port is in use or resting. */
  async take(): Promise<number> {
    const count = LAST_PORT - FIRST_PORT + 1
    const start = Math.floor(Math.random() * count)
    for (let n = 0; n < count; n++) {
      const port = FIRST_PORT + ((start + n) % count)
      if (await this.#claim(port)) return port
    }
    throw new PaasError('unavailable', 'engine.no-port', `No port from ${FIRST_PORT} to ${LAST_PORT} is free`, {
      fix: 'Scale apps down, or stop other programs that listen in this range.',
      command: 'ss -ltn',
    })
  }

  /** The port that an image insists on. Throws `engine.port-taken` when something else has it: it must never answer for us. */
  async takeFixed(port: number): Promise<number> {
    this.#resting.delete(port)
    if (await this.#claim(port)) return port
    throw new PaasError('conflict', 'engine.port-taken', `The image listens on port ${port}, which is in use`, {
      fix: 'Let the app listen on the PORT variable: without containers all apps share the ports of the machine.',
    })
  }

  release(port: number): void {
    this.#taken.delete(port)
    this.#resting.set(port, Date.now())
    this.#forgetRested()
    this.#write()
  }

  /** On a full disk the rest of a port is remembered by this process alone: removal must go on. */
  #write(): void {
    try {
      writeWhole(this.#file, JSON.stringify(Object.fromEntries(this.#resting)))
    } catch {
      return
    }
  }

  async #claim(port: number): Promise<boolean> {
    this.#forgetRested()
    if (this.#taken.has(port) || this.#resting.has(port)) return false
    this.#taken.add(port)
    if (await isFree(port)) return true
    this.#taken.delete(port)
    return false
  }

  #forgetRested(): void {
    const limit = Date.now() - REST_MS
    for (const [port, released] of this.#resting) if (released <= limit) this.#resting.delete(port)
  }
}

/** Whether a program could listen there now, on every address. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

function readResting(file: string): Map<number, number> {
  try {
    const entries = Object.entries(PortsFile.parse(JSON.parse(readFileSync(file, 'utf8'))))
    return new Map(entries.map(([port, released]) => [Number(port), released]))
  } catch {
    return new Map()
  }
}
