import type { EngineApi } from '../buildkit/engine-api.ts'

/** A registry that has not said a word by then counts as out of reach. */
const ANSWER_MS = 10_000
/** A download that stands still for so long is given up. */
const STALL_MS = 60_000

/** Registry (perhaps with a port) and path, then a tag or a digest. */
const NAME = /^(.+?)(?::([^/:@]+))?(?:@(.+))?$/

/** Pulls a public image. Throws with the reason when there is no way to it. */
export async function pullImage(api: EngineApi, image: string, signal: AbortSignal): Promise<void> {
  const [, fromImage, tag, digest] = NAME.exec(image) ?? []
  const query = { fromImage, tag: digest ?? tag ?? 'latest' }
  const patience = new AbortController()
  const giveUp = () => patience.abort(new Error('the registry does not answer'))
  let timer = setTimeout(giveUp, ANSWER_MS)
  const watch = AbortSignal.any([signal, patience.signal])
  try {
    for await (const line of api.lines('/images/create', { query, signal: watch })) {
      const { error } = line as { error?: string }
      if (error) throw new Error(error)
      clearTimeout(timer)
      timer = setTimeout(giveUp, STALL_MS)
    }
  } catch (error) {
    watch.throwIfAborted()
    throw error
  } finally {
    clearTimeout(timer)
  }
}
