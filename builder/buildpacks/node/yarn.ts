import type { Source } from '../../source.ts'
import { BIN, type PackageManager } from './package-manager.ts'

const run = (script: string, directory?: string) => [
  'yarn',
  ...(directory === undefined ? [] : ['--cwd', directory]),
  'run',
  script,
]

/** Yarn 1, whose lock file says so in its second line. */
export const yarnClassic: PackageManager = {
  name: 'yarn',
  title: 'Yarn',
  settings: ['.npmrc', '.yarnrc', '.yarn/releases/'],
  install: ({ frozen, development }) => [
    'yarn',
    'install',
    ...(frozen ? ['--frozen-lockfile'] : []),
    '--non-interactive',
    `--production=${!development}`,
  ],
  prune: [
    [
      'yarn',
      'install',
      '--frozen-lockfile',
      '--non-interactive',
      '--production=true',
      '--ignore-scripts',
      '--prefer-offline',
    ],
  ],
  run,
  installScripts: ['preinstall', 'install', 'postinstall', 'prepublish', 'prepare'],
  caches: [{ id: 'yarn', variable: 'YARN_CACHE_FOLDER' }],
  variables: { YARN_ENABLE_TELEMETRY: '0' },
  bin: BIN,
}

/** From Yarn 2 on: settings in .yarnrc.yml, and unless told otherwise no node_modules at all (Plug'n'Play). */
export function yarnBerry(source: Source, range: string): PackageManager {
  const settings = source.text('.yarnrc.yml') ?? ''
  const linker = /^nodeLinker:\s*["']?([\w-]+)/m.exec(settings)?.[1] ?? 'pnp'
  const playing = linker === 'pnp'
  const vendored = source.hasDirectory('.yarn/cache')
  return {
    name: 'yarn',
    title: 'Yarn',
    settings: ['.npmrc', '.yarnrc.yml', '.yarn/releases/', '.yarn/plugins/', '.yarn/patches/', '.yarn/cache/'],
    install: ({ frozen }) => ['yarn', 'install', frozen ? '--immutable' : '--no-immutable'],
    prune: canFocus(source, range) ? [['yarn', 'workspaces', 'focus', '--all', '--production']] : [],
    run,
    installScripts: ['preinstall', 'install', 'postinstall'],
    caches: [{ id: 'yarn-berry', variable: 'YARN_GLOBAL_FOLDER' }],
    variables: {
      YARN_ENABLE_TELEMETRY: '0',
      // With Plug'n'Play the packages run out of the cache, which has to be part of the app then.
      YARN_ENABLE_GLOBAL_CACHE: String(!playing && !vendored),
    },
    bin: playing ? undefined : BIN,
  }
}

/** Part of Yarn 4, a plugin before it. */
function canFocus(source: Source, range: string): boolean {
  return !/^\D*[23]\b/.test(range) || source.has('.yarn/plugins/@yarnpkg/plugin-workspace-tools.cjs')
}

/** By its lock file or its settings; without either, Yarn 1. */
export function isBerry(source: Source): boolean {
  return source.has('.yarnrc.yml') || /^__metadata:/m.test(source.text('yarn.lock') ?? '')
}

/** A release that the app brings along, else the line that writes this form of the lock file. */
export function berryVersion(source: Source): { version: string; because: string } {
  const release = /^yarnPath:.*yarn-(\d+\.\d+\.\d+)\.c?js/m.exec(source.text('.yarnrc.yml') ?? '')?.[1]
  if (release !== undefined) return { version: release, because: 'yarnPath in .yarnrc.yml' }
  const form = /^__metadata:\s*\n\s+version:\s*["']?(\d+)/m.exec(source.text('yarn.lock') ?? '')?.[1]
  if (form === undefined) return { version: '4.x', because: 'the default' }
  const version = Number(form) >= 7 ? '4.x' : Number(form) >= 5 ? '3.x' : '2.x'
  return { version, because: `form ${form} of yarn.lock` }
}
