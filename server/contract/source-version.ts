/** Behind the commit of a folder that had changes which were in no commit. */
export const DIRTY = '-dirty'

/** How lists show what a build was made of: the first seven characters of a commit, other names as they are. */
export function shortVersion(version: string): string {
  const [, commit, rest = ''] = /^([0-9a-f]{7})[0-9a-f]{33}(-dirty)?$/.exec(version) ?? []
  return commit === undefined ? version : commit + rest
}
