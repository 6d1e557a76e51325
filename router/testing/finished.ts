import type { Finished } from '../finished.ts'

/** A request that went well, and what differs. */
export function finished(changes: Partial<Finished> = {}): Finished {
  return {
    service: { name: 'app', spec: { id: 'app_1' } },
    asked: { method: 'GET', path: '/', authority: 'app.test', requestId: '0b1c2d3e-0000-4000-8000-000000000000' },
    visitor: { address: '192.0.2.1', protocol: 'http' },
    startedAt: Date.UTC(2026, 0, 1, 12, 30, 0, 7),
    target: { instance: 'web.1', release: 1 },
    status: 200,
    code: undefined,
    micros: 18_400,
    connectMicros: 0,
    bytes: 13,
    received: 0,
    retries: 0,
    tunnelled: false,
    ...changes,
  }
}
