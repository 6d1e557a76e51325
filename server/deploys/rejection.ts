import { messageOf, PaasError } from '../errors.ts'
import type { Log } from '../log.ts'
import { DeployFailure, warning } from './failure.ts'
import { Stopped } from './turns.ts'

const PLATFORM_FAULT = 'something failed on the platform, whose log says more'

/** Why a deploy ended, for the user. What was not written for users is a fault of ours: it goes to our log alone. */
export function reasonOf(error: unknown, log: Log, deployId: string): string {
  if (isForUsers(error)) return messageOf(error)
  const stack = error instanceof Error ? error.stack : undefined
  log.error('deploy.failed', { deploy: deployId, reason: messageOf(error), stack })
  return PLATFORM_FAULT
}

/** What a declined push says at its end. */
export function rejection(error: unknown, reason: string, buildId: string | null): string[] {
  const lines = ['', warning(sentence(reason))]
  const help = error instanceof DeployFailure ? error : error instanceof PaasError ? error.help : undefined
  if (help?.fix) lines.push(warning(help.fix))
  if (help?.command) lines.push(warning(`Try: ${help.command}`))
  if (!isForUsers(error) && buildId !== null) lines.push(warning(`Build ${buildId}.`))
  lines.push(warning('Push rejected. What was live before still is.'), '')
  return lines
}

function isForUsers(error: unknown): boolean {
  return error instanceof Stopped || error instanceof DeployFailure || error instanceof PaasError
}

/** `web.1` and `huge.bin` keep their names. */
function sentence(text: string): string {
  const named = /^\S*[./]\S/.test(text)
  const capital = named ? text : text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(capital) ? capital : `${capital}.`
}
