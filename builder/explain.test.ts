import { expect, test } from 'vitest'
import { explain, typed } from './explain.ts'

test.each([
  [
    'npm.lock-out-of-step',
    'npm error `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync. Please update',
  ],
  ['npm.conflict', 'npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree'],
  [
    'npm.no-such-version',
    'npm error code ETARGET\nnpm error notarget No matching version found for ms@99.0.0.\nnpm error notarget In most cases',
  ],
  ['npm.no-such-package', "npm error code E404\nnpm error 404  'no-such-thing@^1.0.0' is not in this registry."],
  ['npm.missing-script', 'npm error Missing script: "biuld"'],
  ['registry.untrusted', 'npm error code SELF_SIGNED_CERT_IN_CHAIN'],
  ['registry.unreachable', 'npm error code EAI_AGAIN\nnpm error network request to registry failed'],
  ['build.disk-full', 'npm error code ENOSPC\nnpm error nospc ENOSPC: no space left on device, write'],
  ['build.out-of-memory', 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
  ['build.command-not-found', 'sh: 1: tsc: not found'],
  ['build.module-not-found', "Error: Cannot find module './lib/Thing'\nRequire stack:"],
  [
    'registry.unreachable',
    "WARNING: Retrying after connection broken by 'NewConnectionError(...)': /simple/flask/\nERROR: No matching distribution found for flask",
  ],
  ['python.no-such-package', 'ERROR: No matching distribution found for flask==99'],
  ['python.no-compiler', "error: command 'gcc' failed: No such file or directory"],
  ['build.library-missing', 'Error: pg_config executable not found.'],
  ['python.lock-out-of-step', 'error: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided.'],
  ['build.module-not-found', "ModuleNotFoundError: No module named 'shop.settings'"],
  ['build.toolchain-unavailable', 'paas-toolchain-unavailable: go 1.22: getaddrinfo ENOTFOUND go.dev'],
  ['go.modules-out-of-step', 'go: inconsistent vendoring in /app:'],
  ['rust.lock-out-of-step', 'error: the lock file /app/Cargo.lock needs to be updated but --locked was passed'],
  [
    'registry.unreachable',
    'curl error 6 while downloading https://repo.packagist.org/packages.json: Could not resolve',
  ],
  ['registry.unreachable', 'Could not reach host rubygems.org. Check your network connection and try again.'],
  [
    'registry.unreachable',
    'Could not transfer artifact org.x:y:pom:1 from/to central (https://repo.maven.apache.org/maven2): unknown host',
  ],
  ['php.conflict', 'Your requirements could not be resolved to an installable set of packages.'],
  ['build.command-failed', 'src/a.ts(1,1): error TS2304'],
])('%s is read from the output', (code, output) => {
  const failure = explain({ command: 'npm run build', code: 1, signal: null, output: output.split('\n') })
  expect(failure.code).toBe(code)
  expect(failure.message).toContain('`npm run build` ended with exit code 1')
  expect(failure.help.fix).toBeTruthy()
})

test('names what is missing', () => {
  const output = ['sh: 1: vite: not found']
  expect(explain({ command: 'npm run build', code: 127, signal: null, output }).message).toMatch(/^vite is not there/)
})

test('a kill without a word is put down to memory', () => {
  const failure = explain({ command: 'npm ci', code: null, signal: 'SIGKILL', output: [] })
  expect(failure).toMatchObject({
    code: 'build.out-of-memory',
    message: expect.stringContaining('was ended by SIGKILL'),
  })
})

test('a registry that does not answer may answer the next time', () => {
  const failure = explain({ command: 'npm ci', code: 1, signal: null, output: ['npm error code ETIMEDOUT'] })
  expect(failure.help.retryable).toBe(true)
})

test("an app's own trouble with the network is not put down to the registry", () => {
  const output = ['Error: connect ECONNREFUSED 127.0.0.1:5432', 'npm error code 1']
  expect(explain({ command: 'npm run build', code: 1, signal: null, output }).code).toBe('build.command-failed')
})

test('commands are shown as the user would type them', () => {
  expect(typed(['npm', 'ci', '--omit=dev'])).toBe('npm ci --omit=dev')
  expect(typed(['sh', '-c', 'make all'])).toBe('make all')
})
