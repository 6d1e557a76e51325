import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Connection } from './connection.ts'
import { runSpec } from './container-spec.ts'
import { DockerBench } from './docker-bench.ts'
import { runName } from './labels.ts'

let bench: DockerBench
let connection: Connection
beforeAll(async () => {
  bench = await DockerBench.open()
  connection = new Connection(bench.options.socketPath)
  connection.open()
})
afterAll(async () => {
  await bench[Symbol.asyncDispose]()
})

describe('a one-off on docker', () => {
  it('gives its exit code to everyone who asked for it', async () => {
    const request = bench.request(['sh', '-c', 'sleep 5; exit 3'], { attach: false })
    const first = await bench.engine.run(request)
    const second = await bench.engine.findRun(request.app, request.name)
    expect(second?.id).toBe(first.id)
    expect([(await first.exited).code, (await second?.exited)?.code]).toEqual([3, 3])
  })

  it('that was made but never started is not taken for one that succeeded', async () => {
    const request = bench.request(['true'], { attach: false })
    await bench.output(['true'])
    const [network] = await connection.perform((docker) =>
      docker.listNetworks({ filters: { label: [`paas.box=${bench.options.boxId}`] } }),
    )
    const place = { network: network?.Name ?? '', address: network?.IPAM?.Config?.[0]?.['Gateway'] ?? '' }
    const spec = runSpec(request, { ...place, boxId: bench.options.boxId, cpuCount: 1, openFiles: 1024 })
    const name = runName(bench.options.boxId, request.app, request.release, request.name)
    const { id } = await connection.perform((docker) => docker.createContainer({ name, ...spec }))
    expect(await bench.engine.findRun(request.app, request.name)).toBeNull()
    await expect(connection.ask((docker) => docker.getContainer(id).inspect())).rejects.toMatchObject({
      statusCode: 404,
    })
  })

  it('of an image that calls itself an instance is still a one-off', async () => {
    const labels = { 'paas.process': 'web', 'paas.instance': '1', 'paas.port': '80', 'paas.run': '' }
    const image = await bench.labelled(labels)
    const run = await bench.engine.run(bench.request(['sleep', '100'], { attach: false, image }))
    expect((await bench.engine.list()).map(({ id }) => id)).not.toContain(run.id)
    await run.signal('SIGKILL')
    await run.exited
    await connection.perform((docker) => docker.getImage(image).remove())
  })

  it('cannot be started twice at a time under one name', async () => {
    const request = bench.request(['sleep', '100'], { attach: false })
    const run = await bench.engine.run(request)
    await expect(bench.engine.run(request)).rejects.toMatchObject({ code: 'run.exists', kind: 'conflict' })
    await run.signal('SIGKILL')
    expect(await run.exited).toMatchObject({ code: 137, outOfMemory: false })
  })

  it('keeps what it says to whoever sits there out of the log', async () => {
    const run = await bench.engine.run(bench.request(['sh', '-c', 'echo secret; sleep 3']))
    let said = ''
    run.stdout?.on('data', (chunk) => {
      said += chunk
    })
    run.stderr?.resume()
    const kept: string[] = []
    for await (const { text } of bench.engine.logs(run.id, { follow: true })) kept.push(text)
    await run.exited
    await expect.poll(() => said).toBe('secret\n')
    expect(kept).toEqual([])
  })

  it('prints all of a large output before it is gone', async () => {
    const script = 'process.stdout.write("x".repeat(5_000_000), () => process.exit(0))'
    const { text, exit } = await bench.output(['node', '-e', script])
    expect([text.length, exit.code]).toEqual([5_000_000, 0])
  })

  it('that cannot be started says why and leaves nothing', async () => {
    const request = bench.request(['true'], { image: 'paas/none:none' })
    await expect(bench.engine.run(request)).rejects.toMatchObject({ code: 'image.missing' })
    expect(await bench.engine.findRun(request.app, request.name)).toBeNull()
  })

  it('reports a program that does not exist as the shell would', async () => {
    expect((await bench.output(['no-such-program'])).exit.code).toBe(127)
  })
})
