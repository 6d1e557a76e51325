// Carries out Cloud Native Buildpacks by the lifecycle of a builder image: what a platform has to do before, between and
// behind its detector and builder (Platform Interface Specification). Runs in the builder image, by the Node.js of the stack.
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { parse, stringify } from 'smol-toml'

const APP = '/workspace'
const LAYERS = '/layers'
/** In memory. */
const PLATFORM = '/paas/platform'
const BUILDPACKS = '/cnb/buildpacks'
const LIFECYCLE = '/cnb/lifecycle'
const OUT = '/paas/out'
const CACHE = '/paas/cache'
const CONFIG_VARS = '/run/paas/env'
const AUTHORITIES = '/run/paas/ca.crt'
/** Ours in the app's directory, which the context had to bring there. */
const NOT_OF_APP = ['.paas.cloud-native', '.paas.Dockerfile']
/** What a buildpack tells of itself beside its layers. */
const OWN_FILES = ['build.toml', 'launch.toml', 'store.toml']
/** A buildpack's tools are where the builder says, whatever a config var of that name wants. */
const RESERVED = ['PATH', 'HOME']
const PROCESS_TYPE = /^[A-Za-z0-9._-]+$/

const [verb, ...words] = process.argv.slice(2)
if (verb === 'prepare') prepare(...words.map(Number))
else process.exitCode = build(JSON.parse(fs.readFileSync(join(import.meta.dirname, 'settings.json'), 'utf8')))

/** Places that buildpacks write to; not every builder has made them. Wants to be root. */
function prepare(user, group) {
  for (const place of [APP, LAYERS, OUT]) {
    fs.mkdirSync(place, { recursive: true })
    fs.chownSync(place, user, group)
  }
}

function build(settings) {
  for (const name of NOT_OF_APP) remove(join(APP, name))
  writeVariables(settings)
  writeToml('analyzed.toml', analyzed(settings.runImage))
  const order = writeOrder(settings)
  if (order === undefined) return 1
  say('===> Detecting buildpacks')
  const common = ['-app', APP, '-layers', LAYERS, '-platform', PLATFORM]
  const detected = run('detector', [...common, '-order', order], settings)
  if (detected !== 0) return detected
  const { group = [], 'group-extensions': extensions = [] } = readToml(join(LAYERS, 'group.toml'))
  if (extensions.length > 0) return failed('extend', extensions.map(({ id }) => id).join(','))
  const packs = group.map(({ id }) => id.replaceAll('/', '_'))
  say('===> Restoring layers of the last build')
  restore(packs)
  say('===> Running buildpacks')
  const built = run('builder', common, settings)
  if (built !== 0) return built
  keep(packs)
  leaveLaunchLayers(packs)
  linkProcesses()
  return 0
}

/** Files of one variable each, in memory. */
function writeVariables({ variables, trust }) {
  const directory = join(PLATFORM, 'env')
  fs.mkdirSync(directory)
  const authorities = fs.existsSync(AUTHORITIES) ? trust.map((name) => [name, AUTHORITIES]) : []
  const all = { ...Object.fromEntries(authorities), ...variables, ...configVars() }
  for (const [name, value] of Object.entries(all)) {
    if (!RESERVED.includes(name)) fs.writeFileSync(join(directory, name), value, { mode: 0o600 })
  }
}

/** Lines of NAME='value', in which a quote stands as '\'' (builder/dockerfile.ts). */
function configVars() {
  const text = fs.existsSync(CONFIG_VARS) ? fs.readFileSync(CONFIG_VARS, 'utf8') : ''
  const lines = text.matchAll(/^([A-Za-z_]\w*)='((?:[^']|'\\'')*)'\n/gm)
  return Object.fromEntries([...lines].map(([, name, value]) => [name, value.replaceAll("'\\''", "'")]))
}

/** What the analyzer would have found: it asks a registry, or an engine. */
function analyzed({ image, id, os, arch, distro }) {
  const target = { os, arch, ...(distro.name && { distro }) }
  return { 'run-image': { reference: id, image, target } }
}

/** The builder's own order, or one of what the app names. Undefined, and told, where the builder lacks one of these. */
function writeOrder({ buildpacks, before, after }) {
  const own = '/cnb/order.toml'
  if ([...buildpacks, ...before, ...after].length === 0) return own
  const missing = [...buildpacks, ...before, ...after].find((pack) => versionOf(pack) === undefined)
  if (missing) return void failed('order', missing.version ? `${missing.id}@${missing.version}` : missing.id)
  const exact = (packs) => packs.map((pack) => ({ id: pack.id, version: versionOf(pack) }))
  const { order = [], ...rest } = readToml(own)
  const groups = buildpacks.length > 0 ? [exact(buildpacks)] : order.map(({ group = [] }) => group)
  return writeToml('order.toml', {
    ...rest,
    order: groups.map((group) => ({ group: [...exact(before), ...group, ...exact(after)] })),
  })
}

/** As named, else the newest that the builder has. */
function versionOf({ id, version }) {
  const directory = join(BUILDPACKS, id.replaceAll('/', '_'))
  const versions = fs.existsSync(directory) ? fs.readdirSync(directory) : []
  if (version !== null) return versions.find((each) => each === version)
  return versions.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1)
}

function run(program, args, { platformApi }) {
  const env = { ...process.env, CNB_PLATFORM_API: platformApi, CNB_NO_COLOR: 'true' }
  const { status, signal, error } = spawnSync(join(LIFECYCLE, program), args, { cwd: APP, env, stdio: 'inherit' })
  if (error) say(`${program}: ${error.message}`)
  return status === 0 ? 0 : failed(program, status ?? signal ?? error?.code ?? 'unknown')
}

/** Layers of the last build that are to be there again. */
function restore(packs) {
  for (const pack of packs) {
    const kept = join(CACHE, 'layers', pack)
    if (fs.existsSync(kept)) copy(kept, join(LAYERS, pack))
  }
}

/** Of the build that went well, in place of what was kept before: a build that is stopped leaves the old or the new. */
function keep(packs) {
  const next = join(CACHE, 'next')
  remove(next)
  for (const pack of packs) {
    const target = join(next, pack)
    fs.mkdirSync(target, { recursive: true })
    const store = join(LAYERS, pack, 'store.toml')
    if (fs.existsSync(store)) copy(store, join(target, 'store.toml'))
    for (const { name, types, metadata } of layersOf(pack)) if (types.cache) keepLayer(pack, target, name, metadata)
  }
  remove(join(CACHE, 'layers'))
  fs.renameSync(next, join(CACHE, 'layers'))
}

/** What it is for is said anew by each build. */
function keepLayer(pack, target, name, metadata) {
  const from = join(LAYERS, pack)
  if (fs.existsSync(join(from, name))) copy(join(from, name), join(target, name))
  fs.writeFileSync(join(target, `${name}.toml`), stringify({ metadata }))
  const bills = fs.readdirSync(from).filter((file) => file.startsWith(`${name}.sbom.`))
  for (const file of bills) copy(join(from, file), join(target, file))
}

/** `types` was no table of its own before version 0.6 of the Buildpack API. */
function layersOf(pack) {
  const directory = join(LAYERS, pack)
  if (!fs.existsSync(directory)) return []
  const files = fs.readdirSync(directory).filter((file) => file.endsWith('.toml') && !OWN_FILES.includes(file))
  return files.map((file) => {
    const { metadata = {}, types, ...rest } = readToml(join(directory, file))
    return { name: file.slice(0, -'.toml'.length), types: types ?? rest, metadata }
  })
}

/** All that an image has of them: the layers, what the launcher reads, and bills of materials. */
function leaveLaunchLayers(packs) {
  const stays = { '': [...packs, 'config', 'sbom'], config: ['metadata.toml'], sbom: ['launch'] }
  for (const pack of packs) stays[pack] = layersOf(pack).flatMap(({ name, types }) => (types.launch ? [name] : []))
  for (const [within, names] of Object.entries(stays)) {
    const directory = join(LAYERS, within)
    for (const entry of fs.existsSync(directory) ? fs.readdirSync(directory) : [])
      if (!names.includes(entry)) remove(join(directory, entry))
  }
}

function linkProcesses() {
  const { processes = [] } = readToml(join(LAYERS, 'config/metadata.toml'))
  const directory = join(OUT, 'process')
  fs.mkdirSync(directory, { recursive: true })
  for (const { type } of processes) {
    if (PROCESS_TYPE.test(type) && !/^\.+$/.test(type))
      fs.symlinkSync(join(LIFECYCLE, 'launcher'), join(directory, type))
  }
}

function copy(from, to) {
  fs.mkdirSync(dirname(to), { recursive: true })
  fs.cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
}

/** Some caches, such as that of Go's modules, cannot be written to even by their owner. */
function remove(path) {
  try {
    fs.rmSync(path, { recursive: true, force: true })
  } catch {
    allowWriting(path)
    fs.rmSync(path, { recursive: true, force: true })
  }
}

function allowWriting(path) {
  if (!fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  fs.chmodSync(path, 0o700)
  for (const entry of fs.readdirSync(path)) allowWriting(join(path, entry))
}

function readToml(file) {
  return fs.existsSync(file) ? parse(fs.readFileSync(file, 'utf8')) : {}
}

function writeToml(name, value) {
  const file = join(LAYERS, name)
  fs.writeFileSync(file, stringify(value))
  return file
}

/** The line is for the builder (builder/cloud-native/output.ts), which tells it in words. */
function failed(phase, how) {
  say(`paas-lifecycle-failed ${phase} ${how}`)
  return 1
}

function say(line) {
  process.stdout.write(`${line}\n`)
}
