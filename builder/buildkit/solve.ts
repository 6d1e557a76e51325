import { randomUUID } from 'node:crypto'
import { DOCKERFILE_PATH } from './context.ts'
import { type EngineApi, EngineRefusal } from './engine-api.ts'
import type { Progress } from './progress.ts'
import { decodeTrace } from './trace.ts'

export type SolveRequest = {
  tag: string
  context: AsyncIterable<Uint8Array>
  buildArgs: Record<string, string>
  labels: Record<string, string>
  target?: string
  noCache: boolean
  session?: string
}

/** BuildKit said no. The message is its own; explain.ts turns it into words. */
export class SolveError extends Error {}

/** How long a canceled build may take to say so before its connection is dropped. */
const CANCEL_MS = 5_000

/** Runs one build and returns the image's id (`sha256:...`). Throws SolveError, or the signal's reason when aborted. */
export async function solve(
  api: EngineApi,
  request: SolveRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted()
  const buildId = randomUUID()
  const connection = new AbortController()
  const cancel = () => void cancelBuild(api, buildId).finally(() => connection.abort())
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await follow(api.lines('/build', { ...httpCall(request, buildId), signal: connection.signal }), progress)
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof EngineRefusal ? new SolveError(error.message, { cause: error }) : error
  } finally {
    signal.removeEventListener('abort', cancel)
    progress.end()
  }
}

function httpCall(request: SolveRequest, buildId: string) {
  return {
    query: {
      version: '2',
      buildid: buildId,
      t: request.tag,
      dockerfile: DOCKERFILE_PATH,
      buildargs: JSON.stringify(request.buildArgs),
      labels: JSON.stringify(request.labels),
      target: request.target,
      nocache: request.noCache ? '1' : undefined,
      session: request.session,
    },
    headers: { 'content-type': 'application/x-tar' },
    body: request.context,
  }
}

async function follow(lines: AsyncIterable<unknown>, progress: Progress): Promise<string> {
  let image = ''
  let refusal = ''
  for await (const line of lines) {
    if (typeof line !== 'object' || line === null) continue
    const { id, aux, error } = line as { id?: unknown; aux?: unknown; error?: unknown }
    if (id === 'moby.buildkit.trace') progress.update(decodeTrace(String(aux)))
    else if (id === 'moby.image.id') image = String((aux as { ID?: unknown }).ID ?? '')
    else if (error !== undefined) refusal = String(error)
  }
  if (refusal) throw new SolveError(refusal)
  if (!image) throw new SolveError('the engine ended the build without an image')
  return image
}

async function cancelBuild(api: EngineApi, buildId: string): Promise<void> {
  try {
    const answer = await api.open('POST', '/build/cancel', {
      query: { id: buildId },
      signal: AbortSignal.timeout(CANCEL_MS),
    })
    answer.resume()
  } catch {
    // An engine that is gone has no build left to cancel; dropping the connection does the rest.
  }
}
