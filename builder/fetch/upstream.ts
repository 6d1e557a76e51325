import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

const MAX_HEAD_BYTES = 16 * 1024

/** True for what goes straight there: `example.com` and all below it, `*` for everything, an address as it is. */
export function isWithoutProxy(host: string, noProxy: readonly string[]): boolean {
  const name = host.toLowerCase()
  return noProxy.some((entry) => {
    const suffix = entry.toLowerCase().replace(/^\*?\./, '')
    return suffix === '*' || name === suffix || name.endsWith(`.${suffix}`)
  })
}

/** A tunnel through an HTTP proxy (RFC 9110 9.3.6). Throws with the proxy's own status when it says no. */
export async function connectByProxy(proxy: string, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const { protocol, hostname, port: given } = new URL(proxy)
  const secure = protocol === 'https:'
  const to = { host: hostname, port: Number(given) || (secure ? 443 : 80) }
  const socket = secure ? connectTls({ ...to, servername: hostname }) : connectTcp(to)
  const stop = () => socket.destroy(new Error('the proxy does not answer'))
  signal.addEventListener('abort', stop, { once: true })
  try {
    const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
    await opened(socket)
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Reads the head of the answer to its end; what came behind it stays to be read. */
async function opened(socket: Socket): Promise<void> {
  let head = Buffer.alloc(0)
  const end = await new Promise<number>((resolve, reject) => {
    socket.once('error', reject).once('close', () => reject(new Error('the proxy hung up')))
    socket.on('data', function read(chunk: Buffer) {
      head = Buffer.concat([head, chunk])
      const at = head.indexOf('\r\n\r\n')
      if (at < 0 && head.length < MAX_HEAD_BYTES) return
      socket.off('data', read).pause()
      if (at < 0) reject(new Error('the proxy does not speak HTTP'))
      else resolve(at)
    })
  })
  const [, status = ''] = /^HTTP\/1\.\d (\d{3})/.exec(head.toString('latin1')) ?? []
  if (!status.startsWith('2')) throw new Error(`the proxy answered ${status || 'something else than HTTP'}`)
  const rest = head.subarray(end + 4)
  if (rest.length > 0) socket.unshift(rest)
}
