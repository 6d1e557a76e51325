import { BuildFailure } from '../../errors.ts'
import type { Source } from '../../source.ts'
import { type PackageJson, readPackageJson } from '../package-json.ts'
import { detectFramework } from './frameworks.ts'
import type { Tree } from './tree.ts'
import { beneath } from './tree.ts'

/** One package of a workspace: the one that is the app, or one that it needs. */
export type Member = { directory: string; json: PackageJson }

/** The way that people write it: `npm start --workspace=apps/web`, `pnpm --filter web start`, `cd apps/web && ...`. */
const NAMED = /(?:--workspace|--filter|--cwd|--dir|-w|-F|-C|\bcd|\byarn workspace)[= ]["']?(?:\.\/)?([@\w./-]*[\w])/

/**
 * The package that the app is: the one that the web line of the Procfile names; else, where nothing at the top can be
 * started, the only one that can. Throws BuildFailure where there are several.
 */
export function chooseMember(
  source: Source,
  members: Member[],
  { web, startsAtTop }: { web: string | undefined; startsAtTop: boolean },
): Member | undefined {
  const named = NAMED.exec(web ?? '')?.[1]
  const found = members.find(({ directory, json }) => named !== undefined && [directory, json.name].includes(named))
  if (found || web !== undefined || startsAtTop) return found
  const candidates = members.filter((member) => canStart(beneath(source, member.directory), member.json))
  if (candidates.length > 1) throw severalApps(candidates)
  return candidates[0]
}

export function membersOf(source: Source, directories: string[]): Member[] {
  return directories.map((directory) => ({ directory, json: readPackageJson(beneath(source, directory)) }))
}

/** The member and the packages of the workspace that it needs, those first that others need. */
export function withNeeded(member: Member, members: Member[]): Member[] {
  const order = new Set<Member>()
  const seen = new Set<Member>()
  const visit = (each: Member) => {
    if (seen.has(each)) return
    seen.add(each)
    const names = { ...each.json.dependencies, ...each.json.devDependencies }
    for (const other of members) if (other.json.name !== undefined && other.json.name in names) visit(other)
    order.add(each)
  }
  visit(member)
  return [...order]
}

function canStart(tree: Tree, json: PackageJson): boolean {
  return json.scripts['start'] !== undefined || detectFramework(tree, json) !== undefined
}

function severalApps(candidates: Member[]): BuildFailure {
  const names = candidates.map(({ directory }) => directory)
  return new BuildFailure(
    'node.several-apps',
    `This repository has several packages that can be started (${names.join(', ')}), and nothing says which one is the app.`,
    { fix: `Add a Procfile with a line such as \`web: npm start --workspace=${names[0]}\`, commit and push again.` },
  )
}
