import { PaasError } from '../../errors.ts'
import { reasonOf, statusOf } from './connection.ts'

/** The engine refused to make or start a container: mostly the image's or the command's fault, so the user hears why. */
export function startFailure(name: string, error: unknown): unknown {
  if (statusOf(error) === undefined) return error
  const reason = reasonOf(error)
  if (/no such image/i.test(reason)) return imageMissing(name, error)
  return new PaasError(
    'failed',
    'instance.cannot-start',
    `${name} could not be started: ${reason}.`,
    { fix: 'Correct the Dockerfile or the command in the Procfile and push again.' },
    { cause: error },
  )
}

function imageMissing(name: string, error: unknown): PaasError {
  return new PaasError(
    'failed',
    'image.missing',
    `${name} could not be started: its image is no longer on this box.`,
    {
      fix: 'Push the same commit again to build it anew.',
      command: 'git commit --allow-empty -m rebuild && git push paas main',
    },
    { cause: error },
  )
}
