#!/usr/local/bin/node
// For tests, in place of the lifecycle of Cloud Native Buildpacks, whose programs are in builder images: what its specification says
// of detector, builder and launcher, as far as our tests go. Which one it is, says the name that it is called by.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse, stringify } from 'smol-toml'

const BUILDPACKS = '/cnb/buildpacks'
const PASS = 0
const name = basename(process.argv[1])
const args = process.argv.slice(2)
const flags = Object.fromEntries(
  args.flatMap((word, at) => (word.startsWith('-') ? [[word.slice(1), args[at + 1]]] : [])),
)

if (!/^0\.\d+$/.test(process.env.CNB_PLATFORM_API ?? '')) process.exit(11)
if (name === 'detector') detect()
else if (name === 'builder') build()
else launch()

function detect() {
  if (process.getuid() === 0) process.exit(1)
  const { 'run-image': run } = parse(readFileSync(join(flags.layers, 'analyzed.toml'), 'utf8'))
  if (run.target.os !== 'linux') process.exit(1)
  for (const { group } of parse(readFileSync(flags.order, 'utf8')).order) {
    const found = group.filter((pack) => {
      const plan = join(flags.layers, 'one-plan.toml')
      const { status } = called('detect', pack, [flags.platform, plan], { CNB_BUILD_PLAN_PATH: plan })
      return status === PASS
    })
    if (found.length === 0 || !group.every((pack) => pack.optional || found.includes(pack))) continue
    writeFileSync(
      join(flags.layers, 'group.toml'),
      stringify({ group: found.map(({ id, version }) => ({ id, version, api: '0.10' })) }),
    )
    writeFileSync(join(flags.layers, 'plan.toml'), '')
    return
  }
  process.stderr.write('No buildpack groups passed detection.\n')
  process.exit(20)
}

function build() {
  const { group } = parse(readFileSync(join(flags.layers, 'group.toml'), 'utf8'))
  const processes = new Map()
  let preferred = ''
  for (const pack of group) {
    const layers = join(flags.layers, escaped(pack.id))
    mkdirSync(layers, { recursive: true })
    const plan = join(flags.layers, 'plan.toml')
    const { status } = called('build', pack, [layers, flags.platform, plan], { CNB_LAYERS_DIR: layers })
    if (status !== 0) {
      process.stderr.write(`ERROR: failed to build: exit status ${status}\n`)
      process.exit(51)
    }
    const launch = join(layers, 'launch.toml')
    for (const { default: isDefault, ...each } of existsSync(launch)
      ? (parse(readFileSync(launch, 'utf8')).processes ?? [])
      : []) {
      processes.set(each.type, each)
      if (isDefault) preferred = each.type
    }
  }
  mkdirSync(join(flags.layers, 'config'), { recursive: true })
  const metadata = {
    'buildpack-default-process-type': preferred,
    buildpacks: group,
    processes: [...processes.values()],
  }
  writeFileSync(join(flags.layers, 'config/metadata.toml'), stringify(metadata))
}

/** Config vars reach a buildpack from the platform's directory, and nothing else of our environment does. */
function called(script, { id, version }, words, more) {
  const directory = join(BUILDPACKS, escaped(id), version)
  const given = join(flags.platform, 'env')
  const configured = Object.fromEntries(
    readdirSync(given).map((file) => [file, readFileSync(join(given, file), 'utf8')]),
  )
  const { PATH, HOME, CNB_STACK_ID } = process.env
  const env = { ...configured, PATH, HOME, CNB_STACK_ID, CNB_BUILDPACK_DIR: directory, ...more }
  return spawnSync(join(directory, 'bin', script), words, { cwd: flags.app, env, stdio: 'inherit' })
}

function launch() {
  const { CNB_LAYERS_DIR: layers, CNB_APP_DIR: app } = process.env
  const { buildpacks, processes } = parse(readFileSync(join(layers, 'config/metadata.toml'), 'utf8'))
  const defined = processes.find(({ type }) => type === name)
  const [program, ...words] = defined
    ? [...[defined.command].flat(), ...(defined.args ?? []), ...args]
    : args[0] === '--'
      ? args.slice(1)
      : ['bash', '-c', args.join(' ')]
  const added = buildpacks.flatMap(({ id }) =>
    readdirSync(join(layers, escaped(id))).map((layer) => join(layers, escaped(id), layer)),
  )
  const env = { ...process.env, ...Object.assign({}, ...added.map(launchVariables)) }
  const child = spawn(program, words, { cwd: app, env, stdio: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code) => process.exit(code ?? 1))
}

function launchVariables(layer) {
  const directory = join(layer, 'env.launch')
  const files = existsSync(directory) ? readdirSync(directory) : []
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(directory, file), 'utf8')]))
}

function escaped(id) {
  return id.replaceAll('/', '_')
}
