import type { BuildPlan, BuildStep } from '../plan.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'
import { pythonInstall } from './python/install.ts'
import { names, nativePackages } from './python/packages.ts'
import { pythonStart } from './python/start.ts'
import { type PythonVersion, pythonVersion } from './python/version.ts'

const MANIFESTS = ['requirements.txt', 'Pipfile', 'poetry.lock', 'uv.lock', 'pyproject.toml', 'setup.py', 'manage.py']
const ENTRIES = ['main.py', 'app.py']
/** As Heroku's small dynos have it; gunicorn and uvicorn read it. */
const WEB_CONCURRENCY = '2'

export const python: Buildpack = {
  name: 'python',
  title: 'Python',
  startHint: 'gunicorn --bind 0.0.0.0:$PORT app:app',
  detect: (source) => [...MANIFESTS, ...ENTRIES].find((name) => source.entries.has(name)),
  plan(source, because): BuildPlan {
    const version = pythonVersion(source)
    const { steps, text, manifest, warnings } = pythonInstall(source, version)
    const start = pythonStart(source, text)
    const native = nativePackages(text)
    const installs = steps.length > 0
    const others = version.debian ? [] : [otherPython(version)]
    return {
      buildpack: 'python',
      title: 'Python',
      because,
      runtimes: [{ name: 'python', version: version.version, because: version.because }],
      packages: [...(version.debian ? ['python3'] : []), ...(installs ? native.run : [])],
      ...(installs || !version.debian ? { buildPackages: ['python3-venv', ...(installs ? native.build : [])] } : {}),
      programs: [{ name: version.debian ? 'python3' : `python${version.version}`, package: 'python3' }],
      steps: [...others, ...steps, ...collectStatic(source, text, installs)],
      outputs: [...(version.debian ? [] : ['.python']), ...(installs ? ['.venv'] : [])],
      environment: { PYTHONUNBUFFERED: '1', WEB_CONCURRENCY },
      path: [...(installs ? ['.venv/bin'] : []), ...(version.debian ? [] : ['.python/bin'])],
      exclude: ['.venv', 'venv'].filter((name) => source.hasDirectory(name)),
      processTypes: start.command === undefined ? {} : { web: start.command },
      notes: [...(manifest ? [`${manifest} says which packages are installed.`] : []), ...start.notes],
      warnings: [...warnings, ...start.warnings],
    }
  },
}

/** Django's files for browsers, as Heroku collects them; DISABLE_COLLECTSTATIC=1 as a config var leaves them alone. */
function collectStatic(source: Source, manifests: string, installs: boolean): BuildStep[] {
  if (!source.has('manage.py') || !names(manifests, 'django')) return []
  const python = installs ? '.venv/bin/python' : 'python3'
  const settings = [...source.files()].filter(({ path }) => /(?:^|\/)settings(?:\/\w+)?\.py$/.test(path))
  if (!settings.some(({ path }) => /^\s*STATIC_ROOT\s*=/m.test(source.text(path) ?? ''))) return []
  const text = `case "$DISABLE_COLLECTSTATIC" in ""|0) exec ${python} manage.py collectstatic --noinput;; *) echo "DISABLE_COLLECTSTATIC is set: static files are left alone";; esac`
  const commands = [['sh', '-c', text]]
  return [
    {
      name: 'Collecting static files',
      inputs: ['.'],
      commands,
      caches: [],
      variables: { PYTHONUNBUFFERED: '1' },
      secrets: true,
      inRunImage: true,
    },
  ]
}

/** python-build-standalone by way of uv, for a version that Debian does not have. */
function otherPython({ version }: PythonVersion): BuildStep {
  return {
    name: `Installing Python ${version}`,
    inputs: [],
    commands: [
      ['python3', '-m', 'venv', '.paas/tools'],
      ['.paas/tools/bin/python', '-m', 'pip', 'install', '--quiet', 'uv'],
      ['.paas/tools/bin/uv', 'python', 'install', '--install-dir', '.python', '--no-bin', version],
      ['sh', '-c', 'cd .python && ln -s cpython-*/bin bin'],
      ['rm', '-rf', '.paas/tools'],
    ],
    caches: [{ id: 'uv', variable: 'UV_CACHE_DIR' }],
    variables: {},
    secrets: false,
  }
}
