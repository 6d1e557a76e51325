import type { Buildpack } from './buildpacks/buildpack.ts'
import { deno } from './buildpacks/deno.ts'
import { dotnet } from './buildpacks/dotnet.ts'
import { elixir } from './buildpacks/elixir.ts'
import { go } from './buildpacks/go.ts'
import { java } from './buildpacks/java.ts'
import { node } from './buildpacks/node.ts'
import { php } from './buildpacks/php.ts'
import { python } from './buildpacks/python.ts'
import { ruby } from './buildpacks/ruby.ts'
import { rust } from './buildpacks/rust.ts'
import type { Source } from './source.ts'

export type Language = {
  buildpack: Buildpack
  /** What its buildpack looks for at the top of the tree. */
  looksFor: string
  /** What the web line of a Procfile begins with when it starts an app of this language. */
  starts: RegExp
  /** Files that show the language where nothing else does. */
  files: RegExp
  /** How such files become an app that is known. */
  fix: string
}

const NODE: Language = {
  buildpack: node,
  looksFor: 'package.json',
  starts: /^(?:npm|npx|node|yarn|pnpm|bun|next|nuxt|tsx)\b/,
  files: /\.(?:[cm]?[jt]s|[jt]sx)$/,
  fix: 'run `npm init` for a Node.js app',
}

const DENO: Language = {
  buildpack: deno,
  looksFor: 'deno.json or deno.lock',
  starts: /^deno\b/,
  files: /\/deno\.jsonc?$/,
  fix: 'run `deno init` for a Deno app',
}

const PYTHON: Language = {
  buildpack: python,
  looksFor: 'requirements.txt, pyproject.toml, Pipfile, setup.py, manage.py, main.py or app.py',
  starts:
    /^(?:python|gunicorn|uvicorn|hypercorn|daphne|waitress-serve|flask|fastapi|streamlit|celery|uwsgi|uv|poetry|pipenv)\b/,
  files: /\.py$/,
  fix: 'add a requirements.txt for a Python app (empty where nothing is installed)',
}

const GO: Language = {
  buildpack: go,
  looksFor: 'go.mod',
  starts: /^(?:go|(?:\.\/)?bin\/)/,
  files: /\.go$/,
  fix: 'run `go mod init` for a Go app',
}

const RUST: Language = {
  buildpack: rust,
  looksFor: 'Cargo.toml',
  starts: /^(?:cargo|(?:\.\/)?target\/release\/)/,
  files: /\.rs$/,
  fix: 'run `cargo init` for a Rust app',
}

const RUBY: Language = {
  buildpack: ruby,
  looksFor: 'Gemfile, config.ru, server.rb, app.rb or main.rb',
  starts: /^(?:bundle|ruby|rails|rake|rackup|puma|unicorn|sidekiq|bin\/rails)\b/,
  files: /\.rb$/,
  fix: 'run `bundle init` for a Ruby app',
}

const JAVA: Language = {
  buildpack: java,
  looksFor: 'pom.xml, build.gradle, build.gradle.kts or Main.java',
  starts: /^(?:java|mvn|gradle|sh target\/|target\/|build\/install\/)/,
  files: /\.java$/,
  fix: 'add a pom.xml or the Gradle wrapper for a Java app',
}

const PHP: Language = {
  buildpack: php,
  looksFor: 'composer.json, index.php or public/index.php',
  starts: /^(?:php|apache2|vendor\/bin\/|heroku-php-)/,
  files: /\.php$/,
  fix: 'add an index.php or a composer.json for a PHP app',
}

const ELIXIR: Language = {
  buildpack: elixir,
  looksFor: 'mix.exs',
  starts: /^(?:mix|elixir|iex|release\/bin\/|_build\/)/,
  files: /\.exs?$/,
  fix: 'add a mix.exs for an Elixir app',
}

const DOTNET: Language = {
  buildpack: dotnet,
  looksFor: '*.sln or *.csproj',
  starts: /^dotnet\b/,
  files: /\.(?:cs|fs|vb)$/,
  fix: 'add a Dockerfile for a .NET app',
}

/** In Heroku's order, behind Deno, which claims only what it starts itself; it decides where nothing else says which one is meant. */
export const LANGUAGES: Language[] = [RUBY, DENO, NODE, PYTHON, JAVA, PHP, GO, RUST, ELIXIR, DOTNET]

export type Choice = { language: Language; because: string }

/**
 * The languages that claim this tree, the chosen one first, and why it is that one. The web line of the Procfile decides;
 * then a package.json without anything to start, which is there for the assets of the other language, stands back; then
 * the order of Heroku.
 */
export function choose(source: Source, web: string | undefined): { claims: Choice[]; reason: string } {
  const claims = LANGUAGES.flatMap((language) => {
    const because = language.buildpack.detect(source)
    return because === undefined ? [] : [{ language, because }]
  })
  const started = claims.find(({ language }) => web !== undefined && language.starts.test(web))
  if (started) return { claims: first(started, claims), reason: `the web line of the Procfile is \`${web}\`` }
  const [chosen, next] = claims
  if (chosen?.language === NODE && next && !startsNode(source)) {
    return { claims: first(next, claims), reason: 'package.json has no start script' }
  }
  return { claims, reason: `${chosen?.language.buildpack.title} comes first in the order of Heroku` }
}

function first(chosen: Choice, claims: Choice[]): Choice[] {
  return [chosen, ...claims.filter((claim) => claim !== chosen)]
}

function startsNode(source: Source): boolean {
  return source.has('server.js') || /"start"\s*:\s*"/.test(source.text('package.json') ?? '')
}
