import { chmod, mkdir, rm } from 'node:fs/promises'
import { connect, type ListenOptions, Server } from 'node:net'
import { dirname } from 'node:path'
import { codeOf } from './log.ts'

/** Connections the kernel may hold while we are busy; the system's somaxconn limits it further. */
const BACKLOG = 4_096

export class SocketTaken extends Error {}

export async function listenTcp(server: Server, host: string, port: number): Promise<void> {
  await listen(server, { host, port, backlog: BACKLOG })
}

/** Listens for the owner only. A socket file that nobody answers on is replaced; a living router is left alone. */
export async function listenUnix(server: Server, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  if (await answers(path)) {
    throw new SocketTaken(`Another router is already answering on ${path}. Stop it first, or set PAAS_ROUTER_SOCKET.`)
  }
  await rm(path, { force: true })
  const mask = process.umask(0o177)
  try {
    await listen(server, { path })
  } finally {
    process.umask(mask)
  }
  await chmod(path, 0o600)
}

/**
 * Closes the listening socket and nothing else. `http.Server.close()` also destroys connections that were accepted a
 * moment ago and have not sent anything yet, which their clients see as a reset.
 */
export function stopAccepting(server: Server): void {
  Server.prototype.close.call(server)
}

function listen(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => {
      const absent = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'].includes(codeOf(error))
      if (absent) resolve(false)
      else reject(error)
    })
  })
}
