import { createHash } from 'node:crypto'
import type { WorkloadKey } from '../engine.ts'

/** Labels are the truth of what runs; nothing without our box id is ever touched. */
export const LABEL = {
  box: 'paas.box',
  app: 'paas.app',
  release: 'paas.release',
  process: 'paas.process',
  instance: 'paas.instance',
  /** Hash of the specification an instance was made from. */
  spec: 'paas.spec',
  /** Set on one-offs instead of process and instance. */
  run: 'paas.run',
  /** The address the container was given for its life. */
  address: 'paas.address',
  /** Set when the workload listens. */
  port: 'paas.port',
  /** `kept` on what keeps data. */
  data: 'paas.data',
} as const

export type Labels = Record<string, string>

/**
 * A container inherits the labels of its image, which a Dockerfile writes. Each of ours is set on every container, empty
 * where it does not apply, so that no image speaks in our name. Readers take empty for absent.
 */
export const BLANK_LABELS: Labels = Object.fromEntries(Object.values(LABEL).map((name) => [name, '']))

/** Interface names have 15 characters at most: `paas-`, 4 for the box, 6 for the network. */
const BRIDGE_PREFIX = 'paas-'
const NAME_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

export function containerName(box: string, key: WorkloadKey, index: number): string {
  return `paas-${key.app}-v${key.release}-${key.processType}-${index}-${digest(box, 6)}`
}

export function runName(box: string, app: string, release: number, name: string): string {
  return `paas-${app}-v${release}-${name}-${digest(box, 6)}`
}

export function volumeName(box: string, app: string): string {
  return `paas-${app}-${digest(box, 6)}`
}

/** `generation` counts the networks that an app has outgrown. */
export function networkName(box: string, app: string, generation: number): string {
  return `paas-${app}-${generation}-${digest(box, 6)}`
}

export function bridgeName(box: string, app: string, generation: number): string {
  return `${bridgePrefix(box)}${digest(`${app} ${generation}`, 6)}`
}

/** All bridges of this box start so, and no other interface does: firewall rules match on it. */
export function bridgePrefix(box: string): string {
  return `${BRIDGE_PREFIX}${digest(box, 4)}`
}

/** The value of the engine's `filters` parameter for labels that must be there. */
export function labelFilter(labels: Labels, present: string[] = []): { label: string[] } {
  return { label: [...Object.entries(labels).map(([name, value]) => `${name}=${value}`), ...present] }
}

export function keyLabels(box: string, key: WorkloadKey): Labels {
  return {
    [LABEL.box]: box,
    [LABEL.app]: key.app,
    [LABEL.release]: String(key.release),
    [LABEL.process]: key.processType,
  }
}

function digest(text: string, length: number): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, length)
  return [...bytes].map((byte) => NAME_ALPHABET[byte % NAME_ALPHABET.length]).join('')
}
