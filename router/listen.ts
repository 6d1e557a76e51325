import { rmSync, statSync } from 'node:fs'
import { chmod, mkdir, rename, rm } from 'node:fs/promises'
import { connect, type ListenOptions, Server } from 'node:net'
import { dirname } from 'node:path'
import { codeOf } from './log.ts'

/** Connections the kernel may hold while we are busy; the system's somaxconn limits it further. */
const BACKLOG = 4_096

export class SocketTaken extends Error {}

/** An address to bind, or a descriptor that is bound already: from the process before us, or from systemd. */
export type Place = { host: string; port: number } | { fd: number }

export async function listenTcp(server: Server, place: Place): Promise<void> {
  await listen(server, { ...place, backlog: BACKLOG })
}

/**
 * Listens for the owner only. A socket file that nobody answers on is replaced; a living router is left alone. The file
 * is bound under another name and renamed: node removes the name that it has bound when a server closes, which would
 * take the socket from a successor that has inherited it.
 */
export async function listenUnix(server: Server, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  if (await answers(path)) {
    throw new SocketTaken(`Another router is already answering on ${path}. Stop it first, or set PAAS_ROUTER_SOCKET.`)
  }
  const draft = `${path}~`
  await rm(draft, { force: true })
  const mask = process.umask(0o177)
  try {
    await listen(server, { path: draft })
  } finally {
    process.umask(mask)
  }
  await chmod(draft, 0o600)
  await rename(draft, path)
}

/** Listens on a unix socket that somebody else has bound. */
export async function listenInherited(server: Server, fd: number): Promise<void> {
  await listen(server, { fd, backlog: BACKLOG })
}

/** The number of a socket file, by which one knows later whether it is still the same. */
export function fileNumber(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

/** Removes a socket file, unless another one has taken its place. */
export function removeSocketFile(path: string, number: number | undefined): void {
  if (number !== undefined && fileNumber(path) === number) rmSync(path, { force: true })
}

/**
 * The descriptor of a listening server, for a process that is to inherit it. Node keeps it on its handle; where it should
 * ever keep it elsewhere, there is no handing over.
 */
export function descriptorOf(server: Server): number | undefined {
  const { _handle: handle } = server as unknown as { _handle?: { fd?: number } }
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined
}

/**
 * Closes the listening socket and nothing else. `http.Server.close()` also destroys connections that were accepted a
 * moment ago and have not sent anything yet, which their clients see as a reset.
 */
export function stopAccepting(server: Server): void {
  Server.prototype.close.call(server)
}

function listen(server: Server, options: ListenOptions | { fd: number; backlog: number }): Promise<void> {
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
