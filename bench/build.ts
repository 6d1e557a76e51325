import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { BuildLimits } from '../builder/build.ts'
import { ensureStack } from '../builder/stack/stack.ts'
import { ByHand } from './build/by-hand.ts'
import { type CodePush, codePush } from './build/code-push.ts'
import { docker, SOCKET } from './build/docker.ts'
import { hostileBuilds } from './build/hostile.ts'
import { Ours, removeImages } from './build/ours.ts'
import { SAMPLES, type Sample } from './build/sample.ts'
import { median } from './load.ts'
import { printTable } from './table.ts'

/** A cold one waits for the registry, now more and now less. */
const COLD_ROUNDS = 7
const WARM_ROUNDS = 9
/** Where Debian keeps the certificates that a box lends to builds. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'
const BASES = ['debian:bookworm-slim', 'paas/base:bookworm']
const LIMITS: BuildLimits = {
  memoryMb: 2_048,
  cpus: 2,
  pids: 2_048,
  diskBytes: 10e9,
  timeoutMs: 600_000,
  maxFileBytes: 200e6,
  maxTreeBytes: 1e9,
}

export type BuildFigures = { cold_ratio: number; warm_ratio: number; image_over_stack_mb: number }
type Options = Partial<CodePush> & { hostile_p99_ratio?: number }

/**
 * What our builds cost over the bare commands: the same steps typed in a container of the same engine, turn by turn, so
 * that a busy machine slows both. A ratio is the median over the rounds, for the worse of the apps. The image is that of
 * the hello app, over the Debian image that the stack stands on, in millions of bytes. `--push` adds pushes of a Next.js
 * app, `--hostile` what builds that misbehave do to other apps.
 */
export async function bench(args: string[]): Promise<BuildFigures & Options> {
  const { values } = parseArgs({ args, options: { push: { type: 'boolean' }, hostile: { type: 'boolean' } } })
  return {
    ...(await overhead()),
    ...(values.push ? await codePush() : {}),
    ...(values.hostile ? { hostile_p99_ratio: await hostileBuilds() } : {}),
  }
}

async function overhead(): Promise<BuildFigures> {
  const certificateBundle = existsSync(CERTIFICATES) ? CERTIFICATES : null
  const { signal } = new AbortController()
  const stack = await ensureStack({ socketPath: SOCKET, certificateBundle, onLine: say, signal })
  const ours = new Ours({ limits: LIMITS, certificateBundle })
  await using hand = new ByHand({ stack, certificateBundle, ...LIMITS })
  const rows: (string | number)[][] = [['app', 'caches', 'ours ms', 'by hand ms', 'ratio', 'least', 'most']]
  const worst = { cold: 0, warm: 0 }
  try {
    for (const sample of SAMPLES) {
      for (const temperature of ['cold', 'warm'] as const) {
        const { row, ratio } = await compared(sample, temperature, ours, hand)
        rows.push(row)
        worst[temperature] = Math.max(worst[temperature], ratio)
      }
    }
    const { image } = await ours.warm(SAMPLES[0] as Sample)
    const over = await overBase(image, stack)
    printTable(rows)
    return { cold_ratio: worst.cold, warm_ratio: worst.warm, image_over_stack_mb: over }
  } finally {
    await removeImages()
  }
}

async function compared(sample: Sample, temperature: 'cold' | 'warm', ours: Ours, hand: ByHand) {
  const times: { ours: number; hand: number }[] = []
  if (temperature === 'warm') {
    await ours.warm(sample)
    await hand.warm(sample)
  }
  for (let round = 0; round < (temperature === 'cold' ? COLD_ROUNDS : WARM_ROUNDS); round += 1) {
    const byHand = await hand[temperature](sample)
    const built = await ours[temperature](sample)
    say(`${sample.name} ${temperature}: ${built.phases.map(({ name, ms }) => `${name} ${ms}`).join(', ')}`)
    times.push({ ours: built.ms, hand: byHand })
  }
  const ratios = times.map((time) => time.ours / time.hand)
  const ratio = rounded(median(ratios), 100)
  const medians = [median(times.map((time) => time.ours)), median(times.map((time) => time.hand))].map(Math.round)
  const row = [
    sample.name,
    temperature,
    ...medians,
    ratio,
    rounded(Math.min(...ratios), 100),
    rounded(Math.max(...ratios), 100),
  ]
  return { row, ratio }
}

/** The engine counts the layers of a base to every image on it. */
async function overBase(image: string, stack: string): Promise<number> {
  const [first] = (await layers(stack)) as [string]
  for (const base of BASES) {
    const own = await layers(base).catch(() => [])
    if (own[0] === first) return rounded(((await size(image)) - (await size(base))) / 1e6, 10)
  }
  throw new Error(`none of ${BASES.join(', ')} is what the stack stands on`)
}

async function layers(image: string): Promise<string[]> {
  return JSON.parse(await docker('image', 'inspect', '--format', '{{json .RootFS.Layers}}', image)) as string[]
}

async function size(image: string): Promise<number> {
  return Number(await docker('image', 'inspect', '--format', '{{.Size}}', image))
}

function rounded(value: number, parts: number): number {
  return Math.round(value * parts) / parts
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
