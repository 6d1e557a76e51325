import { type Connection, statusOf } from './connection.ts'

/** Builds are tagged `paas/<app>:<build>-<secret>`. */
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

/** Of its tags only ours go: an image that somebody has given a name of their own stays under it. */
export async function removeImage(connection: Connection, id: string): Promise<boolean> {
  const found = await connection
    .ask((docker) => docker.getImage(id).inspect())
    .catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error
      return undefined
    })
  const tags = (found?.RepoTags ?? []).filter((tag) => tag.startsWith(REPOSITORY_PREFIX))
  let removed = tags.length > 0
  for (const tag of tags) removed = (await removeTag(connection, tag)) && removed
  return removed
}

/** False when it is in use or gone. */
async function removeTag(connection: Connection, tag: string): Promise<boolean> {
  try {
    await connection.perform((docker) => docker.getImage(tag).remove())
    return true
  } catch (error) {
    const inUseOrGone = [404, 409].includes(statusOf(error) ?? 0)
    if (!inUseOrGone) throw error
    return false
  }
}
