import type { AccessLog } from './access-log.ts'
import type { Measurements, ServiceCounters } from './contract/event.ts'
import type { Service } from './service.ts'

/** What a process that serves can be asked. */
export type Measured = {
  services: () => Iterable<Service>
  log: AccessLog
  /** Open at this moment. */
  connections: () => Measurements['connections']
  /** Since the start. */
  handshakes: () => Measurements['handshakes']
}

/** Reads what this process has counted, once: a second reading begins where the first ended. */
export class Meter {
  readonly #measured: Measured
  #handshakes: Measurements['handshakes'] = { done: 0, resumed: 0, refused: 0 }

  constructor(measured: Measured) {
    this.#measured = measured
  }

  take(): Measurements {
    const { log, connections } = this.#measured
    return {
      services: this.#takeServices(),
      answered: log.takeAnswered(),
      handshakes: this.#takeHandshakes(),
      connections: connections(),
    }
  }

  #takeServices(): Record<string, ServiceCounters> {
    const services: [string, ServiceCounters][] = []
    for (const { name, spec, traffic } of this.#measured.services()) {
      const counters = traffic.take()
      if (counters) services.push([name, { ...(spec.id === undefined ? {} : { id: spec.id }), ...counters }])
    }
    return Object.fromEntries(services)
  }

  #takeHandshakes(): Measurements['handshakes'] {
    const last = this.#handshakes
    const now = { ...this.#measured.handshakes() }
    this.#handshakes = now
    return {
      done: now.done - last.done,
      resumed: now.resumed - last.resumed,
      refused: now.refused - last.refused,
    }
  }
}
