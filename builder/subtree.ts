import { BuildFailure } from './errors.ts'
import { type Member, membersOf, writeMembers } from './members.ts'

/**
 * Writes what lies beneath `root` as a tar of its own, for an app that is one directory of a repository. Nothing is
 * checked here: whoever opens the new tar looks at it as at any other. Throws BuildFailure `source.no-root`.
 */
export async function writeSubtree(tarFile: string, root: string, target: string): Promise<void> {
  const members = membersBeneath(tarFile, root)
  if (members.length === 0) throw noRoot(root)
  await writeMembers(members, target)
}

function membersBeneath(tarFile: string, root: string): Member[] {
  return membersOf(tarFile)
    .filter(({ path }) => path.startsWith(`${root}/`))
    .map((member) => ({ ...member, path: member.path.slice(root.length + 1) }))
}

function noRoot(root: string): BuildFailure {
  return new BuildFailure(
    'source.no-root',
    `There is no directory ${root} in the source, and the app is set to be it.`,
    {
      fix: 'Push the directory, or set another one.',
      command: 'paas build:set root=<directory>',
    },
  )
}
