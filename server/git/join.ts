import type { ChildProcess } from 'node:child_process'
import { pipeline, type Readable, type Transform, type Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { exitOf } from './git.ts'
import type { GitService } from './git-session.ts'

export type GitClient = {
  input: Readable
  output: Writable
  /** Takes what git says beside the protocol. */
  errors: Writable
  /** What git's output goes through on its way. */
  through: Transform[]
}

/**
 * Joins git to its client until git has ended and all was said. A client that goes away takes a fetch with it, but not a
 * push: what git still says is read and dropped, so that the deploy in its hook goes on.
 */
export async function join(git: ChildProcess, client: GitClient, service: GitService): Promise<number | null> {
  const { stdin, stdout, stderr } = git
  if (!stdin || !stdout || !stderr) throw new Error('git was started without its standard streams')
  const exit = exitOf(git)
  client.input.pipe(stdin)
  stdin.on('error', () => client.input.resume())
  whenClosed(client.output, () => {
    stdin.end()
    if (service === 'upload-pack') git.kill()
  })
  relay(stderr, client.errors)
  const [code] = await Promise.all([exit, relay(passThrough(stdout, client.through), client.output)])
  return code
}

function passThrough(source: Readable, transforms: Transform[]): Readable {
  return transforms.reduce<Readable>((from, to) => pipeline(from, to, () => {}), source)
}

/** Settles when the source has ended, whether or not the sink still took it. */
async function relay(source: Readable, sink: Writable): Promise<void> {
  const drop = () => {
    source.unpipe(sink)
    source.resume()
  }
  sink.on('error', drop)
  source.pipe(sink, { end: false })
  whenClosed(sink, drop)
  await finished(source, { writable: false }).catch(() => undefined)
}

/** At once for a client that left before we came here: its `close` is past, and nobody else would end git. */
function whenClosed(stream: Writable, then: () => void): void {
  if (stream.destroyed) then()
  else stream.once('close', then)
}
