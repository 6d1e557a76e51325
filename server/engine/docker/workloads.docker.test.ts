import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Connection } from './connection.ts'
import { containerSpec } from './container-spec.ts'
import { DockerBench } from './docker-bench.ts'
import { containerName, LABEL } from './labels.ts'

const SLEEP = ['sleep', '1000']

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

describe('a workload on docker', () => {
  it('outgrows its network without a gap, and gives the old one back', async () => {
    const workload = bench.workload(SLEEP, { app: 'growing' })
    const [first] = await bench.engine.apply(workload)
    const many = await bench.engine.apply({ ...workload, quantity: 15 })
    expect(new Set(many.map(({ endpoint }) => endpoint?.host)).size).toBe(15)
    expect(many[0]).toMatchObject({ id: first?.id, endpoint: first?.endpoint })
    expect(await networksOf('growing')).toHaveLength(2)
    await bench.engine.remove(workload, 0)
    const [left] = await networksOf('growing')
    expect(left?.IPAM?.Config?.[0]?.['Subnet']).toMatch(/\/26$/)
    expect(await networksOf('growing')).toHaveLength(1)
  })

  it('adopts a container that was made but not started before the server was killed', async () => {
    const workload = bench.workload(SLEEP, { app: 'adopted' })
    await bench.engine.apply({ ...workload, release: 7 })
    const [network] = await networksOf('adopted')
    const [used] = await bench.engine.list('adopted')
    const address = used?.endpoint?.host.replace(/\d+$/, (last) => String(Number(last) + 5)) ?? ''
    const seat = { boxId: bench.options.boxId, network: network?.Name ?? '', address, cpuCount: 1, openFiles: 1024 }
    const name = containerName(seat.boxId, workload, 1)
    const spec = containerSpec(workload, 1, seat)
    const { id } = await connection.perform((docker) => docker.createContainer({ name, ...spec }))
    expect(await bench.engine.apply(workload)).toMatchObject([{ id, state: 'running', endpoint: { host: address } }])
  })

  it('starts again what somebody stopped by hand', async () => {
    const workload = bench.workload(SLEEP, { app: 'stopped' })
    const [before] = await bench.engine.apply(workload)
    await connection.perform((docker) => docker.getContainer(before?.id ?? '').stop({ t: 0 }))
    expect(await bench.engine.list('stopped')).toMatchObject([{ state: 'exited' }])
    expect(await bench.engine.apply(workload)).toMatchObject([{ id: before?.id, state: 'running' }])
  })

  it('makes its network anew when somebody removed it', async () => {
    const workload = bench.workload(SLEEP, { app: 'pruned' })
    await bench.engine.apply(workload)
    await bench.engine.remove(workload, 0)
    const [network] = await networksOf('pruned')
    await connection.perform((docker) => docker.getNetwork(network?.Id ?? '').remove())
    expect(await bench.engine.apply(workload)).toHaveLength(1)
  })

  it('does not come back to an address within ten minutes, also after a restart of the server', async () => {
    const workload = bench.workload(SLEEP, { app: 'rested' })
    const seen = new Set<string | undefined>()
    for (const release of [1, 2, 3]) {
      const [instance] = await bench.engine.apply({ ...workload, release })
      seen.add(instance?.endpoint?.host)
      await bench.engine.remove({ ...workload, release }, 0)
      await bench.reopen()
    }
    expect(seen.size).toBe(3)
  })

  it('says why an image cannot be started, and leaves nothing of it', async () => {
    const missing = bench.engine.apply(bench.workload(SLEEP, { app: 'failing', image: 'sha256:'.padEnd(71, '0') }))
    await expect(missing).rejects.toMatchObject({
      code: 'image.missing',
      kind: 'failed',
      message: 'web.1 could not be started: its image is no longer on this box.',
    })
    expect(await bench.engine.list('failing')).toEqual([])
    expect(await bench.engine.apply(bench.workload(SLEEP, { app: 'failing' }))).toHaveLength(1)
  })

  it('never touches what has not our box id', async () => {
    const labels = { [LABEL.box]: 'another-box', [LABEL.app]: 'shared', [LABEL.process]: 'web', [LABEL.release]: '1' }
    const foreign = await connection.perform((docker) =>
      docker.createContainer({ Image: bench.image, Cmd: SLEEP, Labels: labels, HostConfig: { NetworkMode: 'none' } }),
    )
    try {
      expect(await bench.engine.list('shared')).toEqual([])
      await bench.engine.remove({ app: 'shared', release: 1, processType: 'web' }, 0)
      await bench.engine.removeApp('shared')
      const refused = { code: 'instance.not-found', kind: 'not-found' }
      await expect(bench.engine.restart(foreign.id, 0)).rejects.toMatchObject(refused)
      await expect(bench.engine.exec(foreign.id, { mark: 'exec-1', command: ['id'], tty: null })).rejects.toMatchObject(
        refused,
      )
      expect((await foreign.inspect()).State.Status).toBe('created')
    } finally {
      await foreign.remove({ force: true })
    }
  })
})

describe('the output of a container', () => {
  it('keeps lines longer than the engine’s own limit whole', async () => {
    const script = 'console.log("é".repeat(50000)); console.log("next"); setInterval(() => {}, 1000)'
    const [instance] = await bench.engine.apply(bench.workload(['node', '-e', script], { app: 'wordy' }))
    const lines: string[] = []
    const stop = new AbortController()
    for await (const { text } of bench.engine.logs(instance?.id ?? '', { follow: true, signal: stop.signal })) {
      lines.push(text)
      if (lines.length === 2) stop.abort()
    }
    expect(lines).toEqual(['é'.repeat(50_000), 'next'])
  })
})

describe('images of an app', () => {
  it('are forgotten but for those to keep and those in use', async () => {
    const [kept, old] = [await importImage('paas/pruned:b1', 'one'), await importImage('paas/pruned:b2', 'two')]
    await importImage('paas/pruned-other:b1', 'three')
    await bench.engine.pruneImages('pruned', [kept])
    expect(await bench.engine.hasImage(kept)).toBe(true)
    expect(await bench.engine.hasImage(old)).toBe(false)
    expect(await bench.engine.hasImage('paas/pruned-other:b1')).toBe(true)
    await bench.engine.removeApp('pruned')
    expect(await bench.engine.hasImage(kept)).toBe(false)
    await bench.engine.pruneImages('pruned-other', [])
  })

  it('are told with what they take, and go one by one but never from a container', async () => {
    const labels = { 'paas.app': 'sized', 'paas.build': 'b1', [LABEL.box]: bench.options.boxId }
    const id = await bench.labelled(labels)
    const imageOf = async () => (await bench.engine.disk()).images.find(({ app }) => app === 'sized')
    expect(await imageOf()).toBeUndefined()
    await connection.perform((docker) => docker.getImage(id).tag({ repo: 'paas/sized', tag: 'b1' }))
    expect(await imageOf()).toMatchObject({ id, name: 'paas/sized:b1', own: true, inUse: false })
    const [instance] = await bench.engine.apply(
      bench.workload(['node', '-e', 'setInterval(() => {}, 1000)'], { app: 'sized', image: id }),
    )
    expect((await imageOf())?.inUse).toBe(true)
    await connection.perform((docker) => docker.getImage(`paas-test/labelled-${bench.options.boxId}`).remove())
    expect(await bench.engine.removeImage(id)).toBe(false)
    expect(instance?.state).not.toBe('exited')
    await bench.engine.remove({ app: 'sized', release: 1, processType: 'web' }, 0)
    expect(await bench.engine.removeImage(id)).toBe(true)
    expect(await imageOf()).toBeUndefined()
    expect(await bench.engine.removeImage(id)).toBe(false)
  })
})

describe('the build cache', () => {
  it('is measured, and left alone within its budget', async () => {
    const { cacheBytes, directory } = await bench.engine.disk()
    expect(cacheBytes).toBeGreaterThanOrEqual(0)
    expect(directory).not.toBeNull()
    expect(await bench.engine.pruneCache(10 ** 15)).toBe(0)
  })
})

function networksOf(app: string) {
  const filters = { label: [`${LABEL.box}=${bench.options.boxId}`, `${LABEL.app}=${app}`] }
  return connection.perform((docker) => docker.listNetworks({ filters }))
}

/** An image of one file; returns its digest. */
async function importImage(tag: string, content: string): Promise<string> {
  const { pack } = await import('tar-stream')
  const tree = pack()
  tree.entry({ name: 'file' }, content)
  tree.finalize()
  const [repo = '', name = ''] = tag.split(':')
  const stream = await connection.perform((docker) =>
    docker.importImage(tree as unknown as NodeJS.ReadableStream, { repo, tag: name }),
  )
  await new Promise((resolve) => stream.resume().on('end', resolve))
  return (await connection.perform((docker) => docker.getImage(tag).inspect())).Id
}
