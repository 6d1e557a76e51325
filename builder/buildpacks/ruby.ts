import satisfies from 'semver/functions/satisfies.js'
import { BuildFailure } from '../errors.ts'
import type { BuildPlan, BuildStep, Runtime } from '../plan.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'

/** What the stack's Debian has. */
const DEBIAN_RUBY = '3.1'
const ENTRIES = ['server.rb', 'app.rb', 'main.rb']
/** Where gems are, and which are left out; `bundle exec` wants to know it, too. */
const BUNDLE = { BUNDLE_PATH: 'vendor/bundle', BUNDLE_WITHOUT: 'development:test' }
/** Many gems are compiled when they are installed, against these headers. */
const HEADERS = ['gcc', 'g++', 'make', 'ruby-dev', 'libyaml-dev', 'libffi-dev', 'zlib1g-dev']
const NATIVE: Record<string, { build: string[]; run: string[] }> = {
  pg: { build: ['libpq-dev'], run: ['libpq5'] },
  mysql2: { build: ['default-libmysqlclient-dev'], run: ['libmariadb3'] },
  sqlite3: { build: ['libsqlite3-dev', 'pkg-config'], run: ['libsqlite3-0'] },
  'ruby-vips': { build: [], run: ['libvips42'] },
}

export const ruby: Buildpack = {
  name: 'ruby',
  title: 'Ruby',
  startHint: 'bundle exec puma -p $PORT',
  detect: (source) => ['Gemfile', 'config.ru', ...ENTRIES].find((name) => source.entries.has(name)),
  plan(source, because): BuildPlan {
    const gemfile = source.text('Gemfile') ?? ''
    const lock = source.text('Gemfile.lock') ?? ''
    const installs = /^\s*(?:gem\s|gemspec\b)/m.test(gemfile)
    const has = (gem: string) =>
      new RegExp(`^ {4}${gem} \\(|^\\s*gem\\s+["']${gem}["']`, 'm').test(`${lock}\n${gemfile}`)
    const native = Object.entries(NATIVE)
      .filter(([gem]) => has(gem))
      .map(([, packages]) => packages)
    const rails = has('rails') || has('railties')
    const bundler = gemfile !== ''
    const command = start(source, has, rails, bundler)
    return {
      buildpack: 'ruby',
      title: 'Ruby',
      because,
      runtimes: [rubyVersion(source, gemfile)],
      packages: ['ruby', ...(bundler ? ['ruby-bundler'] : []), ...native.flatMap(({ run }) => run)],
      ...(installs ? { buildPackages: [...HEADERS, 'git', ...native.flatMap(({ build }) => build)] } : {}),
      programs: [{ name: 'ruby', package: 'ruby' }, ...(bundler ? [{ name: 'bundle', package: 'ruby-bundler' }] : [])],
      steps: [...(installs ? [install(source, gemfile)] : []), ...(rails && installs ? [assets()] : [])],
      outputs: installs ? ['vendor/bundle'] : ['.'],
      environment: environment(rails, bundler, source),
      processTypes: command === undefined ? {} : { web: command },
      notes: command === undefined ? [] : [`web starts with \`${command}\`, which fits what the Gemfile names.`],
      warnings:
        installs && lock === ''
          ? ['There is no Gemfile.lock: every build may get other versions. Run `bundle lock` and commit the file.']
          : [],
    }
  },
}

function rubyVersion(source: Source, gemfile: string): Runtime {
  const file = (source.text('.ruby-version') ?? '').trim().replace(/^ruby-/, '')
  const line = /^\s*ruby\s+["']([^"']+)["']/m.exec(gemfile)?.[1] ?? ''
  const [wanted, because] = line !== '' ? [line, 'ruby in the Gemfile'] : [file, '.ruby-version']
  if (wanted === '') return { name: 'ruby', version: DEBIAN_RUBY, because: "the default, Debian's" }
  const range = wanted.replace(/^~>\s*(\d+)\.(\d+)$/, '^$1.$2').replace('~>', '~')
  // Bundler compares patch levels, so a line of one in the Gemfile has to be exact; .ruby-version is a wish.
  const version = DEBIAN_RUBY_PATCH
  if (satisfies(version, range) || (line === '' && wanted.startsWith(`${DEBIAN_RUBY}.`)))
    return { name: 'ruby', version: DEBIAN_RUBY, because }
  throw new BuildFailure(
    'ruby.no-such-version',
    `${because} asks for Ruby ${wanted}, and the stack has ${version} (Debian's).`,
    {
      fix: `Ask for what the stack has (\`ruby "~> ${DEBIAN_RUBY}"\` in the Gemfile), or add a Dockerfile with the version that the app needs.`,
    },
  )
}

const DEBIAN_RUBY_PATCH = '3.1.2'

function install(source: Source, gemfile: string): BuildStep {
  const names = ['Gemfile', 'Gemfile.lock', '.ruby-version', '.bundle/config']
  const local = /^\s*(?:gemspec\b|gem\s.*\bpath:)|\beval_gemfile\b/m.test(gemfile)
  const cached = source.hasDirectory('vendor/cache') ? ['vendor/cache/'] : []
  const locked: Record<string, string> = source.has('Gemfile.lock') ? { BUNDLE_FROZEN: 'true' } : {}
  return {
    name: 'Installing dependencies',
    inputs: local ? ['.'] : [...names.filter((name) => source.has(name)), ...cached],
    commands: [
      ['bundle', 'install', '--jobs', '4', ...(cached.length > 0 ? ['--local'] : [])],
      ['sh', '-c', 'mkdir -p vendor/bundle && find vendor/bundle -type d -name cache -prune -exec rm -rf {} +'],
    ],
    caches: [{ id: 'bundler', variable: 'BUNDLE_USER_CACHE' }],
    variables: { ...BUNDLE, ...locked },
    secrets: true,
  }
}

/** As Heroku does it; Rails wants a key even where no secret is used. */
function assets(): BuildStep {
  const text =
    'if bundle exec rake -P 2>/dev/null | grep -q "^rake assets:precompile"; then exec bundle exec rake assets:precompile; fi'
  return {
    name: 'Precompiling assets',
    inputs: ['.'],
    commands: [['sh', '-c', text]],
    caches: [],
    variables: { ...BUNDLE, RAILS_ENV: 'production', SECRET_KEY_BASE_DUMMY: '1' },
    secrets: true,
    inRunImage: true,
  }
}

function environment(rails: boolean, bundler: boolean, source: Source): Record<string, string> {
  const locked: Record<string, string> = source.has('Gemfile.lock') ? { BUNDLE_FROZEN: 'true' } : {}
  return {
    RACK_ENV: 'production',
    ...(bundler ? { ...BUNDLE, ...locked } : {}),
    ...(rails ? { RAILS_ENV: 'production', RAILS_LOG_TO_STDOUT: 'enabled', RAILS_SERVE_STATIC_FILES: 'enabled' } : {}),
  }
}

function start(source: Source, has: (gem: string) => boolean, rails: boolean, bundler: boolean): string | undefined {
  if (has('puma') && (rails || source.has('config.ru'))) {
    return source.has('config/puma.rb')
      ? 'bundle exec puma -C config/puma.rb'
      : 'bundle exec puma -b tcp://0.0.0.0:$PORT'
  }
  if (rails) return 'bundle exec rails server -b 0.0.0.0 -p $PORT'
  const run = bundler ? 'bundle exec ' : ''
  if (source.has('config.ru')) return `${run}rackup config.ru -o 0.0.0.0 -p $PORT`
  const entry = ENTRIES.find((name) => source.has(name))
  return entry === undefined ? undefined : `${run}ruby ${entry}`
}
