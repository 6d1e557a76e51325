import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache', import.meta.url))
/** The first one of Debian whose pebble knows ARI (RFC 9773). */
const NEWER_SUITE = 'trixie'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const run = promisify(execFile)

/** Where the programs of Debian's package `pebble` are, fetched once; undefined where there is no way to get them. */
export function pebblePrograms(): Promise<string | undefined> {
  return fetched('pebble', async (directory) => {
    await run('apt-get', ['download', 'pebble'], { cwd: directory })
  })
}

/** The same of a newer Debian, whose packages this machine's own apt never hears of. */
export function newerPebblePrograms(): Promise<string | undefined> {
  return fetched(`pebble-${NEWER_SUITE}`, async (directory) => {
    const options = await privateApt(directory)
    const limits = { timeout: 120_000, cwd: directory }
    await run('apt-get', [...options, 'update'], limits)
    await run('apt-get', [...options, 'download', 'pebble'], limits)
  })
}

async function fetched(name: string, download: (directory: string) => Promise<void>): Promise<string | undefined> {
  const place = join(CACHE, name)
  const programs = join(place, 'usr', 'bin')
  if (existsSync(join(programs, 'pebble'))) return programs
  await mkdir(CACHE, { recursive: true })
  const draft = await mkdtemp(`${place}-`)
  try {
    await download(draft)
    const [archive = ''] = (await readdir(draft)).filter((file) => file.endsWith('.deb'))
    const content = join(draft, 'content')
    await run('dpkg-deb', ['-x', join(draft, archive), content])
    await rename(content, place)
    return programs
  } catch {
    return existsSync(programs) ? programs : undefined
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** Options that let apt-get know one suite alone, of the mirror that the machine has, and write nowhere but here. */
async function privateApt(directory: string): Promise<string[]> {
  const at = (name: string) => join(directory, name)
  const targets = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']
  const { stdout } = await run('apt-get', targets)
  const [mirror] = /^\S+\/debian\/$/m.exec(stdout) ?? []
  if (!mirror) throw new Error('apt-get of this machine knows no mirror of Debian')
  await mkdir(at('lists/partial'), { recursive: true })
  await mkdir(at('cache/archives/partial'), { recursive: true })
  await writeFile(at('status'), '')
  await writeFile(at('sources.list'), `deb [signed-by=${KEYRING}] ${mirror} ${NEWER_SUITE} main\n`)
  const settings = {
    'Dir::Etc::sourcelist': at('sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': at('lists'),
    'Dir::State::status': at('status'),
    'Dir::Cache': at('cache'),
    'Acquire::Languages': 'none',
    'APT::Sandbox::User': 'root',
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}
