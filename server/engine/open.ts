import { join } from 'node:path'
import type { Log } from '../log.ts'
import type { ClosedBuilds } from './docker/firewall.ts'
import type { Engine } from './engine.ts'

export type EngineChoice = {
  engine: 'docker' | 'embedded'
  data: string
  embedded: string
  dockerSocket: string
  subnetPool: string
  /** Where the API listens; 0 is any free port, which no rule can name. */
  api: { port: number }
  closedBuilds: ClosedBuilds | undefined
}

/** Loads only the engine that is used: the other one's modules cost memory. */
export async function openEngine(choice: EngineChoice, boxId: string, log: Log): Promise<Engine> {
  if (choice.engine === 'embedded') {
    const { EmbeddedEngine } = await import('./embedded.ts')
    return new EmbeddedEngine({ directory: choice.embedded, log })
  }
  const { DockerEngine } = await import('./docker.ts')
  return new DockerEngine({
    socketPath: choice.dockerSocket,
    boxId,
    subnetPool: choice.subnetPool,
    stateDirectory: join(choice.data, 'engine'),
    privatePorts: choice.api.port === 0 ? [] : [choice.api.port],
    closedBuilds: choice.closedBuilds,
    log,
  })
}

/** Takes everything of this box off the engine: instances, networks, images. The data root stays, and what addons keep unless `data`. */
export async function clearEngine(choice: EngineChoice, boxId: string, log: Log, data = false): Promise<void> {
  await using engine = await openEngine(choice, boxId, log)
  await engine.start()
  for (const app of new Set((await engine.list()).map((instance) => instance.app))) await engine.removeApp(app)
  if ('removeBox' in engine && typeof engine.removeBox === 'function') await engine.removeBox({ data })
}
