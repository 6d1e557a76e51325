import { posix } from 'node:path'
import { BuildFailure } from '../errors.ts'
import type { BuildPlan, Runtime } from '../plan.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'
import { DOWNLOAD_ASSET, downloadStep, TOOLCHAINS } from './download.ts'

/** What the stack's Debian has. */
const DEBIAN_GO = '1.19'
const DEBIAN_MINOR = 19
/** Never files that a program reads when it runs. */
const NOT_DATA = /^(?:vendor|node_modules|docs?|test|tests|testdata|bin|\..*)$/

export const go: Buildpack = {
  name: 'go',
  title: 'Go',
  startHint: 'bin/server',
  detect: (source) => (source.entries.has('go.mod') ? 'go.mod' : undefined),
  plan(source, because): BuildPlan {
    const mod = source.text('go.mod') ?? ''
    const runtime = goVersion(mod)
    const own = runtime.version === DEBIAN_GO
    const { packages, web, note } = programs(source, mod)
    const vendored = source.has('vendor/modules.txt')
    const program = own ? 'go' : `${TOOLCHAINS}/go/bin/go`
    const flags = vendored ? ['-mod=vendor'] : []
    return {
      buildpack: 'go',
      title: 'Go',
      because,
      runtimes: [runtime],
      packages: [],
      buildPackages: own ? ['golang-go'] : [],
      programs: own ? [{ name: 'go', package: 'golang-go' }] : [],
      steps: [
        ...(own ? [] : [downloadStep('Go', ['go', runtime.version])]),
        {
          name: 'Compiling',
          inputs: ['.'],
          commands: [
            ['mkdir', '-p', 'bin'],
            [program, 'build', ...flags, '-trimpath', '-ldflags', '-s -w', '-o', 'bin/', ...packages],
          ],
          caches: [
            { id: 'go-build', variable: 'GOCACHE' },
            { id: 'go-modules', variable: 'GOMODCACHE' },
          ],
          // A static program: nothing of the build stage is missed where it runs. GOFLAGS and CGO_ENABLED of the app win.
          variables: { CGO_ENABLED: '0', GOTOOLCHAIN: 'local' },
          secrets: true,
        },
      ],
      outputs: ['bin', ...dataDirectories(source)],
      environment: {},
      processTypes: web === undefined ? {} : { web: `bin/${web}` },
      ...(own ? {} : { assets: [DOWNLOAD_ASSET] }),
      notes: [...(vendored ? ['vendor/modules.txt: dependencies come from vendor.'] : []), ...(note ? [note] : [])],
      warnings: [],
    }
  },
}

/** The toolchain line, else the go line; what Debian's fits costs no download. */
function goVersion(mod: string): Runtime {
  const toolchain = /^toolchain\s+go(\d+\.\d+(?:\.\d+)?)/m.exec(mod)?.[1]
  const line = /^go\s+(\S+)/m.exec(mod)?.[1]
  if (line !== undefined && !/^\d+\.\d+(?:\.\d+)?$/.test(line)) throw unknownVersion(line)
  if (line === undefined || minor(line) <= DEBIAN_MINOR) {
    const because = line === undefined ? "the default, Debian's" : `go ${line} in go.mod, which Debian's fits`
    return { name: 'go', version: DEBIAN_GO, because }
  }
  if (toolchain !== undefined && minor(toolchain) >= minor(line)) {
    return { name: 'go', version: toolchain, because: 'toolchain in go.mod' }
  }
  return { name: 'go', version: line, because: 'go in go.mod' }
}

function minor(version: string): number {
  return Number(version.split('.')[1])
}

function unknownVersion(line: string): BuildFailure {
  return new BuildFailure('go.no-such-version', `The go line of go.mod is no version of Go: ${line}.`, {
    fix: `Name one such as ${DEBIAN_GO}, which is part of the stack (Debian's), or a later one, which is fetched from go.dev where the box reaches it.`,
    command: `go mod edit -go=${DEBIAN_GO}`,
  })
}

type Programs = { packages: string[]; web: string | undefined; note: string | undefined }

/** `// +heroku install` in go.mod, else every main package of cmd/, else the top directory. */
function programs(source: Source, mod: string): Programs {
  const asked = /^\/\/\s*\+heroku\s+install\s+(.+)$/m.exec(mod)?.[1]?.trim().split(/\s+/)
  const mains = mainDirectories(source)
  const name = (directory: string) => (directory === '.' ? moduleName(mod) : posix.basename(directory))
  const commands = mains.filter((directory) => directory.startsWith('cmd/'))
  const chosen = mains.includes('.') ? ['.'] : commands.length > 0 ? commands : mains.slice(0, 1)
  if (chosen.length === 0) throw noMain()
  const all = [...new Set([...chosen, ...commands])]
  const names = all.map(name)
  const web = ['web', 'server', 'api', 'app'].find((each) => names.includes(each)) ?? names[0]
  const note =
    all.length > 1 ? `bin/${web} is started; ${names.map((each) => `bin/${each}`).join(', ')} are there.` : undefined
  const packages = asked ?? all.map((directory) => (directory === '.' ? '.' : `./${directory}`))
  return { packages, web, note }
}

function mainDirectories(source: Source): string[] {
  const found = new Set<string>()
  for (const { path, kind } of source.files()) {
    if (kind !== 'file' || !path.endsWith('.go') || path.endsWith('_test.go') || path.startsWith('vendor/')) continue
    const text = source.text(path) ?? ''
    const ignored = /^\/\/go:build\s+(?:ignore|tools)\b/m.test(text)
    if (!ignored && /^package\s+main\b/m.test(text)) found.add(posix.dirname(path))
  }
  return [...found].sort()
}

/** As `go build` names it: the last element of the module's path, without `/v2`. */
function moduleName(mod: string): string {
  const path = /^module\s+"?([^\s"]+)/m.exec(mod)?.[1] ?? 'main'
  return posix.basename(path.replace(/\/v\d+$/, ''))
}

/** Templates, assets and the like: directories of the top without any Go in them. */
function dataDirectories(source: Source): string[] {
  const directories = new Map<string, boolean>()
  for (const { path } of source.files()) {
    const [top = '', rest] = path.split('/', 2)
    if (rest === undefined || NOT_DATA.test(top)) continue
    directories.set(top, (directories.get(top) ?? false) || path.endsWith('.go'))
  }
  return [...directories].filter(([, code]) => !code).map(([top]) => top)
}

function noMain(): BuildFailure {
  return new BuildFailure(
    'go.no-main',
    'There is no program to build: no directory has a Go file with `package main`.',
    {
      fix: 'Put the program into the top directory or into cmd/<name>/main.go, commit and push again.',
    },
  )
}
