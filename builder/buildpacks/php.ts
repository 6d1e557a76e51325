import { BuildFailure } from '../errors.ts'
import type { BuildPlan, BuildStep, Runtime } from '../plan.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'

/** What the stack's Debian has. */
const DEBIAN_PHP = '8.2'
/** Requests at the same time; each is a process of some 20 MB. */
const WEB_CONCURRENCY = '10'
const ROOTS = ['public', 'web', 'webroot', '.']
/** Extensions that are part of Debian's PHP itself, beside those that a package brings. */
const PACKAGES: Record<string, string> = {
  apcu: 'php-apcu',
  bcmath: 'php-bcmath',
  curl: 'php-curl',
  dom: 'php-xml',
  gd: 'php-gd',
  gmp: 'php-gmp',
  imagick: 'php-imagick',
  intl: 'php-intl',
  ldap: 'php-ldap',
  mbstring: 'php-mbstring',
  mongodb: 'php-mongodb',
  mysqli: 'php-mysql',
  pdo_mysql: 'php-mysql',
  pdo_pgsql: 'php-pgsql',
  pdo_sqlite: 'php-sqlite3',
  pgsql: 'php-pgsql',
  redis: 'php-redis',
  simplexml: 'php-xml',
  soap: 'php-soap',
  sqlite3: 'php-sqlite3',
  xml: 'php-xml',
  xmlreader: 'php-xml',
  xmlwriter: 'php-xml',
  zip: 'php-zip',
}
/** What frameworks expect beside what they declare: the drivers of the databases that a box has. */
const USUAL = ['mbstring', 'xml', 'curl', 'intl', 'pdo_mysql', 'pdo_pgsql', 'pdo_sqlite', 'zip']

export const php: Buildpack = {
  name: 'php',
  title: 'PHP',
  startHint: 'php artisan queue:work',
  detect: (source) => ['composer.json', 'index.php', 'public/index.php'].find((name) => source.entries.has(name)),
  plan(source, because): BuildPlan {
    const composer = source.text('composer.json')
    const root = ROOTS.find((each) => source.has(each === '.' ? 'index.php' : `${each}/index.php`)) ?? '.'
    const steps = composer === undefined ? [] : composerSteps(source, composer)
    const extensions = extensionPackages(composer ?? '', source.text('composer.lock') ?? '', steps.length > 0)
    const directory = root === '.' ? '$PWD' : `$PWD/${root}`
    return {
      buildpack: 'php',
      title: 'PHP',
      because,
      runtimes: [phpVersion(composer ?? '')],
      packages: ['apache2-bin', 'libapache2-mod-php', 'media-types', 'php-cli', ...extensions],
      ...(steps.length > 0 ? { buildPackages: ['composer', 'git', 'unzip'] } : {}),
      programs: [
        { name: 'php', package: 'php-cli' },
        { name: 'apache2', package: 'libapache2-mod-php' },
        ...(steps.length > 0 ? [{ name: 'composer', package: 'composer' }] : []),
      ],
      steps,
      outputs: ['.'],
      environment: { WEB_CONCURRENCY },
      assets: [{ path: '.paas/apache.conf', asset: 'apache.conf' }],
      ...(source.hasDirectory('vendor') && steps.length > 0 ? { exclude: ['vendor'] } : {}),
      processTypes: { web: `PAAS_WEB_ROOT="${directory}" exec apache2 -f "$PWD/.paas/apache.conf" -D FOREGROUND` },
      notes: [
        `Apache serves ${root === '.' ? 'the top directory' : root}: index.php answers for paths that are no files.`,
      ],
      warnings:
        composer !== undefined && steps.length > 0 && !source.has('composer.lock')
          ? [
              'There is no composer.lock: every build may get other versions. Run `composer install` and commit the file.',
            ]
          : [],
    }
  },
}

function phpVersion(composer: string): Runtime {
  const wanted = /"php"\s*:\s*"([^"]+)"/.exec(composer)?.[1]
  if (wanted === undefined) return { name: 'php', version: DEBIAN_PHP, because: "the default, Debian's" }
  const least = [...wanted.matchAll(/(?:\^|~|>=|^|\|)\s*v?(\d+)(?:\.(\d+))?/g)].map(([, major, minor = '0']) => [
    Number(major),
    Number(minor),
  ])
  const [major, minor] = DEBIAN_PHP.split('.').map(Number)
  const exact = /^\s*v?(\d+\.\d+)(?:\.\d+|\.\*)?\s*$/.exec(wanted)?.[1]
  const fits =
    least.length === 0 ||
    least.some(([a = 0, b = 0]) => (a < (major ?? 0) ? wanted.includes('>=') : a === major && b <= (minor ?? 0)))
  if (fits && (exact === undefined || exact === DEBIAN_PHP))
    return { name: 'php', version: DEBIAN_PHP, because: `php ${wanted} in composer.json` }
  throw new BuildFailure(
    'php.no-such-version',
    `composer.json asks for PHP ${wanted}, and the stack has ${DEBIAN_PHP} (Debian's).`,
    {
      fix: `Let composer.json ask for a version that fits ${DEBIAN_PHP}, or add a Dockerfile with the one that the app needs.`,
      command: `composer require "php:^${DEBIAN_PHP}"`,
    },
  )
}

/** Packages first, by the manifests alone; autoloader and scripts when the code is there. */
function composerSteps(source: Source, composer: string): BuildStep[] {
  const requires = /"require"\s*:\s*\{([^}]*)\}/.exec(composer)?.[1] ?? ''
  const names = [...requires.matchAll(/"([^"]+)"\s*:/g)].map(([, name]) => name ?? '')
  if (!names.some((name) => name.includes('/')) && !composer.includes('"autoload"')) return []
  const inputs = ['composer.json', 'composer.lock', 'auth.json', 'symfony.lock'].filter((name) => source.has(name))
  const local = /"type"\s*:\s*"path"/.test(composer)
  const shared = {
    caches: [{ id: 'composer', variable: 'COMPOSER_CACHE_DIR' }],
    variables: { COMPOSER_NO_INTERACTION: '1', COMPOSER_HOME: '/tmp/composer' },
    secrets: true,
  }
  const install = [
    'composer',
    'install',
    '--no-dev',
    '--prefer-dist',
    '--no-progress',
    '--no-scripts',
    '--no-autoloader',
  ]
  const compile = /"compile"\s*:/.test(composer) ? [['composer', 'run-script', 'compile']] : []
  return [
    { name: 'Installing dependencies', inputs: local ? ['.'] : inputs, commands: [install], ...shared },
    {
      name: 'Making the autoloader',
      inputs: ['.'],
      commands: [['composer', 'dump-autoload', '--no-dev', '--optimize'], ...compile],
      ...shared,
    },
  ]
}

function extensionPackages(composer: string, lock: string, installs: boolean): string[] {
  const asked = [...`${composer}\n${lock}`.matchAll(/"ext-([\w-]+)"\s*:/g)].map(([, name]) => name ?? '')
  const framework = /"(?:laravel\/framework|symfony\/framework-bundle|slim\/slim|cakephp\/cakephp)"/.test(composer)
  const all = [...asked, ...(framework && installs ? USUAL : [])].flatMap((name) => PACKAGES[name] ?? [])
  return [...new Set(all)].sort()
}
