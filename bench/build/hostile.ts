import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { LocalBox } from '../../scripts/local-box.ts'
import { SampleApp } from '../../scripts/sample-app.ts'
import { Load } from '../load.ts'
import { printTable } from '../table.ts'

const NEIGHBOUR = 'neighbour'
const PER_SECOND = 100
const QUIET_MS = 15_000

/** What the build script does, and what the push has to say of it. */
const CASES = [
  {
    name: 'fork-bomb',
    script: "perl -e 'fork while 1'",
    words: /more processes and threads than their limit/,
  },
  {
    name: 'hog',
    script: "node -e 'const kept = []; for (;;) kept.push(Buffer.alloc(64e6, 1))'",
    words: /more memory than their limit/,
  },
  { name: 'file', script: 'fallocate -l 20G big && sleep 60', words: /disk filled by more than/ },
]

/**
 * How much slower another app answers while a build misbehaves: the worst ratio of the 99th percentiles, to that without
 * any build. Hits every build of the engine: not for a machine that others build on.
 */
export async function hostileBuilds(): Promise<number> {
  await using box = await LocalBox.start({ engine: 'docker' })
  const neighbour = await SampleApp.create(box, NEIGHBOUR)
  await neighbour.deploy()
  const quiet = await p99While(box, () => pause(QUIET_MS))
  const rows: (string | number)[][] = [['build', 'p99 ms', 'times quiet', 'said']]
  rows.push(['none', rounded(quiet), 1, ''])
  const ratios: number[] = []
  for (const { name, script, words } of CASES) {
    const app = await SampleApp.empty(box, name)
    const scripts = { build: script, start: 'node server.js' }
    await writeFile(join(app.directory, 'package.json'), JSON.stringify({ name, scripts }))
    await app.commit('first')
    let said = ''
    const p99 = await p99While(box, async () => {
      const { code, stderr } = await app.push()
      said = stderr.split('\n').find((line) => words.test(line)) ?? ''
      if (code === 0 || said === '') throw new Error(`the push of ${name} ended with ${code}:\n${stderr}`)
    })
    ratios.push(p99 / quiet)
    rows.push([name, rounded(p99), rounded(p99 / quiet), said.replace(/^remote:\s*!?\s*/, '')])
  }
  printTable(rows)
  return rounded(Math.max(...ratios))
}

async function p99While(box: LocalBox, work: () => Promise<unknown>): Promise<number> {
  const load = new Load({ port: box.ports.http, host: `${NEIGHBOUR}.localhost`, perSecond: PER_SECOND })
  const { latencyMs, failed, sent } = await work().then(
    () => load.stop(),
    async (error) => {
      await load.stop()
      throw error
    },
  )
  if (failed > 0) process.stderr.write(`${failed} of ${sent} requests to the neighbour failed\n`)
  return latencyMs.sort((a, b) => a - b)[Math.ceil(latencyMs.length * 0.99) - 1] ?? Number.NaN
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
