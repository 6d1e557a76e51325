import { type Connection, statusOf } from './connection.ts'

/** Builds are tagged `paas/<app>:<build>`. */
const REPOSITORY_PREFIX = 'paas/'

export async function hasImage(connection: Connection, image: string): Promise<boolean> {
  try {
    await connection.ask((docker) => docker.getImage(image).inspect())
    return true
  } catch (error) {
    if (statusOf(error) === 404) return false
    throw error
  }
}

/** Removes the tags of an app's builds whose digest or tag is not in `keep`. Images in use stay until the next time. */
export async function pruneImages(connection: Connection, app: string, keep: string[]): Promise<void> {
  const repository = `${REPOSITORY_PREFIX}${app}`
  const filters = { reference: [repository] }
  const images = await connection.perform((docker) => docker.listImages({ filters }))
  const kept = new Set(keep)
  const tags = images
    .filter(({ Id }) => !kept.has(Id))
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .filter((tag) => tag.startsWith(`${repository}:`) && !kept.has(tag))
  for (const tag of tags) await removeTag(connection, tag)
}

async function removeTag(connection: Connection, tag: string): Promise<void> {
  try {
    await connection.perform((docker) => docker.getImage(tag).remove())
  } catch (error) {
    const inUseOrGone = [404, 409].includes(statusOf(error) ?? 0)
    if (!inUseOrGone) throw error
  }
}
