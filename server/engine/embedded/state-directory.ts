import { randomBytes } from 'node:crypto'
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs'
import { messageOf, PaasError } from '../../errors.ts'
import type { Layout } from './layout.ts'
import { machineBootId } from './process-identity.ts'
import { writeWhole } from './record-store.ts'

/**
 * Makes the engine's directories. Returns the boot id: this boot of the machine and this state directory, within which
 * an address that was handed out stays with its instance. Throws `engine.unavailable`.
 */
export function prepareState(layout: Layout): string {
  try {
    for (const directory of [layout.images, layout.cache, layout.scratch]) {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      accessSync(directory, constants.W_OK)
    }
    return `${machineBootId()}.${identityOf(layout.identity)}`
  } catch (error) {
    throw new PaasError('unavailable', 'engine.unavailable', `The embedded engine cannot work: ${messageOf(error)}`, {
      fix: `It needs Linux with /proc, and a directory of its own that it may write: ${layout.directory}`,
    })
  }
}

function identityOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    const identity = randomBytes(8).toString('hex')
    writeWhole(file, identity)
    return identity
  }
}
