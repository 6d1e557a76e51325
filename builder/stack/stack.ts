import { readFile } from 'node:fs/promises'
import { EngineApi } from '../buildkit/engine-api.ts'
import { explain } from '../buildkit/explain.ts'
import { hasImage } from '../buildkit/inspect.ts'
import { Progress } from '../buildkit/progress.ts'
import { Session } from '../buildkit/session.ts'
import { SolveError, solve } from '../buildkit/solve.ts'
import { ensureBase } from './base.ts'
import { stackContext } from './context.ts'
import { withLock } from './lock.ts'
import { npmFiles } from './npm.ts'
import { type StackNames, stackDockerfile, stackNames } from './recipe.ts'

export type StackOptions = {
  socketPath: string
  /** PEM file with the machine's extra certificate authorities: lent to downloads, never part of the image. */
  certificateBundle: string | null
  /** HTTP_PROXY and its like, for its downloads. */
  proxy?: Record<string, string>
  onLine: (line: string) => void
  signal: AbortSignal
  /** First part of the image names, so that tests leave the box's own stack alone. */
  repository?: string
}

/**
 * The tag of the stack, the image that apps are built on and run on. Made once per box and version, by one process at a
 * time while others wait; one question to the engine when it is there. Throws ImageBuildError `stack.*` or `engine.*`.
 */
export async function ensureStack(options: StackOptions): Promise<string> {
  const api = new EngineApi(options.socketPath)
  const names = stackNames(options.repository ?? 'paas', { version: process.version, arch: process.arch })
  const { signal } = options
  if (await hasImage(api, names.stack, signal)) return names.stack
  await withLock(`stack ${options.socketPath} ${names.stack}`, signal, async () => {
    if (!(await hasImage(api, names.stack, signal))) await makeStack(api, names, options)
  })
  return names.stack
}

async function makeStack(api: EngineApi, names: StackNames, options: StackOptions): Promise<void> {
  const { onLine, signal } = options
  onLine('Making the base image: this is needed once on this box')
  const base = await ensureBase(api, { own: names.base, signal, onLine })
  const certificates = options.certificateBundle === null ? null : await readFile(options.certificateBundle)
  using session = await Session.open(api, certificates ? { ca: certificates } : {})
  const progress = new Progress({ onLine, onStep: () => {} })
  const request = {
    tag: names.stack,
    context: stackContext(stackDockerfile(base), process.execPath, npmFiles(certificates, signal)),
    buildArgs: options.proxy ?? {},
    labels: { 'paas.stack': names.stack },
    noCache: false,
    session: session.id,
  }
  try {
    await solve(api, request, progress, signal)
  } catch (error) {
    throw error instanceof SolveError ? explained(error, progress) : error
  }
  onLine(`Made ${names.stack} from ${base}`)
}

function explained(error: SolveError, progress: Progress): Error {
  const { step, output = [] } = progress.failure ?? {}
  return explain({ message: error.message, output, ...(step ? { step } : {}) }, { cause: error })
}
