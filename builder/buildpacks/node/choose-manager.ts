import intersects from 'semver/ranges/intersects.js'
import validRange from 'semver/ranges/valid.js'
import { BuildFailure } from '../../errors.ts'
import type { Runtime } from '../../plan.ts'
import { isYarnClassic } from '../../runtime.ts'
import type { Source } from '../../source.ts'
import type { PackageJson } from '../package-json.ts'
import { bun, LOCK_FILES, type ManagerName, npm, type PackageManager, pnpm } from './package-manager.ts'
import { berryVersion, isBerry, yarnBerry, yarnClassic } from './yarn.ts'

export type ChosenManager = {
  manager: PackageManager
  lockFile: string | undefined
  /** Undefined where the stack's own will do. */
  runtime: Runtime | undefined
  warnings: string[]
}

type Wish = { name: ManagerName; version: string | undefined; because: string }
type Version = { version: string; because: string }

/** In the order in which they are preferred where several lock files compete and nothing else decides. */
const NAMES: ManagerName[] = ['npm', 'pnpm', 'yarn', 'bun']
/** The npm of the stack. */
const OWN_NPM = '11.x'
const PNPM_OF_LOCK_FILE: Record<string, string> = { '5.3': '6.x', '5.4': '7.x', '6.0': '8.x', '9.0': '10.x' }

/** The lock file decides; several of them are settled by packageManager or devEngines, else with a warning. */
export function chooseManager(source: Source, json: PackageJson): ChosenManager {
  const wish = wished(json)
  const locks = NAMES.flatMap((name) =>
    LOCK_FILES[name].filter((file) => source.has(file)).map((file) => ({ name, file })),
  )
  const lock = locks.find(({ name }) => name === wish?.name) ?? locks[0]
  const name = lock?.name ?? wish?.name ?? (source.has('bunfig.toml') ? 'bun' : 'npm')
  const version = versionOf(name, source, json, wish?.name === name ? wish : undefined)
  return {
    manager: managerOf(name, source, version?.version ?? ''),
    lockFile: lock?.file,
    runtime: version && { name, ...version, only: 'build' },
    warnings: [...severalLocks(locks, lock?.file, wish), ...otherLock(lock, wish)],
  }
}

function managerOf(name: ManagerName, source: Source, range: string): PackageManager {
  if (name === 'yarn') return isYarnClassic(range) ? yarnClassic : yarnBerry(source, range)
  return { npm, pnpm, bun }[name]
}

function wished({ packageManager, devEngines }: PackageJson): Wish | undefined {
  if (packageManager !== undefined) return parsed(packageManager)
  const { name = '', version } = devEngines.packageManager ?? {}
  return isManager(name) ? { name, version, because: 'devEngines.packageManager in package.json' } : undefined
}

/** `pnpm@10.2.0`, with or without the checksum that Corepack writes behind it. */
function parsed(text: string): Wish | undefined {
  const [, name = '', version = ''] = /^([a-z]+)@([^+]+)/.exec(text) ?? []
  const because = 'packageManager in package.json'
  if (isManager(name) && validRange(version) !== null) return { name, version, because }
  throw new BuildFailure('node.package-manager', `${because} is not one that can be had: ${text}`, {
    fix: `Name one of ${NAMES.join(', ')} with its version, such as "packageManager": "pnpm@10.2.0", or leave it out.`,
    command: 'npm pkg delete packageManager',
  })
}

function isManager(name: string): name is ManagerName {
  return (NAMES as string[]).includes(name)
}

function versionOf(name: ManagerName, source: Source, json: PackageJson, wish: Wish | undefined): Version | undefined {
  const named =
    range(wish?.version, wish?.because ?? '') ??
    range(json.volta[name], `volta.${name} in package.json`) ??
    range(json.engines[name], `engines.${name} in package.json`)
  if (name === 'npm') return named && !intersects(named.version, OWN_NPM) ? named : undefined
  if (named) return named
  if (name === 'pnpm') return pnpmVersion(source)
  if (name === 'yarn')
    return isBerry(source) ? berryVersion(source) : { version: '1.x', because: 'the form of yarn.lock' }
  return { version: '1.x', because: 'the default' }
}

/** What is no range is left to the manager, which says so itself. */
function range(version: string | undefined, because: string): Version | undefined {
  return version !== undefined && validRange(version) !== null ? { version, because } : undefined
}

function pnpmVersion(source: Source): Version {
  const form = /^lockfileVersion:\s*["']?([\d.]+)/m.exec(source.text('pnpm-lock.yaml') ?? '')?.[1] ?? ''
  const version = PNPM_OF_LOCK_FILE[form]
  return version ? { version, because: `lockfileVersion ${form}` } : { version: '10.x', because: 'the default' }
}

function severalLocks(locks: { file: string }[], taken: string | undefined, wish: Wish | undefined): string[] {
  if (locks.length < 2) return []
  const reason = wish ? `by ${wish.because}` : 'the first of them'
  const others = locks.filter(({ file }) => file !== taken).map(({ file }) => file)
  return [
    `There are several lock files (${locks.map(({ file }) => file).join(', ')}); ${taken} is used, ${reason}. Remove ${others.join(' and ')} from git.`,
  ]
}

function otherLock(lock: { name: string; file: string } | undefined, wish: Wish | undefined): string[] {
  if (!lock || !wish || lock.name === wish.name) return []
  return [`${wish.because} names ${wish.name}, but the lock file is ${lock.file}: ${lock.name} is used.`]
}
