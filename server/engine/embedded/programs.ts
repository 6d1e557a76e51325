import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { PaasError } from '../../errors.ts'
import type { Programs } from '../engine.ts'
import type { Layout } from './layout.ts'
import { writeWhole } from './record-store.ts'

const SYSTEM = ['/usr/local/bin', '/usr/bin', '/usr/sbin']
const IMAGE = 'image.json'
const VERSION_MS = 5_000

/** A directory of its own tells the version of what is in it; what the system has must tell it itself. */
function isOnMachine({ program, directories, says }: Programs): boolean {
  const isIn = (directory: string) => existsSync(join(directory, program))
  if (directories.some(isIn)) return true
  const place = SYSTEM.find(isIn)
  return place !== undefined && (says === undefined || versionOf(join(place, program)).includes(says))
}

function versionOf(path: string): string {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: VERSION_MS })
  return stdout ?? ''
}

/** Where nothing tells the version of what is on the machine, it is the one of its distribution. */
export function isOfMachine(programs: Programs): boolean {
  const isTold = programs.directories.length > 0 || programs.packages !== null
  return isTold && isOnMachine(programs)
}

/**
 * The machine's own programs under the form of an image. What was given once is given again: there are data of it. Throws
 * `engine.no-programs` with what to install.
 */
export function machinePrograms(layout: Layout, programs: Programs): string {
  const image = join(layout.programs, programs.name)
  if (existsSync(join(image, IMAGE))) return image
  if (!isOnMachine(programs)) throw notInstalled(programs)
  mkdirSync(join(image, 'app'), { recursive: true, mode: 0o700 })
  writeWhole(join(image, IMAGE), JSON.stringify({ app: '', environment: {}, path: programs.directories }))
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
