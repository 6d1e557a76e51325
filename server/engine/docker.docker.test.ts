import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureTinyImage } from '../../test/tiny-image.ts'
import { createLog } from '../log.ts'
import { DockerEngine } from './docker.ts'
import { engineContract } from './engine-contract.ts'

engineContract('docker', async () => {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'paas-docker-engine-'))
  const options = {
    socketPath: '/var/run/docker.sock',
    boxId: `contract-${randomBytes(4).toString('hex')}`,
    subnetPool: '100.96.0.0/12',
    stateDirectory,
    log: createLog('test', 'error'),
  }
  return {
    engine: () => new DockerEngine(options),
    image: await ensureTinyImage(),
    async dispose() {
      await using engine = new DockerEngine(options)
      await engine.start()
      await engine.removeBox({ data: true })
      await rm(stateDirectory, { recursive: true, force: true })
    },
  }
})
