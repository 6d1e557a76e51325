import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { BuildFailure } from './errors.ts'
import type { BuildPlan } from './plan.ts'

/** The directory of PATH that has this program, undefined when none has. */
export function findProgram(name: string, path: string): string | undefined {
  return path.split(delimiter).find((directory) => directory !== '' && isExecutable(join(directory, name)))
}

/**
 * Without containers the programs of a plan's Debian packages are those of the machine. Throws BuildFailure with
 * everything that is missing, and how to install it.
 */
export function requirePrograms({ title, programs = [] }: BuildPlan, path: string): void {
  const missing = programs.filter(({ name }) => findProgram(name, path) === undefined)
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name).join(', ')
  throw new BuildFailure(
    'build.tool-missing',
    `A ${title} app needs ${names}, which this machine does not have, and the embedded engine installs nothing.`,
    {
      fix: 'Install it on the machine, or start the platform with the docker engine, which brings it along.',
      command: `apt-get install -y ${[...new Set(missing.map((each) => each.package))].join(' ')}`,
    },
  )
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
