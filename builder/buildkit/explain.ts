import { type Exceeded, exceededFailure, wasRefused } from '../exceeded.ts'
import { type BuildFailure, ImageBuildError } from './failure.ts'
import type { LimitHits, StepLimits } from './limits.ts'

/** What is known about a build that failed: BuildKit's own words, the step it stopped at, its last lines, and what the kernel counted meanwhile. */
export type FailedSolve = { message: string; step?: string; output: string[]; limits?: StepLimits; hits?: LimitHits }

/** Turns BuildKit's words into ours: what happened, why, and what to do next. First rule that knows the message wins. */
export function explain(failed: FailedSolve, options?: ErrorOptions): ImageBuildError {
  for (const rule of RULES) {
    const failure = rule(failed)
    if (failure) return new ImageBuildError(withStep(failure, failed), options)
  }
  return new ImageBuildError(withStep(unknown(failed), failed), options)
}

type Rule = (failed: FailedSolve) => BuildFailure | undefined

const RULES: Rule[] = [
  noSpace,
  overLimit,
  outOfMemory,
  exitCode,
  syntax,
  missingFile,
  missingSecret,
  missingTarget,
  missingImage,
  silentRegistry,
  silentDownload,
  interrupted,
]

const KILLED = 137
const KILLED_LINE = /^Killed$|\bSIGKILL\b/

function noSpace({ message, output }: FailedSolve): BuildFailure | undefined {
  if (!/no space left on device|disk quota exceeded/i.test([message, ...output].join('\n'))) return undefined
  return {
    code: 'build.disk-full',
    message: 'The disk of the box is full, so the image could not be written.',
    fix: 'Free some space on the box (`docker system df` shows what images and caches take, `docker builder prune` drops build caches) and push again.',
    retryable: true,
  }
}

/** Where the kernel counted, it is certain; builds share the group: another one may have been the cause, and suffers as much. */
function overLimit(failed: FailedSolve): BuildFailure | undefined {
  const code = exitCodeIn(failed.message)
  const exceeded = exceededIn(failed, code)
  if (!exceeded || code === undefined) return undefined
  const failure = exceededFailure(`${quoted(failed.step)} failed with exit code ${code}`, exceeded)
  return { code: failure.code, message: failure.message, fix: failure.help.fix ?? '', exitCode: code, exceeded }
}

function exceededIn({ hits, limits, output }: FailedSolve, code: number | undefined): Exceeded | undefined {
  if (!hits || !limits) return undefined
  const killed = code === KILLED || output.some((line) => KILLED_LINE.test(line))
  if (hits.killed > 0 || (killed && hits.pressed > 0)) return { what: 'memory', limitMb: limits.memoryMb }
  const refused = hits.refused > 0 || wasRefused(output)
  return refused ? { what: 'processes', limit: limits.pids } : undefined
}

/** The shell says `Killed`, npm and others say SIGKILL and end with a code of their own. */
function outOfMemory(failed: FailedSolve): BuildFailure | undefined {
  const code = exitCodeIn(failed.message)
  if (code === undefined) return undefined
  const killed =
    code === KILLED || failed.output.some((line) => KILLED_LINE.test(line) || /heap out of memory/.test(line))
  if (!killed) return undefined
  const limit = failed.limits === undefined ? '' : ` Builds on this box may take ${failed.limits.memoryMb} MB together.`
  return {
    code: 'build.out-of-memory',
    message: `${quoted(failed.step)} was killed (exit code ${code}), most probably because it ran out of memory.${limit}`,
    fix: 'Let the build use less memory (fewer parallel jobs, a smaller NODE_OPTIONS=--max-old-space-size), or raise the build limit of the box.',
    exitCode: code,
  }
}

function exitCode(failed: FailedSolve): BuildFailure | undefined {
  const code = exitCodeIn(failed.message)
  if (code === undefined) return undefined
  const notFound = code === 127 || failed.output.some((line) => line.includes('executable file not found'))
  return {
    code: 'build.step-failed',
    message: `${quoted(failed.step)} failed with exit code ${code}${notFound ? ': the image has no such command' : ''}.`,
    fix: notFound
      ? 'Check the spelling, or install what provides the command in an earlier step. The last lines above name it.'
      : 'The last lines above say why. Run the same command in a fresh clone to see it on your machine, then push again.',
    exitCode: code,
  }
}

function syntax({ message }: FailedSolve): BuildFailure | undefined {
  const found = /[dD]ockerfile parse error (?:on )?line (\d+): (.+)/s.exec(message)
  if (found) {
    return {
      code: 'dockerfile.invalid',
      message: `The Dockerfile has a mistake in line ${found[1]}: ${found[2]?.trim()}.`,
      fix: 'Correct that line and push again. Heredocs (`RUN <<EOF`) and `COPY --link` need Docker 23 or newer on the box.',
    }
  }
  if (!/Dockerfile cannot be empty|file with no instructions|no build stage in current context/.test(message)) {
    return undefined
  }
  return {
    code: 'dockerfile.invalid',
    message: 'The Dockerfile is empty or does not begin with FROM.',
    fix: 'Begin it with a `FROM` line and push again.',
  }
}

function missingFile({ message }: FailedSolve): BuildFailure | undefined {
  const path = /(?:failed to (?:compute|calculate|load) (?:cache key|checksum)[^"]*)"([^"]+)"[^"]*not found/s.exec(
    message,
  )?.[1]
  if (!path) return undefined
  const plain = path.replace(/^\//, '')
  return {
    code: 'dockerfile.missing-file',
    message: `The Dockerfile copies \`${plain}\`, but there is no such path in the pushed tree.`,
    fix: `Commit it (\`git status --ignored\` shows what git leaves out) and see that .dockerignore does not match it, then push again.`,
  }
}

function missingSecret({ message }: FailedSolve): BuildFailure | undefined {
  const id = /secret ([^\s:]+):? not found|secret not found: (\S+)/.exec(message)
  if (!id) return undefined
  return {
    code: 'dockerfile.missing-secret',
    message: `The Dockerfile asks for the build secret \`${id[1] ?? id[2]}\`, which this app does not have.`,
    fix: 'Drop the mount, or mark it `required=false` if the step can do without it.',
  }
}

function missingTarget({ message }: FailedSolve): BuildFailure | undefined {
  const target = /(?:target stage|build target) "?([^"\s]+)"? (?:could not be found|in Dockerfile)/.exec(message)?.[1]
  if (!target) return undefined
  return {
    code: 'dockerfile.missing-target',
    message: `The Dockerfile has no stage named \`${target}\`.`,
    fix: 'Name a stage so (`FROM ... AS name`), or build another one.',
  }
}

function missingImage({ message }: FailedSolve): BuildFailure | undefined {
  if (!/pull access denied|manifest unknown|insufficient_scope|authorization failed|: not found$/.test(message)) {
    return undefined
  }
  const image =
    /([\w.-]+(?:\/[\w./-]+)+(?::[\w.-]+)?(?:@sha256:\w+)?): (?:not found|pull access|.*manifest unknown)/.exec(
      message,
    )?.[1]
  return {
    code: 'image.not-found',
    message: `The image ${image ? `\`${image}\`` : 'named in FROM'} does not exist in its registry, or is not public.`,
    fix: 'Check its name and tag in the FROM line. For a private image, put it on the box first (`docker pull` after `docker login` there).',
  }
}

function silentRegistry({ message }: FailedSolve): BuildFailure | undefined {
  const found = /"https?:\/\/([^/"]+)\/v2\/([^"]+)\/(?:manifests|blobs)\/([^"]+)": (.+)/s.exec(message)
  if (!found) return undefined
  const [, registry, name = '', reference = '', reason = ''] = found
  const image = `${name.replace(/^library\//, '')}${reference.startsWith('sha256:') ? '@' : ':'}${reference}`
  return {
    code: 'image.unreachable',
    message: `The image \`${image}\` is not on the box and could not be pulled from ${registry}: ${reason.trim()}.`,
    fix: 'If the box has no way to that registry, load the image there by hand (`docker load`) or build FROM one that it has; else push again.',
    retryable: true,
  }
}

function silentDownload({ message }: FailedSolve): BuildFailure | undefined {
  const found = /(?:Get|Head) "([^"]+)": (.+)/s.exec(message)
  if (!found) return undefined
  return {
    code: 'build.download-failed',
    message: `The build could not fetch ${found[1]}: ${found[2]?.trim()}.`,
    fix: 'Check the address and the network of the box, then push again.',
    retryable: true,
  }
}

function interrupted({ message }: FailedSolve): BuildFailure | undefined {
  if (!/context canceled|unexpected EOF|transport is closing|no active session|Canceled: grpc/.test(message))
    return undefined
  return {
    code: 'engine.interrupted',
    message: 'The container engine stopped the build: it was restarted, or somebody canceled it there.',
    fix: 'Push again.',
    retryable: true,
  }
}

function unknown({ message, step }: FailedSolve): BuildFailure {
  return { code: 'build.failed', message: `${step ? quoted(step) : 'The build'} failed: ${plain(message)}.` }
}

/** BuildKit wraps the cause in the names of its own layers. */
function plain(message: string): string {
  return message
    .replace(/^(?:failed to solve[^:]*: |failed to create LLB definition: |rpc error: .*? desc = )+/, '')
    .trim()
}

function exitCodeIn(message: string): number | undefined {
  const code = /exit code: (\d+)/.exec(message)?.[1]
  return code === undefined ? undefined : Number(code)
}

const STEP_CHARACTERS = 120

function quoted(step: string | undefined): string {
  if (!step) return 'A step of the build'
  const short = step.replace(/ --mount=\S+/g, '')
  return `\`${short.length > STEP_CHARACTERS ? `${short.slice(0, STEP_CHARACTERS)}...` : short}\``
}

function withStep(failure: BuildFailure, { step, output }: FailedSolve): BuildFailure {
  return { ...failure, output, ...(step ? { failedStep: step } : {}) }
}
