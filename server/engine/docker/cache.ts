import type Docker from 'dockerode'
import type { Connection } from './connection.ts'

/**
 * BuildKit's records carry no labels, so its cache is cut down as a whole: what an admin built by hand counts, too, and
 * costs them no more than time. Records in use stay. `keep-storage` is the name before API 1.48, `reserved-space` the one since.
 */
export async function pruneCache(connection: Connection, keepBytes: number): Promise<number> {
  const query = { all: true, 'keep-storage': keepBytes, 'reserved-space': keepBytes }
  const answer = await connection.perform((docker) => postPrune(docker, query))
  return answer.SpaceReclaimed ?? 0
}

type Pruned = { SpaceReclaimed?: number }

/** dockerode's own `pruneBuilder` takes no parameters. */
function postPrune(docker: Docker, query: Record<string, unknown>): Promise<Pruned> {
  const options = { _query: query, _body: {} }
  const request = { path: '/build/prune?', method: 'POST', options, statusCodes: { 200: true } }
  return new Promise((resolve, reject) => {
    docker.modem.dial(request, (error: unknown, body: unknown) => {
      if (error) reject(error)
      else resolve(body as Pruned)
    })
  })
}
