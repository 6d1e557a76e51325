import type { ContainerInspectInfo } from 'dockerode'
import { PaasError } from '../../errors.ts'
import { type Connection, statusOf } from './connection.ts'
import { LABEL } from './labels.ts'

/** A container of this box; whatever else the engine runs does not exist for us. */
export async function findOwn(connection: Connection, boxId: string, id: string): Promise<ContainerInspectInfo> {
  const found = await connection
    .ask((docker) => docker.getContainer(id).inspect())
    .catch((error) => {
      if (statusOf(error) !== 404) throw error
      return undefined
    })
  if (found?.Config.Labels[LABEL.box] === boxId) return found
  throw new PaasError('not-found', 'instance.not-found', `There is no instance ${id.slice(0, 12)} any more.`, {
    fix: 'It was replaced or stopped. See which run now.',
    command: 'paas ps',
  })
}
