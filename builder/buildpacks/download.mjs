/**
 * Fetches the toolchain of a language from its own distribution: a step of builds whose app wants another version than
 * Debian's. It runs in the build, on whatever Node.js the stack has, so it is plain JavaScript and depends on nothing.
 *
 *     node download.mjs <directory> go 1.22 | rust 1.80.0
 *
 * What is fetched must have the digest that the distribution publishes beside it.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FETCH_MS = 300_000
const [directory, language, version] = process.argv.slice(2)
const arm = process.arch === 'arm64'

const sources = { go, rust }

try {
  const { url, digest, unpack } = await sources[language](version)
  process.stdout.write(`Fetching ${url}\n`)
  const content = Buffer.from(await (await get(url)).arrayBuffer())
  const expected = (await digest()).trim().split(/\s/)[0]
  if (createHash('sha256').update(content).digest('hex') !== expected) throw new Error(`${url} has another digest`)
  mkdirSync(directory, { recursive: true })
  const archive = join(directory, 'archive.tar.gz')
  writeFileSync(archive, content)
  execFileSync('tar', ['--extract', '--gzip', '--no-same-owner', '--file', archive, '--directory', directory])
  rmSync(archive)
  unpack()
} catch (error) {
  const reason = error.cause?.message ?? error.message
  process.stderr.write(`paas-toolchain-unavailable: ${language} ${version}: ${reason}\n`)
  process.exit(1)
}

/** A line such as 1.22 stands for its newest release. */
async function go(wanted) {
  const releases = await (await get('https://go.dev/dl/?mode=json&include=all')).json()
  const fits = ({ version }) => version === `go${wanted}` || version.startsWith(`go${wanted}.`)
  const release = releases.find((each) => each.stable && fits(each)) ?? releases.find(fits)
  const name = ({ os, arch, kind }) => os === 'linux' && arch === (arm ? 'arm64' : 'amd64') && kind === 'archive'
  const file = release?.files.find(name)
  if (!file)
    throw new Error(
      `there is none; the newest are ${releases
        .slice(0, 3)
        .map((each) => each.version)
        .join(', ')}`,
    )
  return { url: `https://dl.google.com/go/${file.filename}`, digest: async () => file.sha256, unpack() {} }
}

async function rust(wanted) {
  const name = `rust-${wanted}-${arm ? 'aarch64' : 'x86_64'}-unknown-linux-gnu`
  const url = `https://static.rust-lang.org/dist/${name}.tar.gz`
  const unpack = () => {
    const target = join(process.cwd(), directory, 'rust')
    execFileSync('sh', [
      join(directory, name, 'install.sh'),
      `--prefix=${target}`,
      `--components=rustc,cargo,rust-std-${name.split('-').slice(-4).join('-')}`,
      '--disable-ldconfig',
    ])
    rmSync(join(directory, name), { recursive: true })
  }
  return { url, digest: async () => (await get(`${url}.sha256`)).text(), unpack }
}

async function get(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return response
}
