import type { DataPlane } from '../../http1/data-plane.ts'
import type { TlsHandles } from '../../io/tls-handles.ts'
import { HOST } from '../../testing/rig.ts'
import { Challenges } from '../challenges.ts'
import { type HandshakeCounts, TlsListener } from '../listener.ts'
import { secureContext } from '../secure-context.ts'
import { TicketKeys } from '../tickets.ts'
import { certificateFor } from './self-signed.ts'

export type TlsDoor = Disposable & { port: number; counts: HandshakeCounts }

/** A second way into a data plane: over TLS, with a certificate for the rig's host, on sockets or on handles. */
export async function openTlsDoor(plane: DataPlane, handles: TlsHandles | null): Promise<TlsDoor> {
  const context = secureContext(await certificateFor([HOST]))
  const tickets = new TicketKeys()
  const listener = new TlsListener({
    certificates: { context: (host) => (host === HOST ? Promise.resolve(context) : undefined) },
    challenges: new Challenges(),
    tickets,
    protocols: ['http/1.1'],
    handles,
    take: (connection) => plane.accept(connection),
  })
  const port = await listener.listen({ host: '127.0.0.1', port: 0 })
  return {
    port,
    counts: listener.counts,
    [Symbol.dispose]: () => {
      tickets[Symbol.dispose]()
      listener.stop()
      listener.close()
    },
  }
}
