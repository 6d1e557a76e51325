import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** BuildKit's steps run in this cgroup below the controllers' root, where the engine's cgroup driver is `cgroupfs`. */
export const BUILDKIT_CGROUP = 'docker/buildkit'

/**
 * With the driver `systemd` the engine names a slice and leaves the rest to runc, which is not told to ask systemd for it: each
 * step is a group of its own under this name, beside the engine's own group (cgroup v2), below it (v1), or at the top.
 */
const OWN_GROUP = /^[\w.-]+\.slice:docker:\w+$/
const OWN_PARENTS = ['', 'system.slice', 'system.slice/docker.service']

export type StepGroup = {
  /** Below a controller's root. */
  path: string
  /** False below BuildKit's own group, which holds all steps together. */
  alone: boolean
}

/** Groups of steps that run now, of every build of the engine. */
export function stepGroups(root: string): StepGroup[] {
  const top = topOf(root)
  const within = (parent: string, alone: boolean) =>
    directoriesIn(join(top, parent))
      .filter((name) => !alone || OWN_GROUP.test(name))
      .map((name) => ({ path: join(parent, name), alone }))
  return [...within(BUILDKIT_CGROUP, false), ...OWN_PARENTS.flatMap((parent) => within(parent, true))]
}

export function isUnified(root: string): boolean {
  return existsSync(join(root, 'cgroup.controllers'))
}

/** Where groups are looked for: any controller knows them on cgroup v1. */
export function topOf(root: string): string {
  return isUnified(root) ? root : join(root, 'pids')
}

/** Undefined where it is not there. */
export function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function directoriesIn(group: string): string[] {
  try {
    const entries = readdirSync(group, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  } catch {
    return []
  }
}
