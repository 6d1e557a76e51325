import { once } from 'node:events'
import { connect } from 'node:net'
import { decode, encode, RedisError, type Reply } from '../server/addons/redis/resp.ts'

/** For tests: commands one after another under a URL as apps get it, on a connection of their own. */
export async function redisCommands(url: string | undefined, ...commands: string[][]): Promise<Reply[]> {
  const { hostname, port, username, password } = new URL(url ?? '')
  const socket = connect({ host: hostname, port: Number(port) })
  try {
    await once(socket, 'connect')
    const replies: Reply[] = []
    let buffer = Buffer.alloc(0)
    const all = password === '' ? commands : [['AUTH', username, password], ...commands]
    for (const words of all) {
      socket.write(encode(words))
      let found = decode(buffer)
      while (!found) {
        const [chunk] = (await once(socket, 'data', { signal: AbortSignal.timeout(20_000) })) as [Buffer]
        buffer = Buffer.concat([buffer, chunk])
        found = decode(buffer)
      }
      buffer = buffer.subarray(found.end)
      if (found.reply instanceof RedisError) throw found.reply
      replies.push(found.reply)
    }
    return replies.slice(all.length - commands.length)
  } finally {
    socket.destroy()
  }
}
