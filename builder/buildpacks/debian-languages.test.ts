import { expect, test } from 'vitest'
import { planFor } from '../detect.ts'
import type { BuildPlan } from '../plan.ts'
import { sourceOf } from '../source-fixture.ts'

async function planOf(files: Record<string, string>): Promise<BuildPlan> {
  using source = await sourceOf(files)
  return planFor(source).plan
}

const POM = (version: string) => `<project><properties><java.version>${version}</java.version></properties></project>`
const MIX = (version: string) => `[app: :shop, elixir: "${version}"]`

test.each([
  [{ 'composer.json': '{"require":{"php":"^8.1"}}' }, 'php', '8.2', 'php ^8.1 in composer.json'],
  [{ 'composer.json': '{"require":{"php":">=7.4"}}' }, 'php', '8.2', 'php >=7.4 in composer.json'],
  [{ 'composer.json': '{"require":{"php":"^7.4 || ^8.0"}}' }, 'php', '8.2', 'php ^7.4 || ^8.0 in composer.json'],
  [{ 'index.php': '' }, 'php', '8.2', "the default, Debian's"],
  [{ 'server.rb': '', Gemfile: 'ruby "~> 3.0"' }, 'ruby', '3.1', 'ruby in the Gemfile'],
  [{ 'server.rb': '', '.ruby-version': '3.1.4\n' }, 'ruby', '3.1', '.ruby-version'],
  [{ 'pom.xml': POM('1.8') }, 'java', '17', 'pom.xml wants 1.8, which 17 runs'],
  [
    { 'pom.xml': POM('21'), 'system.properties': 'java.runtime.version=17\n' },
    'java',
    '17',
    'java.runtime.version in system.properties wants 17, which 17 runs',
  ],
  [{ 'mix.exs': MIX('~> 1.12') }, 'elixir', '1.14', 'elixir in mix.exs'],
])('%j asks for a version, and the plan says where', async (files, name, version, because) => {
  expect((await planOf(files)).runtimes).toEqual([{ name, version, because }])
})

test.each([
  [{ 'composer.json': '{"require":{"php":"^8.3"}}' }, 'php.no-such-version', '8.2'],
  [{ 'composer.json': '{"require":{"php":"7.4.*"}}' }, 'php.no-such-version', '8.2'],
  [{ 'composer.json': '{"require":{"php":"~7.4"}}' }, 'php.no-such-version', '8.2'],
  [{ 'server.rb': '', Gemfile: 'ruby "3.3.0"' }, 'ruby.no-such-version', '3.1'],
  [{ 'server.rb': '', '.ruby-version': '3.2.2' }, 'ruby.no-such-version', '3.1'],
  [{ 'pom.xml': POM('21') }, 'java.no-such-version', '17'],
  [{ 'mix.exs': MIX('~> 1.16') }, 'elixir.no-such-version', '1.14'],
])('%j is refused by %s, with what can be had', async (files, code, had) => {
  await expect(planOf(files)).rejects.toMatchObject({ code, help: { fix: expect.stringContaining(had) } })
})

test.each(['Shop.csproj', 'Shop.fsproj', 'Shop.sln'])('a .NET app (%s) is told what can be had', async (name) => {
  const project = '<Project><TargetFramework>net9.0</TargetFramework></Project>'
  const files = name.endsWith('.sln') ? { [name]: '', 'Shop/Shop.csproj': project } : { [name]: project }
  const fix = /dotnet\/sdk:9\.0 and .*dotnet\/aspnet:9\.0 .*; a builder image .*; or an image that is ready/
  await expect(planOf(files)).rejects.toMatchObject({
    code: 'dotnet.unavailable',
    message: expect.stringContaining(`${name} shows a .NET app, and the stack (Debian 12) has no .NET`),
    help: { fix: expect.stringMatching(fix), command: expect.stringMatching(/^paas build:set builder=/) },
  })
  expect((await planOf({ ...files, Dockerfile: 'FROM scratch\nCMD ["x"]\n' })).buildpack).toBe('dockerfile')
})

test('PHP packages are installed by the manifests alone, and extensions come from Debian', async () => {
  const plan = await planOf({
    'composer.json': '{"require":{"php":"^8.0","ext-gd":"*","slim/slim":"^4"},"scripts":{"compile":"true"}}',
    'composer.lock': '{"packages":[{"require":{"ext-redis":"*"}}]}',
    'web/index.php': '',
  })
  expect(plan.steps.map(({ inputs }) => inputs)).toEqual([['composer.json', 'composer.lock'], ['.']])
  expect(plan.steps[1]?.commands).toContainEqual(['composer', 'run-script', 'compile'])
  expect(plan.packages).toEqual(expect.arrayContaining(['php-gd', 'php-redis', 'php-pgsql']))
  expect(plan.packages).not.toContain('composer')
  expect(plan.processTypes['web']).toContain('PAAS_WEB_ROOT="$PWD/web"')
})

test('PHP without packages has no step, and is served from where its index.php is', async () => {
  const plan = await planOf({ 'index.php': '', 'style.css': '' })
  expect(plan.steps).toEqual([])
  expect(plan.buildPackages).toBeUndefined()
  expect(plan.processTypes['web']).toContain('PAAS_WEB_ROOT="$PWD"')
})

const RAILS = 'GEM\n  specs:\n    pg (1.5.4)\n    puma (6.4.0)\n    rails (7.1.2)\n'

test('gems are a step of their own with headers, and assets are precompiled in the run image', async () => {
  const files = { Gemfile: "gem 'rails'\n", 'Gemfile.lock': RAILS, 'config.ru': '', 'config/puma.rb': '' }
  const plan = await planOf(files)
  expect(plan.steps.map(({ name, inputs }) => [name, inputs])).toEqual([
    ['Installing dependencies', ['Gemfile', 'Gemfile.lock']],
    ['Precompiling assets', ['.']],
  ])
  expect(plan.steps[1]?.inRunImage).toBe(true)
  expect(plan).toMatchObject({ packages: ['ruby', 'ruby-bundler', 'libpq5'], outputs: ['vendor/bundle'] })
  expect(plan.buildPackages).toEqual(expect.arrayContaining(['gcc', 'ruby-dev', 'libpq-dev']))
  expect(plan.processTypes).toEqual({ web: 'bundle exec puma -C config/puma.rb' })
  expect(plan.environment).toMatchObject({ RAILS_ENV: 'production', BUNDLE_PATH: 'vendor/bundle' })
})

test.each([
  [{ 'config.ru': '', Gemfile: "gem 'rack'" }, 'bundle exec rackup config.ru -o 0.0.0.0 -p $PORT'],
  [{ 'config.ru': '', Gemfile: "gem 'puma'" }, 'bundle exec puma -b tcp://0.0.0.0:$PORT'],
  [{ 'app.rb': '' }, 'ruby app.rb'],
  [{ 'app.rb': '', Gemfile: "gem 'x', path: 'x'" }, 'bundle exec ruby app.rb'],
])('the Ruby app %j starts by `%s`', async (files, web) => {
  expect((await planOf(files)).processTypes).toEqual({ web })
})

test('Maven and Gradle build with what the repository brings, and keep what they fetch', async () => {
  const maven = await planOf({ 'pom.xml': POM('17') })
  expect(maven.buildPackages).toEqual(['default-jdk-headless', 'maven'])
  expect(maven.packages).toEqual(['default-jre-headless'])
  expect(maven.steps[0]?.commands[0]?.[2]).toMatch(/^exec mvn .*-DskipTests/)
  expect((await planOf({ 'pom.xml': POM('17'), mvnw: '' })).steps[0]?.commands[0]?.[2]).toMatch(/^exec sh \.\/mvnw /)
  const gradle = await planOf({ 'build.gradle': 'task stage {}', gradlew: '' })
  expect(gradle.steps[0]?.commands).toEqual([['sh', './gradlew', '--no-daemon', 'stage']])
  await expect(planOf({ 'build.gradle': '' })).rejects.toMatchObject({ code: 'java.no-gradle-wrapper' })
})

test('an Elixir app is its release, and Phoenix serves', async () => {
  const lock = '%{"phoenix": {:hex, :phoenix, "1.7.0"}}'
  const mix = '[app: :shop, elixir: "~> 1.14"] {:phoenix, "~> 1.7"} "assets.deploy": []'
  const plan = await planOf({ 'mix.exs': mix, 'mix.lock': lock, 'config/config.exs': '' })
  expect(plan.title).toBe('Phoenix')
  expect(plan.steps.map(({ inputs }) => inputs)).toEqual([['mix.exs', 'mix.lock', 'config/config.exs'], ['.']])
  expect(plan.steps[1]?.commands).toContainEqual(['mix', 'assets.deploy'])
  expect(plan).toMatchObject({ outputs: ['release'], processTypes: { web: 'release/bin/shop start' } })
  expect(plan.environment['PHX_SERVER']).toBe('true')
})
