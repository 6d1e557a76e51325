import { writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { createInterface } from 'node:readline'
import type { BuildEvent, BuildRequest } from './build.ts'
import { build } from './builder.ts'
import { BUILD_OOM_SCORE } from './buildkit/step-watch.ts'
import { readBuilderConfig } from './config.ts'
import { Output } from './output.ts'
import { joinPidsGroup } from './pids-group.ts'
import { redactor } from './redaction.ts'

/** After everybody else for the processor, as it is the first to go when the box runs out of memory (RELIABILITY R7). */
const NICENESS = 5
/** Long enough for the request of a push that is already here to come first. */
const IDLE_MS = 20

yieldToOthers()
const config = readBuilderConfig()
const abort = new AbortController()
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(name, () => (building ? abort.abort() : process.exit(0)))
}

const idle = setTimeout(loadAhead, IDLE_MS)
const input = createInterface({ input: process.stdin })
let building = false
/** The server went away in the middle: nobody is left to end our group but us. */
let abandoned = false
input.on('line', (line) => {
  if (building) return
  building = true
  clearTimeout(idle)
  void run(line)
})
input.on('close', () => {
  clearTimeout(idle)
  abandoned = building
  abort.abort()
})
process.stdout.on('error', () => {})

/** One request, one build, and then the end; whatever a step left running is ended by our parent, with our group. */
async function run(line: string): Promise<void> {
  const request: BuildRequest = JSON.parse(line)
  if (request.endpoint.kind === 'directory') joinPidsGroup(process.pid, request.limits.pids)
  const output = new Output(write, redactor(request.environment))
  await build(request, { path: config.path, output, signal: abort.signal, endAll: endOwnGroup })
  process.stdout.end(() => leave())
}

function leave(): never {
  if (abandoned) endOwnGroup()
  process.exit(0)
}

/** Fails, as it should, where we do not lead a group: then others are in it. */
function endOwnGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    return
  }
}

function write(event: BuildEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

/** Waiting for a push: which engine it is for shows in how we were started. */
function loadAhead(): void {
  if (process.argv[2] === 'docker') void import('./container-image.ts')
  else void import('./tree.ts')
}

/** Either may be forbidden; the build is the same without. */
function yieldToOthers(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', String(BUILD_OOM_SCORE))
    setPriority(NICENESS)
  } catch {
    return
  }
}
