import intersects from 'semver/ranges/intersects.js'
import subset from 'semver/ranges/subset.js'
import validRange from 'semver/ranges/valid.js'
import { BuildFailure } from '../../errors.ts'
import type { Runtime } from '../../plan.ts'
import type { Source } from '../../source.ts'
import type { PackageJson } from '../package-json.ts'

/** The current LTS line, which the stack brings along. */
export const DEFAULT_NODE = '24.x'

/** Names that nvm knows: nodejs.org/en/about/previous-releases */
const CODE_NAMES: Record<string, string> = {
  'lts/*': DEFAULT_NODE,
  'lts/krypton': '24.x',
  'lts/jod': '22.x',
  'lts/iron': '20.x',
  'lts/hydrogen': '18.x',
  'lts/gallium': '16.x',
  node: '*',
  stable: '*',
  latest: '*',
  current: '*',
}

type Wish = { version: string; because: string }

/**
 * engines.node says what the app can run on, and wins; a pin (Volta, devEngines, .nvmrc, .node-version, in this order)
 * chooses within it. Throws BuildFailure for what is no version.
 */
export function nodeVersion(source: Source, json: PackageJson): { runtime: Runtime; warnings: string[] } {
  const engines = wish(json.engines['node'], 'engines.node in package.json')
  const pin = pinned(source, json)
  const [chosen, warnings] = choose(engines, pin)
  return { runtime: { name: 'node', ...chosen }, warnings }
}

function choose(engines: Wish | undefined, pin: Wish | undefined): [Wish, string[]] {
  if (!engines || !pin) return [engines ?? pin ?? { version: DEFAULT_NODE, because: 'the default' }, []]
  if (subset(pin.version, engines.version))
    return [{ ...pin, because: `${pin.because}, within ${engines.because}` }, []]
  const disagrees = `${pin.because} names Node.js ${pin.version} and ${engines.because} ${engines.version}; the latter is used.`
  return [engines, intersects(pin.version, engines.version) ? [] : [disagrees]]
}

function pinned(source: Source, json: PackageJson): Wish | undefined {
  const { runtime } = json.devEngines
  return (
    wish(json.volta['node'], 'volta.node in package.json') ??
    wish(runtime?.name === 'node' ? runtime.version : undefined, 'devEngines.runtime in package.json') ??
    wish(versionFile(source, '.nvmrc'), '.nvmrc') ??
    wish(versionFile(source, '.node-version'), '.node-version')
  )
}

function versionFile(source: Source, name: string): string | undefined {
  const lines = (source.text(name) ?? '').split(/\r?\n/).map((line) => line.replace(/#.*/, '').trim())
  return lines.find((line) => line !== '')
}

function wish(text: string | undefined, because: string): Wish | undefined {
  if (text === undefined) return undefined
  const version = CODE_NAMES[text.toLowerCase()] ?? text.replace(/^v(?=\d)/, '')
  if (validRange(version) !== null) return { version, because }
  throw new BuildFailure('node.invalid-version', `${because} is no version of Node.js: ${text}`, {
    fix: `Write a version or a range, such as "engines": {"node": "${DEFAULT_NODE}"}.`,
    command: `npm pkg set engines.node=${DEFAULT_NODE}`,
  })
}
