import { LANGUAGES as NODE_BEFORE } from '../buildpacks/node/assets.ts'
import { BuildFailure } from '../errors.ts'
import type { BuildPlan } from '../plan.ts'
import type { ChosenBuildpacks } from './choose.ts'
import { type Reference, readReference } from './reference.ts'

/** Where the buildpacks are in the build, relative to the app: the runner takes them away before the first one looks. */
export const BROUGHT = '.paas.buildpacks'
/** What the runner leaves behind of detection and release, relative to the app. */
export const OUTCOME = '.paas/buildpacks.json'
/** The tools that Heroku's build image has and most buildpacks take for granted. */
const BUILD_PACKAGES = [
  ...['build-essential', 'bzip2', 'ca-certificates', 'curl', 'file', 'git', 'gnupg', 'jq', 'openssl', 'procps'],
  ...['python3', 'rsync', 'unzip', 'xz-utils', 'zip', 'zstd'],
]
/** What is compiled for Ubuntu 22.04 runs on Debian 12: its glibc (2.35) is no newer, its OpenSSL is the same. */
const DEFAULT_STACK = 'heroku-22'
const STACK_NAME = /^[a-z][a-z0-9-]{0,30}$/
const MOST = 20

export type Picked = { own: string; note?: string } | { packs: Reference[]; notes: string[] }

/** One of our languages, or buildpacks to be run. Throws BuildFailure for a list that cannot be built with. */
export function pickBuildpacks({ written, because }: ChosenBuildpacks): Picked | undefined {
  const all = written.map(readReference)
  const builtIn = all.flatMap((one) => (one.kind === 'built-in' ? [`${one.written} is left out: ${one.why}.`] : []))
  const packs = all.filter(({ kind }) => kind !== 'built-in')
  const own = packs.filter((one) => one.kind === 'own')
  if (packs.length > MOST) throw tooMany(packs.length)
  if (packs.length === 0) return undefined
  if (own.length === 0) return { packs, notes: builtIn }
  const language = own.at(-1)
  if (packs.length > own.length || !language || !(own.length === 1 || isNodeFirst(own))) throw mixed(packs, because)
  const herokus = own.filter(({ name, written }) => name !== written)
  return { own: language.name, ...(herokus.length > 0 ? { note: ours(herokus.map(({ written }) => written)) } : {}) }
}

/** As Heroku has it for pages in another language: the builder runs what package.json builds before it anyway. */
function isNodeFirst(own: (Reference & { kind: 'own' })[]): boolean {
  return own.length === 2 && own[0]?.name === 'node' && NODE_BEFORE.includes(own[1]?.name ?? '')
}

/** What runs is known only when they have been carried out: see outcome.ts. `stack` is the config var STACK. */
export function classicPlan(packs: Reference[], because: string, stack: string | undefined): BuildPlan {
  const names = packs.map(({ written }) => written)
  return {
    buildpack: 'classic',
    title: 'Buildpack',
    because,
    classic: packs.map(({ written }) => written),
    runtimes: [{ name: 'node', version: '>=20', because: 'runs the buildpacks', only: 'build' }],
    packages: [],
    buildPackages: BUILD_PACKAGES,
    programs: ['bash', 'curl', 'git'].map((name) => ({ name, package: name })),
    steps: [
      {
        name: `Running ${names.length === 1 ? 'the buildpack' : `${names.length} buildpacks`}`,
        inputs: ['.'],
        commands: [['node', `${BROUGHT}/run.mjs`, ...names]],
        caches: [{ id: 'buildpacks', variable: 'PAAS_BUILDPACK_CACHE' }],
        variables: { PAAS_STACK: stack && STACK_NAME.test(stack) ? stack : DEFAULT_STACK },
        secrets: 'files',
      },
    ],
    outputs: ['.'],
    environment: {},
    profile: true,
    processTypes: {},
    assets: [{ path: `${BROUGHT}/run.mjs`, asset: 'classic-run.mjs', only: 'build' }],
    exclude: [BROUGHT],
    warnings: [],
  }
}

function ours(written: string[]): string {
  const [stand, own] = written.length === 1 ? ['stands for the language', 'is'] : ['stand for the languages', 'are']
  return `${written.join(' and ')} ${stand} of paas: Heroku's own ${own} run by address, such as https://github.com/heroku/heroku-buildpack-${written.at(-1)?.split('/').at(-1)}.`
}

function tooMany(count: number): BuildFailure {
  return new BuildFailure('buildpack.too-many', `There are ${count} buildpacks; an app may have ${MOST}.`, {
    fix: 'Take some of them out.',
    command: 'paas buildpacks',
  })
}

function mixed(packs: Reference[], because: string): BuildFailure {
  const own = packs.filter(({ kind }) => kind === 'own').map(({ written }) => written)
  const others = packs.length > own.length ? ' together with other buildpacks' : ''
  return new BuildFailure(
    'buildpack.mixed',
    `${own.join(' and ')} cannot be used${others} (${because}): a language of paas builds the whole app by itself.`,
    {
      fix: "Keep one language, with Node.js before it where package.json builds its pages, or name Heroku's buildpacks by their addresses, such as https://github.com/heroku/heroku-buildpack-python.",
      command: `paas buildpacks:set ${own.at(-1)}`,
    },
  )
}
