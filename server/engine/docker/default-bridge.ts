import { type Connection, statusOf } from './connection.ts'

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
