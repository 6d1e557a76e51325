import { type Connection, statusOf } from './connection.ts'
import { LABEL, labelFilter, volumeName } from './labels.ts'

/** Made before the container that mounts it, so that it says whose it is. Idempotent. */
export async function ensureVolume(connection: Connection, boxId: string, app: string): Promise<void> {
  const Labels = { [LABEL.box]: boxId, [LABEL.app]: app }
  await connection.perform((docker) => docker.createVolume({ Name: volumeName(boxId, app), Labels }))
}

export async function removeVolume(connection: Connection, boxId: string, app: string): Promise<void> {
  try {
    await connection.perform((docker) => docker.getVolume(volumeName(boxId, app)).remove())
  } catch (error) {
    if (statusOf(error) !== 404) throw error
  }
}

/** Names under which anything of this box is kept. */
export async function keptNames(connection: Connection, boxId: string): Promise<string[]> {
  const filters = JSON.stringify(labelFilter({ [LABEL.box]: boxId }))
  const { Volumes } = await connection.perform((docker) => docker.listVolumes({ filters }))
  return (Volumes ?? []).flatMap(({ Labels }) => Labels?.[LABEL.app] ?? [])
}
