import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PaasError } from '../../errors.ts'
import type { Programs } from '../engine.ts'
import type { Layout } from './layout.ts'
import { writeWhole } from './record-store.ts'

const SYSTEM = ['/usr/local/bin', '/usr/bin', '/usr/sbin']

function isOnMachine({ program, directories }: Programs): boolean {
  return [...directories, ...SYSTEM].some((directory) => existsSync(join(directory, program)))
}

/** Where nothing tells the version of what is on the machine, it is the one of its distribution. */
export function isOfMachine(programs: Programs): boolean {
  const isTold = programs.directories.length > 0 || programs.packages !== null
  return isTold && isOnMachine(programs)
}

/** The machine's own programs under the form of an image. Throws `engine.no-programs` with what to install. */
export function machinePrograms(layout: Layout, programs: Programs): string {
  if (!isOnMachine(programs)) throw notInstalled(programs)
  const image = join(layout.programs, programs.name)
  mkdirSync(join(image, 'app'), { recursive: true, mode: 0o700 })
  writeWhole(join(image, 'image.json'), JSON.stringify({ app: '', environment: {}, path: programs.directories }))
  return image
}

function notInstalled({ name, program, packages }: Programs): PaasError {
  const message = `This machine has no ${name} (${program}), and without containers only the machine's own can be used.`
  if (packages === null) {
    return new PaasError('unavailable', 'engine.no-programs', message, {
      fix: 'Choose another version, or use docker.',
    })
  }
  return new PaasError('unavailable', 'engine.no-programs', message, {
    fix: 'Install it, then try again. A server that the package starts by itself is not needed.',
    command: `sudo apt-get install -y ${packages.join(' ')}`,
  })
}
