import type { EngineApi } from '../buildkit/engine-api.ts'
import { ImageBuildError } from '../buildkit/failure.ts'
import { hasImage } from '../buildkit/inspect.ts'
import { messageOf } from '../errors.ts'
import { BootstrapFailed, bootstrapBase } from './bootstrap.ts'
import { pullImage } from './pull.ts'
import { PUBLIC_BASE, SUITE } from './recipe.ts'

export type BaseOptions = { own: string; signal: AbortSignal; onLine: (line: string) => void }

/**
 * A Debian image that the engine has, by name: the public one or ours if it is there already, else pulled where a registry
 * answers, else made from Debian packages.
 */
export async function ensureBase(api: EngineApi, { own, signal, onLine }: BaseOptions): Promise<string> {
  for (const image of [PUBLIC_BASE, own]) if (await hasImage(api, image, signal)) return image
  onLine(`Pulling ${PUBLIC_BASE}`)
  const refusal = await pulled(api, signal)
  if (refusal === undefined) return PUBLIC_BASE
  onLine(`No registry to pull it from (${refusal}); making the base image from Debian packages, about half a minute`)
  try {
    await bootstrapBase(api, own, signal)
    return own
  } catch (error) {
    signal.throwIfAborted()
    throw unavailable(refusal, error)
  }
}

/** Why it could not be pulled; undefined when it was. */
async function pulled(api: EngineApi, signal: AbortSignal): Promise<string | undefined> {
  try {
    await pullImage(api, PUBLIC_BASE, signal)
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    return messageOf(error)
  }
}

function unavailable(refusal: string, cause: unknown): Error {
  if (cause instanceof ImageBuildError) return cause
  const reason = cause instanceof BootstrapFailed ? cause.message : `it could not be made here: ${messageOf(cause)}`
  return new ImageBuildError(
    {
      code: 'stack.unavailable',
      message: `The box has no base image to build on: ${PUBLIC_BASE} could not be pulled (${refusal}), and ${reason}.`,
      fix: `Either install mmdebstrap on the box (\`apt-get install -y mmdebstrap debian-archive-keyring\`) and let it reach a Debian mirror for ${SUITE}, or load the image there from another machine (\`docker save ${PUBLIC_BASE}\` into \`docker load\`). Then push again.`,
      retryable: true,
    },
    { cause },
  )
}
