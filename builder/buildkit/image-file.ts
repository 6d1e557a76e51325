import { buffer } from 'node:stream/consumers'
import { extract } from 'tar-stream'
import { type EngineApi, EngineRefusal } from './engine-api.ts'

/** Larger files are not read. */
const MOST_BYTES = 1024 * 1024

/** A small file of an image, by a container that is never started; undefined where there is none. Throws EngineRefusal. */
export async function fileOfImage(
  api: EngineApi,
  image: string,
  path: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { Id } = (await api.json('POST', '/containers/create', {
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ Image: image, Entrypoint: ['/bin/true'], NetworkDisabled: true })),
    signal,
  })) as { Id: string }
  try {
    const answer = await api.open('GET', `/containers/${Id}/archive`, { query: { path }, signal })
    const tar = extract()
    answer.pipe(tar)
    for await (const entry of tar) {
      if ((entry.header.size ?? 0) > MOST_BYTES) break
      return (await buffer(entry)).toString('utf8')
    }
    return undefined
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return undefined
    throw error
  } finally {
    // Not by the signal: what was made is removed whatever happens.
    ;(await api.open('DELETE', `/containers/${Id}`, { query: { force: '1' } })).resume()
  }
}
