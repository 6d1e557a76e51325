import type { RefUpdate } from './pre-receive.ts'
import type { Branches } from './repository.ts'

/** The branch that goes live, and what old clones call it: it stands in for main while there is no main. */
const DEPLOY_BRANCH = 'main'
const LEGACY_DEPLOY_BRANCH = 'master'
const LISTED = 10

export type BranchDeploy = { branch: string; from: string | null; commit: string }

/** What a push means. A declined one stores nothing: git takes all refs of a push or none. */
export type PushPlan =
  | { declined: string[] }
  | { declined?: never; deploy: BranchDeploy | null; stored: string[]; notes: string[] }

export function planPush(updates: RefUpdate[], branches: Branches): PushPlan {
  const branch = deployBranch(updates, branches)
  const deployed = updates.find(({ ref }) => ref === `refs/heads/${branch}`)
  if (deployed?.to === null) return { declined: refusedDeletion(branch) }
  const others = updates.filter((update) => update !== deployed)
  return {
    deploy: deployed?.to ? { branch, from: deployed.from, commit: deployed.to } : null,
    stored: others.map(({ ref }) => shortName(ref)),
    notes: others.map((update) => note(update, branch)),
  }
}

function deployBranch(updates: RefUpdate[], branches: Branches): string {
  const pushed = updates.some(({ ref, to }) => ref === `refs/heads/${DEPLOY_BRANCH}` && to !== null)
  if (pushed || branches.has(DEPLOY_BRANCH)) return DEPLOY_BRANCH
  const legacy = `refs/heads/${LEGACY_DEPLOY_BRANCH}`
  const usesLegacy = branches.has(LEGACY_DEPLOY_BRANCH) || updates.some(({ ref }) => ref === legacy)
  return usesLegacy ? LEGACY_DEPLOY_BRANCH : DEPLOY_BRANCH
}

function note({ ref, to }: RefUpdate, branch: string): string {
  const name = shortName(ref)
  if (to === null) return `Deleted ${name}. What is live stays as it is.`
  if (!ref.startsWith('refs/heads/')) return `Stored ${name}. Only ${branch} is deployed.`
  return `Pushed to ${name}. Only ${branch} is deployed: git push <remote> ${name}:${branch}`
}

function refusedDeletion(branch: string): string[] {
  return [
    ` !     ${branch} is the branch that is deployed; it cannot be deleted.`,
    ' !     To remove the app and all it has: paas apps:destroy',
  ]
}

/** The same push, when nothing that the app watches is in it. */
export function unwatched(
  { stored, notes }: Extract<PushPlan, { declined?: never }>,
  { branch, watch }: { branch: string; watch: string[] },
): PushPlan {
  const note = [
    `Nothing changed in ${watch.join(', ')}: ${branch} is stored, and nothing is built.`,
    'What is watched: paas build:settings. To build all the same: paas deploy .',
  ]
  return { deploy: null, stored: [branch, ...stored], notes: [...note, ...notes] }
}

/** For people: a mirror may push thousands of refs. */
export function shortList(lines: string[]): string[] {
  if (lines.length <= LISTED) return lines
  return [...lines.slice(0, LISTED), `... and ${lines.length - LISTED} more`]
}

function shortName(ref: string): string {
  if (ref.startsWith('refs/tags/')) return `tag ${ref.slice('refs/tags/'.length)}`
  return ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : ref
}
