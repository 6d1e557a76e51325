import { type Connection, statusOf } from './connection.ts'
import { LABEL } from './labels.ts'

const NETWORK = 'bridge'
const NAME_OPTION = 'com.docker.network.bridge.name'
const USUAL_NAME = 'docker0'

/** The interface of the engine's own network, on which BuildKit runs the steps of builds; null for an engine without it. */
export async function defaultBridge(connection: Connection): Promise<string | null> {
  try {
    const { Options } = await connection.ask((docker) => docker.getNetwork(NETWORK).inspect())
    return Options?.[NAME_OPTION] ?? USUAL_NAME
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

/** Whether containers run there that are not ours. The steps of builds are no containers of the engine's list. */
export async function isShared(connection: Connection, boxId: string): Promise<boolean> {
  const filters = { network: [NETWORK] }
  const containers = await connection.ask((docker) => docker.listContainers({ filters }))
  return containers.some(({ Labels }) => Labels?.[LABEL.box] !== boxId)
}
