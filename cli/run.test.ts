import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { TestBox } from './test-box.ts'
import { finished, TestCli } from './test-cli.ts'
import { shopHandlers } from './test-handlers.ts'
import { Shop } from './test-shop.ts'

let cli: TestCli
let box: TestBox
/** What happens on the box's side of an attached run. */
let attached: (socket: WebSocket) => void
let protocols: string[] = []

beforeAll(async () => {
  cli = await TestCli.build()
})
afterAll(() => cli[Symbol.asyncDispose]())
beforeEach(async () => {
  box = await TestBox.start(shopHandlers(new Shop()))
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => {
      protocols = [...offered]
      return 'paas.run.v1'
    },
  })
  box.server.on('upgrade', (request, socket, head) => {
    if (request.url !== '/api/v1/runs/run_1/attach') return void socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
    sockets.handleUpgrade(request, socket, head, (opened) => attached(opened))
  })
  await cli.signIn({ url: box.url })
  return async () => {
    for (const socket of sockets.clients) socket.terminate()
    await box[Symbol.asyncDispose]()
  }
})

const frame = (stream: 1 | 2, text: string) => Buffer.concat([Buffer.from([stream]), Buffer.from(text)])
const exit = (code: number) => JSON.stringify({ type: 'exit', code })

test('run sends standard input and its end, splits the outputs and passes the exit code on', async () => {
  const input: Buffer[] = []
  attached = (socket) => {
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) return void input.push(data)
      expect(JSON.parse(String(data))).toEqual({ type: 'eof' })
      socket.send(frame(1, 'to stdout\n'))
      socket.send(frame(2, 'to stderr\n'))
      socket.send(exit(42))
    })
  }
  const words = ['run', '-a', 'shop', '-e', 'A=b=c', 'cat', '-n', '--json', '-a', 'x']
  const result = await cli.run(words, { stdin: 'hello' })
  expect(result).toEqual({ code: 42, stdout: 'to stdout\n', stderr: 'to stderr\n' })
  expect(input.map((data) => data[0])).toEqual(input.map(() => 0))
  expect(Buffer.concat(input.map((data) => data.subarray(1))).toString()).toBe('hello')
  expect(protocols).toEqual(['paas.run.v1', 'paas.ticket.ticket-1'])
  expect(box.requestsOf('runs.create')[0]?.body).toEqual({
    command: ['cat', '-n', '--json', '-a', 'x'],
    environment: { A: 'b=c' },
    tty: null,
    detached: false,
  })
})

test('megabytes pass both ways unharmed', async () => {
  const size = 5 * 1024 * 1024
  let received = 0
  attached = (socket) => {
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        received += data.length - 1
        socket.send(Buffer.concat([Buffer.from([1]), data.subarray(1)]))
      } else socket.send(exit(0))
    })
  }
  const { code, stdout } = await cli.run(['run', '-a', 'shop', 'cat'], { stdin: 'x'.repeat(size) })
  expect({ code, received, printed: stdout.length }).toEqual({ code: 0, received: size, printed: size })
})

test('a run whose connection is lost is not taken for one that ended', async () => {
  attached = (socket) => socket.terminate()
  const { code, stderr } = await cli.run(['run', '-a', 'shop', 'ls'])
  expect(code).toBe(75)
  expect(stderr).toContain('The connection to the run was lost before it ended')
})

test('a run that the box ends because the access is gone says so', async () => {
  attached = (socket) => socket.close(1008, 'The access that this terminal stands on was taken away.')
  const { code, stderr } = await cli.run(['run', '-a', 'shop', 'sh'])
  expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining('access that this terminal stands on') })
})

test('a ticket that is refused is an error with the reason', async () => {
  box.server.removeAllListeners('upgrade')
  box.server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'))
  const { code, stderr } = await cli.run(['run', '-a', 'shop', 'ls'])
  expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining('HTTP 403') })
})

test('Ctrl-C without a terminal interrupts the command there and still passes its exit code on', async () => {
  attached = (socket) => {
    socket.send(frame(1, 'ready\n'))
    socket.on('message', (data, isBinary) => {
      if (!isBinary && JSON.parse(String(data)).name === 'SIGINT') socket.send(exit(130))
    })
  }
  const child = cli.start(['run', '-a', 'shop', 'sleep', '100'])
  const end = finished(child)
  if (child.stdout) await once(child.stdout, 'data')
  child.kill('SIGINT')
  expect(await end).toMatchObject({ code: 130, stdout: 'ready\n' })
})

test('on a terminal every key goes there, Ctrl-C too, and the terminal has a size', async () => {
  const keys: number[] = []
  attached = (socket) => {
    socket.send(frame(1, 'ready\r\n'))
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) keys.push(...data.subarray(1))
      if (keys.includes(4)) socket.send(exit(3))
    })
  }
  const { code, stdout } = await cli.runOnTerminal(['run', '-a', 'shop', 'bash'], {
    after: 'ready',
    keys: 'ls\r\u0003\u0004',
  })
  expect(code).toBe(3)
  expect(keys).toEqual([...'ls\r\u0003\u0004'].map((key) => key.charCodeAt(0)))
  expect(stdout).toContain('Running bash on shop... ')
  expect(box.requestsOf('runs.create')[0]?.body).toMatchObject({
    tty: { columns: expect.any(Number), rows: expect.any(Number) },
  })
})

test('--no-tty asks for none even on a terminal', async () => {
  attached = (socket) => void socket.send(exit(0))
  expect(await cli.runOnTerminal(['run', '--no-tty', '-a', 'shop', 'bash'])).toMatchObject({ code: 0 })
  expect(box.requestsOf('runs.create')[0]?.body).toMatchObject({ tty: null })
})

test('run:detached says where the output goes and does not attach', async () => {
  const { code, stdout, stderr } = await cli.run(['run:detached', '-a', 'shop', '--', 'node', '-e', '0'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'run.4821\n' })
  expect(stderr).toContain('Running node -e 0 on shop... done, run.4821\n')
  expect(box.requestsOf('runs.create')[0]?.body).toEqual({ command: ['node', '-e', '0'], tty: null, detached: true })
})

test('-a behind the command is explained', async () => {
  const { code, stderr } = await cli.run(['run', 'rake', 'db:migrate', '-a', 'shop'])
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('Try: paas run -a shop rake db:migrate'),
  })
})

test('exec joins an instance: a shell unless it is told what, in one of web unless it is told where', async () => {
  attached = (socket) => {
    socket.send(frame(1, 'inside\n'))
    socket.send(exit(9))
  }
  const told = ['exec', '-a', 'shop', '-i', 'web.1', '--', 'ps', '-a']
  expect(await cli.run(told)).toEqual({ code: 9, stdout: 'inside\n', stderr: '' })
  await cli.run(['ps:exec', '-a', 'shop'])
  expect(box.requestsOf('runs.exec').map(({ body }) => body)).toEqual([
    { instance: 'web.1', command: ['ps', '-a'], tty: null },
    { tty: null },
  ])
  expect((await cli.run(['exec', '-a', 'shop', '--json'])).code).toBe(2)
})
