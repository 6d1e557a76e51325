import type { Cache } from '../../plan.ts'

/** One of the programs that install packages of the npm registry: what to type for each thing a build wants of it. */
export type PackageManager = {
  /** As its program and its runtime are called. */
  name: ManagerName
  /** What the user reads: `Yarn`. */
  title: string
  /** Files beside manifests and the lock file that decide what is installed; directories end with a slash. */
  settings: string[]
  /** `frozen` by the lock file, which must fit; `development` with the tools that only the build needs. */
  install(wanted: { frozen: boolean; development: boolean }): string[]
  /** Takes out what only the build needed; empty where it is not worth it. */
  prune: string[][]
  /** At the top, or in a package of the workspace. */
  run(script: string, directory?: string): string[]
  /** Scripts of the app itself that it runs while it installs. */
  installScripts: string[]
  caches: Cache[]
  variables: Record<string, string>
  /** Where the app's programs are put, undefined where only the manager itself finds them. */
  bin: string | undefined
}

export type ManagerName = 'npm' | 'pnpm' | 'yarn' | 'bun'

export const LOCK_FILES: Record<ManagerName, string[]> = {
  npm: ['npm-shrinkwrap.json', 'package-lock.json'],
  pnpm: ['pnpm-lock.yaml'],
  yarn: ['yarn.lock'],
  bun: ['bun.lock', 'bun.lockb'],
}

export const BIN = 'node_modules/.bin'

const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare']

export const npm: PackageManager = {
  name: 'npm',
  title: 'npm',
  settings: ['.npmrc'],
  install: ({ frozen, development }) => [
    'npm',
    frozen ? 'ci' : 'install',
    development ? '--include=dev' : '--omit=dev',
  ],
  prune: [['npm', 'prune', '--omit=dev', '--ignore-scripts']],
  run: (script, directory) => ['npm', 'run', script, ...(directory === undefined ? [] : [`--workspace=${directory}`])],
  installScripts: [...INSTALL_SCRIPTS, 'dependencies'],
  caches: [{ id: 'npm', variable: 'npm_config_cache' }],
  variables: { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' },
  bin: BIN,
}

/** Its older versions read npm_config_ variables, its newer ones pnpm_config_. */
export const pnpm: PackageManager = {
  name: 'pnpm',
  title: 'pnpm',
  settings: ['.npmrc', 'pnpm-workspace.yaml', '.pnpmfile.cjs', '.pnpmfile.mjs', 'patches/'],
  install: ({ frozen, development }) => [
    'pnpm',
    'install',
    frozen ? '--frozen-lockfile' : '--no-frozen-lockfile',
    ...(development ? ['--prod=false'] : ['--prod']),
  ],
  prune: [['pnpm', 'install', '--prod', '--frozen-lockfile', '--ignore-scripts', '--prefer-offline']],
  run: (script, directory) => ['pnpm', ...(directory === undefined ? [] : ['--dir', directory]), 'run', script],
  installScripts: [...INSTALL_SCRIPTS, 'pnpm:devPreinstall'],
  caches: [
    { id: 'pnpm', variable: 'npm_config_store_dir' },
    { id: 'pnpm', variable: 'pnpm_config_store_dir' },
    { id: 'pnpm-metadata', variable: 'XDG_CACHE_HOME' },
  ],
  variables: {
    npm_config_manage_package_manager_versions: 'false',
    pnpm_config_manage_package_manager_versions: 'false',
    npm_config_update_notifier: 'false',
    pnpm_config_update_notifier: 'false',
    npm_config_confirm_modules_purge: 'false',
    pnpm_config_confirm_modules_purge: 'false',
  },
  bin: BIN,
}

const bunInstall = (frozen: boolean, development: boolean) => [
  'bun',
  'install',
  ...(frozen ? ['--frozen-lockfile'] : []),
  ...(development ? [] : ['--production']),
]

/** It takes nothing out that is no longer wanted, so production's packages are put there afresh, out of the cache. */
export const bun: PackageManager = {
  name: 'bun',
  title: 'Bun',
  settings: ['.npmrc', 'bunfig.toml', 'patches/'],
  install: ({ frozen, development }) => bunInstall(frozen, development),
  prune: [
    ['rm', '-rf', 'node_modules'],
    [...bunInstall(true, false), '--ignore-scripts'],
  ],
  run: (script, directory) => ['bun', ...(directory === undefined ? [] : [`--cwd=${directory}`]), 'run', script],
  installScripts: INSTALL_SCRIPTS,
  caches: [{ id: 'bun', variable: 'BUN_INSTALL_CACHE_DIR' }],
  variables: {},
  bin: BIN,
}
