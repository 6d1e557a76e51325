import { execFileSync, spawnSync } from 'node:child_process'
import { expect } from 'vitest'
import type { BuildEvent, BuildLimits, BuildRequest } from './build.ts'
import { type BuildFixture, MACHINE_BUNDLE } from './build-fixture.ts'

/** For tests: where the docker engine of this machine listens. */
export const SOCKET = '/var/run/docker.sock'
const ASK =
  "for (let i = 0; ; i++) try { console.log(await (await fetch('http://127.0.0.1:5000' + process.argv[1])).text()); break } catch (e) { if (i > 100) throw e; await new Promise((r) => setTimeout(r, 100)) }"

/** For tests: what a request says to be built as an image of this app, with the authorities of the machine. */
export function onDocker(app: string): Pick<BuildRequest, 'endpoint' | 'app' | 'certificateBundle'> {
  const endpoint = { kind: 'docker', socketPath: SOCKET } as const
  return { endpoint, app, certificateBundle: MACHINE_BUNDLE }
}

/** For tests: enough for compilers and bundlers. */
export function ampleLimits(timeoutMs: number): BuildLimits {
  return { memoryMb: 4096, cpus: 2, pids: 2_048, diskBytes: 50e9, timeoutMs, maxFileBytes: 1e8, maxTreeBytes: 1e8 }
}

/** For tests: the end of a build that went well. */
export function doneOf(event: BuildEvent | undefined, box: BuildFixture): Extract<BuildEvent, { type: 'done' }> {
  return event?.type === 'done' ? event : expect.unreachable(`${JSON.stringify(event)}\n${box.text}`)
}

/** For tests: all that builds of the app have left on the engine. */
export function removeImagesOf(app: string): void {
  const images = docker('images', '--quiet', '--filter', `label=paas.app=${app}`).split('\n')
  for (const image of new Set(images.filter(Boolean))) spawnSync('docker', ['rmi', '--force', image])
}

/** For tests: what the app says, asked from within its container, as the engine starts it: without any network. */
export function answerOf(image: string, path: string): string {
  const container = docker('run', '--detach', '--network', 'none', '--init', '--env', 'PORT=5000', image).trim()
  try {
    return docker('exec', container, 'node', '--input-type=module', '--eval', ASK, path)
  } catch (error) {
    const { stdout, stderr } = spawnSync('docker', ['logs', container], { encoding: 'utf8' })
    throw new Error(`${stdout}${stderr}`, { cause: error })
  } finally {
    docker('rm', '--force', container)
  }
}

/** For tests: what the command prints. */
export function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8' })
}
