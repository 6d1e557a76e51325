import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { hasErrorCode } from '../errors.ts'

/**
 * Runs `work` while no other process of this machine holds the lock of that name. The lock is a listening socket in
 * Linux's abstract namespace: the kernel lets only one process have it and frees it when the process dies, so it cannot
 * be left behind. See unix(7).
 */
export async function withLock<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const address = `\0paas-${createHash('sha256').update(name).digest('hex')}`
  const lock = await acquire(address, signal)
  try {
    return await work()
  } finally {
    lock.release()
  }
}

type Lock = { release(): void }

async function acquire(address: string, signal: AbortSignal): Promise<Lock> {
  for (;;) {
    signal.throwIfAborted()
    const lock = await take(address)
    if (lock) return lock
    await released(address, signal)
  }
}

async function take(address: string): Promise<Lock | undefined> {
  const waiting = new Set<Socket>()
  const server = createServer((socket) => {
    waiting.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => waiting.delete(socket))
  })
  if (!(await listens(server, address))) return undefined
  return {
    release() {
      server.close()
      for (const socket of waiting) socket.destroy()
    },
  }
}

async function listens(server: Server, address: string): Promise<boolean> {
  try {
    server.listen(address)
    await once(server, 'listening')
    return true
  } catch (error) {
    if (hasErrorCode(error, 'EADDRINUSE')) return false
    throw error
  }
}

/** Resolves when the holder has let go, or has done so already. */
async function released(address: string, signal: AbortSignal): Promise<void> {
  const socket = connect(address)
  const stop = () => socket.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await new Promise<void>((resolve) => {
      socket.resume()
      socket.on('error', () => {})
      socket.on('close', () => resolve())
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
