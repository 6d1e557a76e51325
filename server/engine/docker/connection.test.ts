import { chmod } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { Connection, reasonOf, statusOf } from './connection.ts'
import { answerJson, FakeEngine } from './fake-engine.ts'
import { engineUnavailable } from './unavailable.ts'

const open = (socketPath: string) => {
  const connection = new Connection(socketPath)
  connection.open()
  return connection
}
const ping = (connection: Connection) => connection.ask((docker) => docker.version())
const failure = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error) => error)

describe('the connection to the engine', () => {
  it('says that Docker is not there when there is no socket', async () => {
    const connection = open('/nonexistent/docker.sock')
    const error = await failure(ping(connection))
    expect(error).toMatchObject({ kind: 'unavailable', code: 'engine.unavailable' })
    expect(error.message).toContain('there is no socket at /nonexistent/docker.sock')
    expect(error.help.command).toBe('sudo systemctl start docker')
  })

  it('says that Docker does not run when nothing listens', async () => {
    await using engine = await FakeEngine.start((_, response) => answerJson(response, 200, {}))
    const connection = open(engine.socketPath)
    await ping(connection)
    await engine.stop()
    expect(await failure(ping(connection))).toMatchObject({ code: 'engine.unavailable' })
  })

  it('names the group to a user who lacks it', () => {
    const denied = Object.assign(new Error('connect EACCES'), { code: 'EACCES' })
    const error = engineUnavailable(denied, '/var/run/docker.sock')
    expect(error.message).toContain('is not in the group docker')
    expect(error.help.command).toMatch(/^sudo usermod -aG docker \S+$/)
  })

  it.skipIf(process.getuid?.() === 0)('notices a socket that it may not use', async () => {
    await using engine = await FakeEngine.start((_, response) => answerJson(response, 200, {}))
    await chmod(engine.socketPath, 0)
    const connection = open(engine.socketPath)
    expect((await failure(ping(connection))).message).toContain('group docker')
  })

  it('says that the engine stopped answering when it breaks off', async () => {
    await using engine = await FakeEngine.start((request) => request.socket.destroy())
    const connection = open(engine.socketPath)
    const error = await failure(ping(connection))
    expect(error.code).toBe('engine.unavailable')
    expect(error.message).toContain('stopped answering')
  })

  it('leaves a refusal as it is, with status and reason', async () => {
    await using engine = await FakeEngine.start((_, response) => answerJson(response, 409, { message: 'name in use' }))
    const connection = open(engine.socketPath)
    const error = await failure(ping(connection))
    expect([statusOf(error), reasonOf(error)]).toEqual([409, 'name in use'])
  })

  it('waits only so long for an answer to a question', async () => {
    await using engine = await FakeEngine.start(() => {})
    const connection = new Connection(engine.socketPath, 50)
    connection.open()
    expect((await failure(ping(connection))).code).toBe('engine.unavailable')
  })

  it('loads neither gRPC nor SSH', () => {
    open('/nonexistent/docker.sock')
    const { cache } = createRequire(import.meta.url)
    const loaded = Object.keys(cache)
    expect(loaded.some((path) => path.includes('docker-modem'))).toBe(true)
    expect(loaded.filter((path) => /[/](@grpc|ssh2)[/]/.test(path))).toEqual([])
  })
})
