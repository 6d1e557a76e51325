import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { median } from '../load.ts'

const APP = 'bench-next'
const EXAMPLE = 'node-next'
const ROUNDS = 3
const OWN_STEP = 'Running build'

export type CodePush = { push_ms: number; push_build_ms: number }

/** Pushes of code alone of a Next.js app: from `git push` to its end, and what of that its own build took; medians. */
export async function codePush(): Promise<CodePush> {
  await using box = await LocalBox.start({ engine: 'docker' })
  const app = await SampleApp.create(box, APP, EXAMPLE)
  await app.deploy()
  const pushes: number[] = []
  const builds: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    await app.changeCode(`round ${round}`, 'app/page.jsx')
    const begun = performance.now()
    await app.deploy()
    pushes.push(performance.now() - begun)
    builds.push(await ownStepMs(box))
  }
  return { push_ms: Math.round(median(pushes)), push_build_ms: Math.round(median(builds)) }
}

async function ownStepMs(box: LocalBox): Promise<number> {
  const api = box.client()
  const { items } = await api.call('builds.list', { params: { app: APP } })
  const { phases } = await api.call('builds.info', { params: { app: APP, build: items[0]?.id ?? '' } })
  process.stderr.write(`${phases.map(({ name, ms, cached }) => `${name} ${cached ? 'cached' : ms}`).join(', ')}\n`)
  return phases.find(({ name }) => name === OWN_STEP)?.ms ?? Number.NaN
}
