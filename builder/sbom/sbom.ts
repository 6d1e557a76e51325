import { randomUUID } from 'node:crypto'
import type { BuildPlan } from '../plan.ts'
import type { Source } from '../source.ts'
import { bunLock, npmLock, pnpmLock, yarnLock } from './node-locks.ts'
import {
  cargoLock,
  composerLock,
  gemfileLock,
  goMod,
  pipfileLock,
  poetryLock,
  requirements,
  uvLock,
} from './other-locks.ts'
import { type LockedPackage, packageUrl } from './package.ts'

/** At the top of the app. Of several for one language the first one counts: the buildpacks choose in this order, too. */
const LOCKS: { read: (text: string) => LockedPackage[]; names: string[]; language: string }[] = [
  { language: 'node', names: ['npm-shrinkwrap.json', 'package-lock.json'], read: npmLock },
  { language: 'node', names: ['pnpm-lock.yaml'], read: pnpmLock },
  { language: 'node', names: ['yarn.lock'], read: yarnLock },
  { language: 'node', names: ['bun.lock'], read: bunLock },
  { language: 'python', names: ['uv.lock'], read: uvLock },
  { language: 'python', names: ['poetry.lock'], read: poetryLock },
  { language: 'python', names: ['Pipfile.lock'], read: pipfileLock },
  { language: 'python', names: ['requirements.txt'], read: requirements },
  { language: 'ruby', names: ['Gemfile.lock'], read: gemfileLock },
  { language: 'go', names: ['go.mod'], read: goMod },
  { language: 'php', names: ['composer.lock'], read: composerLock },
  { language: 'rust', names: ['Cargo.lock'], read: cargoLock },
]

export type Component = {
  type: 'library' | 'platform'
  'bom-ref': string
  name: string
  group?: string
  version: string
  purl: string
  /** `excluded`: not part of the running app. */
  scope?: 'required' | 'excluded'
  hashes?: { alg: 'SHA-512'; content: string }[]
}

/** CycloneDX 1.5, https://cyclonedx.org/docs/1.5/json/. */
export type Sbom = {
  bomFormat: 'CycloneDX'
  specVersion: '1.5'
  serialNumber: string
  version: 1
  metadata: {
    timestamp: string
    tools: { components: { type: 'application'; name: string }[] }
    component: { type: 'application'; 'bom-ref': string; name: string; version: string }
    /** `paas:lock-file`: what was read; `paas:unread`: what was there and could not be. */
    properties: { name: string; value: string }[]
  }
  components: Component[]
}

/** What the app is made of, as far as its lock files tell; a file that cannot be read is named, and stops nothing. */
export function billOfMaterials(source: Source, plan: BuildPlan, app: { name: string; commit: string }): Sbom {
  const { packages, read, unread } = lockedPackages(source)
  const components = [...plan.runtimes.map(runtimeComponent), ...packages.map(component)]
  const once = new Map(components.map((each) => [each['bom-ref'], each]))
  const reference = `${app.name}@${app.commit}`
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: `urn:uuid:${randomUUID()}`,
    version: 1,
    metadata: {
      timestamp: new Date().toISOString(),
      tools: { components: [{ type: 'application', name: 'paas' }] },
      component: { type: 'application', 'bom-ref': reference, name: app.name, version: app.commit },
      properties: [
        ...read.map((value) => ({ name: 'paas:lock-file', value })),
        ...unread.map((value) => ({ name: 'paas:unread', value })),
      ],
    },
    components: [...once.values()],
  }
}

function lockedPackages(source: Source): { packages: LockedPackage[]; read: string[]; unread: string[] } {
  const packages: LockedPackage[] = []
  const read: string[] = []
  const unread: string[] = []
  const seen = new Set<string>()
  for (const { language, names, read: parse } of LOCKS) {
    const name = names.find((candidate) => source.has(candidate))
    if (name === undefined || seen.has(language)) continue
    try {
      packages.push(...parse(source.text(name) ?? ''))
      read.push(name)
      seen.add(language)
    } catch {
      unread.push(name)
    }
  }
  return { packages, read, unread }
}

function component(found: LockedPackage): Component {
  const purl = packageUrl(found)
  const slash = found.name.lastIndexOf('/')
  const hash = /^sha512-([A-Za-z0-9+/=]+)$/.exec(found.integrity ?? '')?.[1]
  return {
    type: 'library',
    'bom-ref': purl,
    ...(slash > 0 ? { group: found.name.slice(0, slash) } : {}),
    name: found.name.slice(slash + 1),
    version: found.version,
    purl,
    ...(found.development ? { scope: 'excluded' as const } : {}),
    ...(hash === undefined
      ? {}
      : { hashes: [{ alg: 'SHA-512' as const, content: Buffer.from(hash, 'base64').toString('hex') }] }),
  }
}

function runtimeComponent({ name, version }: BuildPlan['runtimes'][number]): Component {
  const purl = `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}`
  return { type: 'platform', 'bom-ref': purl, name, version, purl }
}
