import type { FailureHelp } from './errors.ts'

export type Cause = { pattern: RegExp; code: string; message: (match: RegExpExecArray) => string } & FailureHelp

/** What the package managers of other languages than Node.js say when something is wrong; in order, as in explain.ts. */
export const LANGUAGE_CAUSES: Cause[] = [
  {
    pattern:
      /NewConnectionError|NameResolutionError|ConnectTimeoutError|ProxyError|SSLError|Max retries exceeded with url|error sending request for url/,
    code: 'registry.unreachable',
    message: () => 'The Python package index (pypi.org), or where its files are, could not be reached from the build.',
    fix: 'Let the box reach it, or put the wheels into the repository and begin requirements.txt with --no-index and --find-links <directory>. Then push again.',
    retryable: true,
  },
  {
    pattern: /ERROR: No matching distribution found for (\S+)/,
    code: 'python.no-such-package',
    message: ([, wanted]) => `There is no ${wanted} for this Python that pip could find.`,
    fix: 'Correct the name or the version in requirements.txt, or ask for another Python in .python-version.',
  },
  {
    pattern: /error: command '([\w/.-]*(?:gcc|cc|g\+\+))' failed: No such file/,
    code: 'python.no-compiler',
    message: ([, compiler]) => `A package is compiled when it is installed, and ${compiler} is not there.`,
    fix: 'Take a version that comes as a wheel, or remove --no-index, so that a compiler is brought along.',
  },
  {
    pattern: /(pg_config|mysql_config|pkg-config|\w+\.h)(?:: No such file or directory| executable not found)/,
    code: 'build.library-missing',
    message: ([, file]) => `A package wants ${file} of a system library when it is compiled.`,
    fix: 'Take the binary variant of the package (such as psycopg2-binary), or name the Debian package in an Aptfile.',
  },
  {
    pattern:
      /The lockfile at `uv\.lock` needs to be updated|pyproject\.toml changed significantly since poetry\.lock|Your Pipfile\.lock \(\w+\) is out of date/,
    code: 'python.lock-out-of-step',
    message: () => 'The lock file does not fit its manifest, so nothing was installed.',
    fix: 'Bring the lock file up to date on your machine (`uv lock`, `poetry lock` or `pipenv lock`) and commit it.',
  },
  {
    pattern: /ModuleNotFoundError: No module named '([\w.]+)'/,
    code: 'build.module-not-found',
    message: ([, module]) => `The Python module ${module} cannot be found when the app is built.`,
    fix: 'Add the package that has it to the requirements, commit and push again.',
  },
  {
    pattern: /paas-toolchain-unavailable: (\w+) ([\w.]+): (.+)/,
    code: 'build.toolchain-unavailable',
    message: ([, language, version, reason]) =>
      `${language} ${version} could not be fetched from its own distribution: ${reason}.`,
    fix: "Let the box reach it, name a version that exists, or one that Debian's fits: Go 1.19, Rust 1.63 (without `version = 4` in Cargo.lock).",
    retryable: true,
  },
  {
    pattern: /go: (?:\S+: )?(?:module lookup disabled|.*proxy\.golang\.org.*(?:dial tcp|i\/o timeout|EOF|40[34]|50\d))/,
    code: 'registry.unreachable',
    message: () => 'The Go module proxy (proxy.golang.org) could not be reached from the build.',
    fix: 'Let the box reach it, or set GOPROXY as a config var, or commit the dependencies.',
    command: 'go mod vendor && git add vendor && git commit -m "Vendor dependencies"',
    retryable: true,
  },
  {
    pattern: /go: (?:inconsistent vendoring|updates to go\.mod needed|missing go\.sum entry)/,
    code: 'go.modules-out-of-step',
    message: () => 'go.mod, go.sum and vendor do not fit each other.',
    fix: 'Bring them up to date on your machine and commit them.',
    command: 'go mod tidy && git add go.mod go.sum && git commit -m "Tidy modules"',
  },
  {
    pattern: /failed to (?:get|fetch|download|query) .*|Unable to update registry `crates-io`/,
    code: 'registry.unreachable',
    message: () => 'A crate could not be fetched from its registry by the build.',
    fix: 'Let the box reach index.crates.io and static.crates.io, or commit the dependencies (`cargo vendor`, with the lines it prints in .cargo/config.toml).',
    retryable: true,
  },
  {
    pattern: /the lock file .* needs to be updated but --locked was passed/,
    code: 'rust.lock-out-of-step',
    message: () => 'Cargo.lock does not fit Cargo.toml, so nothing was built.',
    fix: 'Bring the lock file up to date on your machine and commit it.',
    command: 'cargo generate-lockfile && git add Cargo.lock && git commit -m "Update Cargo.lock"',
  },
  {
    pattern:
      /curl error \d+ while downloading (https?:\/\/[^\s/]+)|(?:could not|Failed to) (?:be )?(?:fully )?(?:loaded|download) .*(https?:\/\/[^\s/]*(?:packagist|github)[^\s/]*)/,
    code: 'registry.unreachable',
    message: ([, host, other]) => `Composer could not fetch from ${host ?? other}.`,
    fix: 'Let the box reach it, or take the requirements out of composer.json and commit vendor. Then push again.',
    retryable: true,
  },
  {
    pattern: /Your requirements could not be resolved to an installable set of packages/,
    code: 'php.conflict',
    message: () =>
      'composer.json and composer.lock ask for what does not fit, or for an extension of PHP that is not there.',
    fix: 'Composer says above what does not fit. Name extensions in composer.json ("ext-gd": "*"): they are installed by that.',
    command: 'composer update && git add composer.json composer.lock && git commit -m "Update dependencies"',
  },
  {
    pattern:
      /Could not (?:reach host|fetch specs from|find compatible versions.*from) (\S*rubygems\S*)|Bundler::HTTPError|Gem::RemoteFetcher::FetchError/,
    code: 'registry.unreachable',
    message: () => 'Gems could not be fetched from where the Gemfile says.',
    fix: 'Let the box reach it, or commit the gems (`bundle cache`, which fills vendor/cache). Then push again.',
    retryable: true,
  },
  {
    pattern:
      /Your bundle only supports platforms|frozen.*(?:Gemfile|lockfile)|The gemspecs for path gems changed|You are trying to install in deployment mode/,
    code: 'ruby.lock-out-of-step',
    message: () => 'Gemfile.lock does not fit the Gemfile or this machine, so nothing was installed.',
    fix: 'Bring the lock file up to date on your machine and commit it.',
    command: 'bundle lock --add-platform x86_64-linux && git add Gemfile.lock && git commit -m "Update Gemfile.lock"',
  },
  {
    pattern:
      /Could not transfer (?:artifact|metadata) \S+ from\/to (\S+)|Could not (?:GET|HEAD|resolve all files).*?'(https?:\/\/[^/']+)|java\.net\.(?:UnknownHostException|ConnectException)[: ]+(\S+)/,
    code: 'registry.unreachable',
    message: ([, ...places]) =>
      `${places.find(Boolean)} could not be reached from the build, and dependencies come from there.`,
    fix: 'Let the box reach it, or name a mirror that it reaches in the settings of Maven or Gradle. Then push again.',
    retryable: true,
  },
  {
    pattern:
      /Failed to fetch record for .* \(using cache|httpc request failed with|Mix requires the Hex package manager/,
    code: 'registry.unreachable',
    message: () => 'hex.pm could not be reached from the build, and packages of the app come from there.',
    fix: 'Let the box reach hex.pm and repo.hex.pm, then push again.',
    retryable: true,
  },
]
