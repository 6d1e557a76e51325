import { BuildFailure } from '../errors.ts'
import type { BuildPlan, Runtime } from '../plan.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'
import { DOWNLOAD_ASSET, downloadStep, TOOLCHAINS } from './download.ts'

/** What the stack's Debian has. */
const DEBIAN_RUST = '1.63'
/** First that reads `version = 4` of Cargo.lock, and the first with the edition of 2024. */
const SINCE = { lock4: '1.78.0', edition2024: '1.85.0' }
/** Never files that a program reads when it runs. */
const NOT_DATA = /^(?:src|target|vendor|tests|benches|examples|crates|docs?|bin|\..*)$/

export const rust: Buildpack = {
  name: 'rust',
  title: 'Rust',
  startHint: 'bin/server',
  detect: (source) => (source.entries.has('Cargo.toml') ? 'Cargo.toml' : undefined),
  plan(source, because): BuildPlan {
    const manifest = source.text('Cargo.toml') ?? ''
    const runtime = rustVersion(source, manifest)
    const own = runtime.version === DEBIAN_RUST
    const locked = source.has('Cargo.lock')
    const build = ['cargo', 'build', '--release', ...(locked ? ['--locked'] : [])]
    const names = binaries(source, manifest)
    const web = names.includes('web') ? 'web' : names[0]
    return {
      buildpack: 'rust',
      title: 'Rust',
      because,
      runtimes: [runtime],
      packages: [],
      buildPackages: [...(own ? ['cargo', 'rustc'] : []), 'gcc', 'libc6-dev', ...native(source)],
      programs: [...(own ? [{ name: 'cargo', package: 'cargo' }] : []), { name: 'cc', package: 'gcc' }],
      steps: [
        ...(own ? [] : [downloadStep('Rust', ['rust', runtime.version])]),
        {
          name: 'Compiling',
          inputs: ['.'],
          commands: [
            [
              'sh',
              '-c',
              'mkdir -p "$CARGO_TARGET_DIR/release" && find "$CARGO_TARGET_DIR/release" -maxdepth 1 -type f -delete',
            ],
            own ? build : ['sh', '-c', `PATH="$PWD/${TOOLCHAINS}/rust/bin:$PATH" exec "$@"`, 'sh', ...build],
            ['sh', '-c', COLLECT],
          ],
          caches: [
            { id: 'cargo', variable: 'CARGO_HOME' },
            { id: 'rust-target', variable: 'CARGO_TARGET_DIR' },
          ],
          variables: {},
          secrets: true,
        },
      ],
      outputs: ['bin', ...dataDirectories(source)],
      environment: {},
      processTypes: web === undefined ? {} : { web: `bin/${web}` },
      ...(own ? {} : { assets: [DOWNLOAD_ASSET] }),
      warnings: locked ? [] : ['There is no Cargo.lock: every build may get other versions. Commit the file.'],
    }
  },
}

/** The target directory is a cache, so its programs are taken out of it; those of older builds were deleted before. */
const COLLECT =
  'mkdir -p bin && find "$CARGO_TARGET_DIR/release" -maxdepth 1 -type f -executable ! -name "*.so" -exec cp {} bin/ \\;'

function rustVersion(source: Source, manifest: string): Runtime {
  const file = source.has('rust-toolchain.toml') ? 'rust-toolchain.toml' : 'rust-toolchain'
  const text = source.text(file) ?? ''
  const pinned = /^\s*channel\s*=\s*["']([^"']+)/m.exec(text)?.[1] ?? /^\s*([\w.-]+)\s*$/.exec(text)?.[1]
  if (pinned !== undefined) {
    if (!/^\d+\.\d+(?:\.\d+)?$/.test(pinned)) throw noChannel(pinned, file)
    return chosen(pinned, `channel in ${file}`)
  }
  const edition = /^\s*edition\s*=\s*"(\d+)"/m.exec(manifest)?.[1]
  const least = /^\s*rust-version\s*=\s*"([\d.]+)"/m.exec(manifest)?.[1]
  if (least !== undefined && minor(least) > minor(DEBIAN_RUST)) return chosen(least, 'rust-version in Cargo.toml')
  if (edition !== undefined && Number(edition) >= 2024)
    return chosen(SINCE.edition2024, `edition ${edition} in Cargo.toml`)
  const lock = /^version\s*=\s*(\d+)/m.exec(source.text('Cargo.lock') ?? '')?.[1]
  if (lock !== undefined && Number(lock) >= 4) return chosen(SINCE.lock4, `version ${lock} of Cargo.lock`)
  return { name: 'rust', version: DEBIAN_RUST, because: "the default, Debian's" }
}

function chosen(version: string, because: string): Runtime {
  if (version === DEBIAN_RUST || version.startsWith(`${DEBIAN_RUST}.`))
    return { name: 'rust', version: DEBIAN_RUST, because }
  return { name: 'rust', version: version.split('.').length === 2 ? `${version}.0` : version, because }
}

function minor(version: string): number {
  return Number(version.split('.')[1])
}

function noChannel(channel: string, file: string): BuildFailure {
  return new BuildFailure(
    'rust.no-such-version',
    `${file} asks for Rust \`${channel}\`, and builds take numbered releases only.`,
    {
      fix: `Name one such as ${DEBIAN_RUST}, which is part of the stack (Debian's), or 1.85.0, which is fetched from static.rust-lang.org where the box reaches it.`,
    },
  )
}

/** `[[bin]]` entries, src/main.rs by the name of the package, and src/bin/. */
function binaries(source: Source, manifest: string): string[] {
  const name = /^\s*\[package\][^[]*?^\s*name\s*=\s*"([^"]+)"/ms.exec(manifest)?.[1]
  const listed = [...manifest.matchAll(/^\s*\[\[bin\]\][^[]*?^\s*name\s*=\s*"([^"]+)"/gms)].map(
    ([, each]) => each ?? '',
  )
  const files = [...source.files('src/bin/')].map(
    ({ path }) => /^src\/bin\/([^/]+?)(?:\.rs|\/main\.rs)$/.exec(path)?.[1] ?? '',
  )
  const main = source.has('src/main.rs') && name !== undefined ? [name] : []
  const all = [...new Set([...main, ...listed, ...files])].filter(Boolean)
  if (all.length > 0 || manifest.includes('[workspace]')) return all
  throw new BuildFailure(
    'rust.no-main',
    'There is no program to build: no src/main.rs, no src/bin and no [[bin]] in Cargo.toml.',
    {
      fix: 'Add src/main.rs, commit and push again.',
    },
  )
}

/** Crates that stand on a library of the system. */
function native(source: Source): string[] {
  const lock = source.text('Cargo.lock') ?? ''
  const packages: Record<string, string[]> = { 'openssl-sys': ['pkg-config', 'libssl-dev'], 'pq-sys': ['libpq-dev'] }
  return Object.entries(packages).flatMap(([crate, wanted]) => (lock.includes(`name = "${crate}"`) ? wanted : []))
}

function dataDirectories(source: Source): string[] {
  const tops = [...source.files()].map(({ path }) => path.split('/', 2)).filter(([, rest]) => rest !== undefined)
  return [...new Set(tops.map(([top]) => top ?? ''))].filter((top) => !NOT_DATA.test(top))
}
