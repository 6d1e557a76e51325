import { readdirSync, readFileSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { kill } from './kill.ts'

/** Passes over the processes of a build, for those that fork while being killed. */
const PASSES = 20
/** Of a layer that is not complete. */
export const PARTIAL = '.partial'

/** Where the builds of an app are done without containers. */
export type Workplace = { directory: string; layers: string; scratch: string; home: string }

export function workplaceOf(cache: string, app: string): Workplace {
  const directory = join(cache, app)
  const scratch = join(directory, 'scratch')
  return { directory, layers: join(directory, 'layers'), scratch, home: join(scratch, 'home') }
}

/** Nothing of a build that was ended in the middle stays: no program that it left in a session of its own, no half made file. */
export async function removeLeftovers({ home, layers, scratch }: Workplace): Promise<void> {
  killStrays(home)
  const names = await readdir(layers).catch(() => [])
  const partial = names.filter((name) => name.endsWith(PARTIAL)).map((name) => join(layers, name))
  for (const path of [scratch, ...partial]) await rm(path, { recursive: true, force: true })
}

/** Programs are known by HOME, which every command of a build is given. */
export function killStrays(home: string, proc = '/proc'): void {
  for (let pass = 0; pass < PASSES; pass += 1) {
    const strays = processesOf(home, proc)
    if (strays.length === 0) return
    for (const pid of strays) kill(pid)
  }
}

function processesOf(home: string, proc: string): number[] {
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => environment(join(proc, name, 'environ')).includes(`HOME=${home}`))
    .map(Number)
}

/** A dead process has none. */
function environment(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\0')
  } catch {
    return []
  }
}
