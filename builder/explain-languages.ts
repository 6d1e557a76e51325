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
]
