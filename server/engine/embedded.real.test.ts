import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createLog } from '../log.ts'
import { EmbeddedEngine } from './embedded.ts'
import { engineContract } from './engine-contract.ts'

const log = createLog('test', 'error')

engineContract('embedded', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'paas-embedded-'))
  const image = join(directory, 'images', 'b1')
  mkdirSync(join(image, 'app'), { recursive: true })
  writeFileSync(join(image, 'image.json'), JSON.stringify({ environment: {}, path: [dirname(process.execPath)] }))
  return {
    engine: () => new EmbeddedEngine({ directory, log }),
    image,
    dispose: async () => {
      await using engine = new EmbeddedEngine({ directory, log, stopOnDispose: true })
      await engine.start()
      rmSync(directory, { recursive: true, force: true })
    },
  }
})
