import { execFile, spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

const REPOSITORY = 'paas-test/tiny-node'
const TAG = '24'
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

/**
 * The smallest image that runs Node.js and a shell: busybox from the Debian package, the pinned node, the libraries it
 * is linked to. Made without a registry in about 2 s, once per engine; returns its tag.
 */
export async function ensureTinyImage(socketPath = '/var/run/docker.sock'): Promise<string> {
  const name = `${REPOSITORY}:${TAG}`
  if ((await call(socketPath, 'GET', `/images/${name}/json`)) === 200) return name
  const directory = await mkdtemp(join(tmpdir(), 'paas-tiny-image-'))
  try {
    const root = join(directory, 'root')
    for (const path of ['bin', 'etc', 'tmp', 'root', 'app']) await mkdir(join(root, path), { recursive: true })
    await addBusybox(directory, root)
    await addNode(root)
    await addSettings(root)
    await importTree(socketPath, root)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  return name
}

async function addBusybox(directory: string, root: string): Promise<void> {
  await run('apt-get', ['download', 'busybox-static'], { cwd: directory })
  const archive = (await readdir(directory)).find((name) => name.endsWith('.deb'))
  if (!archive) throw new Error('apt-get download busybox-static gave no package; run `apt-get update` first')
  await run('dpkg-deb', ['-x', archive, 'package'], { cwd: directory })
  const busybox = join(root, 'bin', 'busybox')
  // Debian 12 ships /bin/busybox, Debian 13 /usr/bin/busybox.
  const found = (await readdir(directory, { recursive: true })).find((path) => path.endsWith('bin/busybox'))
  if (!found) throw new Error(`${archive} holds no bin/busybox`)
  await cp(join(directory, found), busybox)
  const { stdout } = await run(busybox, ['--list'])
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox')
  for (const applet of applets) await symlink('busybox', join(root, 'bin', applet))
}

async function addNode(root: string): Promise<void> {
  const manifest = fileURLToPath(import.meta.resolve(`node-linux-${process.arch}/package.json`))
  const node = join(dirname(manifest), 'bin', 'node')
  await cp(node, join(root, 'bin', 'node'))
  const { stdout } = await run('ldd', [node])
  for (const [library] of stdout.matchAll(/\/\S+/g)) {
    await mkdir(join(root, dirname(library)), { recursive: true })
    await cp(await realpath(library), join(root, library))
  }
}

async function addSettings(root: string): Promise<void> {
  await writeFile(join(root, 'etc', 'passwd'), 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/app:/bin/sh\n')
  await writeFile(join(root, 'etc', 'group'), 'root:x:0:\napp:x:1000:\n')
  await cp(CERTIFICATES, join(root, 'etc', 'ca.crt')).catch(() => writeFile(join(root, 'etc', 'ca.crt'), ''))
}

async function importTree(socketPath: string, root: string): Promise<void> {
  const changes = ['ENV PATH=/bin NODE_EXTRA_CA_CERTS=/etc/ca.crt', 'WORKDIR /app']
  const query = new URLSearchParams({ fromSrc: '-', repo: REPOSITORY, tag: TAG })
  for (const change of changes) query.append('changes', change)
  const tar = spawn('tar', ['-c', '--owner=0', '--group=0', '-C', root, '.'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const status = await call(socketPath, 'POST', `/images/create?${query}`, tar.stdout)
  if (status !== 200) throw new Error(`the container engine refused to import the test image (HTTP ${status})`)
}

function call(socketPath: string, method: string, path: string, body?: NodeJS.ReadableStream): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    outgoing.on('error', reject)
    if (body) body.on('error', reject).pipe(outgoing)
    else outgoing.end()
  })
}
