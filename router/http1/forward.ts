import type { Target } from '../target.ts'
import type { Agents } from './agents.ts'
import { type Attempt, attemptTargets } from './attempts.ts'
import { type Exchange, isSafe } from './exchange.ts'
import { requestHeaders } from './headers.ts'
import { Relay } from './relay.ts'
import { Upload } from './upload.ts'
import { Upstream } from './upstream.ts'

/** Finds a target for the exchange and carries both bodies. Never throws: every end is an answer or a cut. */
export async function forward(exchange: Exchange, agents: Agents, awaitsContinue: boolean): Promise<void> {
  const failure = await attemptTargets(exchange.service, exchange, exchange.gone, (target, fresh) =>
    attempt(exchange, target, fresh ? false : agents.for(target, isSafe(exchange.head.method)), awaitsContinue),
  )
  if (failure) exchange.fail(failure)
}

async function attempt(
  exchange: Exchange,
  target: Target,
  agent: ReturnType<Agents['for']> | false,
  awaitsContinue: boolean,
): Promise<Attempt> {
  const { head, journal, service } = exchange
  const { timeouts } = service.spec
  const headers = requestHeaders(head, journal.client)
  const upstream = new Upstream(target, {
    method: head.method,
    path: head.path,
    headers,
    agent,
    timeouts,
    upgrade: false,
  })
  exchange.onCut = (code) => upstream.abort(code)
  const upload = new Upload(exchange, upstream, awaitsContinue)
  upstream.request.on('information', (information) => relayHints(exchange, information))
  const answer = await upstream.head
  journal.target = target
  journal.connectMs = upstream.connectMs
  if (answer.kind === 'response') {
    target.passed()
    await new Relay(exchange, answer.response, upload, timeouts.idleMs).done
    if (!upstream.request.writableFinished) upstream.request.destroy()
    return 'answered'
  }
  upload.stop()
  exchange.onCut = null
  if (answer.kind === 'upgraded') return { code: 'H17', unreached: false, repeatable: false, reused: false }
  const { code, unreached, broken } = answer
  return { code, unreached, repeatable: broken && exchange.repeatable, reused: upstream.request.reusedSocket }
}

/** 103 Early Hints (RFC 8297); no other interim response is the client's business. */
function relayHints(
  { incoming, response }: Exchange,
  information: { statusCode: number; headers: NodeJS.Dict<string | string[]> },
): void {
  const { link } = information.headers
  if (information.statusCode !== 103 || !link || incoming.httpVersion !== '1.1' || response.headersSent) return
  try {
    response.writeEarlyHints({ link })
  } catch {
    // node refuses links it cannot parse; the hint is optional, the answer follows anyway.
  }
}
