import satisfies from 'semver/functions/satisfies.js'
import { BuildFailure } from '../errors.ts'
import type { BuildPlan, BuildStep, Runtime } from '../plan.ts'
import type { Source } from '../source.ts'
import type { Buildpack } from './buildpack.ts'

/** What the stack's Debian has. */
const DEBIAN_ELIXIR = '1.14.0'
const RELEASE = 'release'
const VARIABLES = { MIX_ENV: 'prod', MIX_HOME: '.mix', HEX_HOME: '.hex' }

export const elixir: Buildpack = {
  name: 'elixir',
  title: 'Elixir',
  startHint: `${RELEASE}/bin/app start`,
  detect: (source) => (source.entries.has('mix.exs') ? 'mix.exs' : undefined),
  plan(source, because): BuildPlan {
    const mix = source.text('mix.exs') ?? ''
    const app = /\bapp:\s*:(\w+)/.exec(mix)?.[1] ?? 'app'
    const phoenix = /\{\s*:phoenix\b/.test(mix)
    const installs = /"[^"]+":\s*\{:(?:hex|git)/.test(source.text('mix.lock') ?? '')
    return {
      buildpack: 'elixir',
      title: phoenix ? 'Phoenix' : 'Elixir',
      because,
      runtimes: [elixirVersion(mix)],
      // A release has the Erlang runtime in it; these are the libraries below that.
      packages: ['libncurses6', 'libssl3', 'libsctp1', 'libstdc++6'],
      buildPackages: [
        'elixir',
        'erlang-dev',
        'erlang-parsetools',
        'erlang-xmerl',
        ...(installs ? ['gcc', 'make', 'libc6-dev', 'git'] : []),
      ],
      programs: [{ name: 'mix', package: 'elixir' }],
      steps: [...(installs ? [dependencies(source)] : []), release(mix)],
      outputs: [RELEASE],
      environment: { LANG: 'C.UTF-8', ...(phoenix ? { PHX_SERVER: 'true' } : {}) },
      exclude: ['_build', 'deps'].filter((name) => source.hasDirectory(name)),
      processTypes: { web: `${RELEASE}/bin/${app} start` },
      notes: ['The image has the release of mix alone, with the Erlang runtime in it.'],
      warnings:
        installs || !/\bdefp? deps\b[^[]*\[\s*\{/.test(mix)
          ? []
          : ['There is no mix.lock: every build may get other versions. Run `mix deps.get` and commit it.'],
    }
  },
}

function elixirVersion(mix: string): Runtime {
  const wanted = /\belixir:\s*"([^"]+)"/.exec(mix)?.[1]
  const version = DEBIAN_ELIXIR.split('.').slice(0, 2).join('.')
  if (wanted === undefined) return { name: 'elixir', version, because: "the default, Debian's" }
  const range = wanted
    .replace(/~>\s*(\d+)\.(\d+)(?!\.)/g, '^$1.$2')
    .replaceAll('~>', '~')
    .replaceAll(' or ', ' || ')
    .replaceAll(' and ', ' ')
  if (satisfies(DEBIAN_ELIXIR, range)) return { name: 'elixir', version, because: 'elixir in mix.exs' }
  throw new BuildFailure(
    'elixir.no-such-version',
    `mix.exs asks for Elixir ${wanted}, and the stack has ${DEBIAN_ELIXIR} (Debian's).`,
    {
      fix: `Let mix.exs ask for what the stack has (\`elixir: "~> ${version}"\`), or add a Dockerfile with the version that the app needs.`,
    },
  )
}

function dependencies(source: Source): BuildStep {
  const inputs = ['mix.exs', 'mix.lock', 'config/config.exs', 'config/prod.exs'].filter((name) => source.has(name))
  const commands = [
    ['mix', 'local.hex', '--force', '--if-missing'],
    ['mix', 'local.rebar', '--force', '--if-missing'],
    ['mix', 'deps.get', '--only', 'prod'],
    ['mix', 'deps.compile'],
  ]
  return { name: 'Installing dependencies', inputs, commands, caches: [], variables: VARIABLES, secrets: true }
}

function release(mix: string): BuildStep {
  const assets = /"assets\.deploy"/.test(mix) ? [['mix', 'assets.deploy']] : []
  const commands = [['mix', 'compile'], ...assets, ['mix', 'release', '--overwrite', '--path', RELEASE]]
  return { name: 'Making the release', inputs: ['.'], commands, caches: [], variables: VARIABLES, secrets: true }
}
