// Carries out classic buildpacks (the buildpack API of Heroku), in the app's directory: detect and
// compile of each in order, then release of the last. Arguments are the names of the buildpacks, for people.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const names = process.argv.slice(2)
const build = process.cwd()
const workshop = mkdtempSync(join(tmpdir(), 'buildpacks-'))
const OUTCOME = join(build, '.paas/buildpacks.json')
const SCRIPTS = ['detect', 'compile', 'release']
/** Ours in the file of the config vars, or where tools are: no config var changes them. */
const RESERVED = new Set(['PATH', 'HOME', 'STACK', 'SOURCE_VERSION', 'REQUEST_ID'])
const MOST_OUTPUT = 256 * 1024

try {
  process.exitCode = run()
} finally {
  rmSync(workshop, { recursive: true, force: true })
}

function run() {
  takeBuildpacks()
  const configured = configVars()
  const envDirectory = writeConfigVars(configured)
  const cache = process.env.PAAS_BUILDPACK_CACHE
  const detected = []
  let environment = ownEnvironment(configured)
  for (const [index, name] of names.entries()) {
    const pack = join(workshop, String(index + 1))
    const script = (file) => join(pack, 'bin', file)
    const found = spawnSync(script('detect'), [build], options(environment, 'pipe'))
    if (found.status !== 0) return failed(index, 'detect', found)
    const title = found.stdout.toString().trim().split('\n', 1)[0].slice(0, 100) || name
    detected.push(title)
    say(`-----> ${title} app detected`)
    const compiled = spawnSync(script('compile'), [build, cache, envDirectory], options(environment, 'inherit'))
    if (compiled.status !== 0) return failed(index, 'compile', compiled)
    environment = exported(join(pack, 'export'), environment)
  }
  const last = names.length - 1
  const release = join(workshop, String(names.length), 'bin/release')
  let text = ''
  if (existsSync(release)) {
    const said = spawnSync(release, [build], options(environment, 'pipe'))
    if (said.status !== 0) return failed(last, 'release', said)
    text = said.stdout.toString()
  }
  mkdirSync(dirname(OUTCOME), { recursive: true })
  writeFileSync(OUTCOME, JSON.stringify({ detected, release: text }))
  return 0
}

/** Out of the app's directory, where they are ours to write to: `export` is put there by the buildpack itself. */
function takeBuildpacks() {
  const brought = join(build, '.paas.buildpacks')
  cpSync(brought, workshop, { recursive: true, verbatimSymlinks: true })
  rmSync(brought, { recursive: true, force: true })
  for (const [index] of names.entries()) {
    for (const name of SCRIPTS) {
      const script = join(workshop, String(index + 1), 'bin', name)
      if (existsSync(script)) chmodSync(script, 0o755)
    }
  }
}

/** Lines of NAME='value', in which a quote stands as '\'' (builder/dockerfile.ts). */
function configVars() {
  const file = process.env.PAAS_CONFIG_VARS
  const text = file && existsSync(file) ? readFileSync(file, 'utf8') : ''
  const lines = text.matchAll(/^([A-Za-z_]\w*)='((?:[^']|'\\'')*)'\n/gm)
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value.replaceAll("'\\''", "'")]))
}

function writeConfigVars(configured) {
  const directory = process.env.PAAS_ENV_DIR
  for (const [name, value] of Object.entries(configured)) {
    if (!RESERVED.has(name)) writeFileSync(join(directory, name), value, { mode: 0o600 })
  }
  return directory
}

function ownEnvironment({ SOURCE_VERSION = '', REQUEST_ID = '' }) {
  const { PATH = '', LANG = 'C.UTF-8', TMPDIR, PAAS_STACK = '' } = process.env
  const own = { PATH, LANG, HOME: build, STACK: PAAS_STACK, SOURCE_VERSION, REQUEST_ID }
  return { ...own, ...(TMPDIR && { TMPDIR }), ...network() }
}

/** Proxies of the box, and the file of authorities by every name that the builder gives it (builder/trust.ts). */
function network() {
  const { NODE_EXTRA_CA_CERTS: authorities } = process.env
  const isGiven = ([name, value]) => /^(?:https?|no)_proxy$/i.test(name) || value === authorities
  return Object.fromEntries(Object.entries(process.env).filter(isGiven))
}

function options(environment, stdout) {
  return { cwd: build, env: environment, stdio: ['ignore', stdout, 'inherit'], maxBuffer: MOST_OUTPUT }
}

/** What the next buildpack gets from this one. */
function exported(file, environment) {
  if (!existsSync(file)) return environment
  const sourced = spawnSync('bash', ['-c', '. "$0" >&2; exec env -0', file], options(environment, 'pipe'))
  if (sourced.status !== 0) return environment
  const pairs = sourced.stdout.toString().split('\0').filter(Boolean)
  const variables = pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])
  return Object.fromEntries(variables.filter(([name]) => !['_', 'SHLVL', 'PWD', 'OLDPWD'].includes(name)))
}

/** The line is for the builder (builder/classic/output.ts), which tells it in words. */
function failed(index, phase, { status, signal, error, stdout }) {
  if (stdout?.length > 0) process.stdout.write(stdout.toString().replace(/\n?$/, '\n'))
  if (error) say(` !     ${error.message}`)
  say(`paas-buildpack-failed ${index + 1} ${phase} ${status ?? signal ?? error?.code ?? 'unknown'}`)
  return status || 1
}

function say(line) {
  process.stdout.write(`${line}\n`)
}
