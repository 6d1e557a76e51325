import { userInfo } from 'node:os'
import { hasErrorCode, messageOf, PaasError } from '../../errors.ts'

const UNREACHABLE = ['ENOENT', 'ECONNREFUSED', 'EACCES', 'EPERM', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTSOCK']

export function isUnreachable(error: unknown): boolean {
  return UNREACHABLE.some((code) => hasErrorCode(error, code))
}

/** Says why the container engine does not answer and which command makes it answer. */
export function engineUnavailable(error: unknown, socketPath: string): PaasError {
  const { reason, fix, command } = diagnose(error, socketPath)
  return new PaasError(
    'unavailable',
    'engine.unavailable',
    `The container engine cannot be reached: ${reason}.`,
    { fix, command },
    { cause: error },
  )
}

function diagnose(error: unknown, socketPath: string): { reason: string; fix: string; command: string } {
  if (hasErrorCode(error, 'EACCES') || hasErrorCode(error, 'EPERM')) {
    const user = userInfo().username
    return {
      reason: `the user ${user} may not use ${socketPath} because it is not in the group docker`,
      fix: 'Add the user to the group, then sign in again. Members of that group have the power of root.',
      command: `sudo usermod -aG docker ${user}`,
    }
  }
  if (hasErrorCode(error, 'ENOENT')) {
    return {
      reason: `there is no socket at ${socketPath}, so Docker is not installed or not running`,
      fix: 'Install Docker (on Debian and Ubuntu: `sudo apt-get install docker.io`) and start it.',
      command: 'sudo systemctl start docker',
    }
  }
  if (hasErrorCode(error, 'ECONNREFUSED')) {
    return {
      reason: `nothing listens on ${socketPath}, so Docker is not running`,
      fix: 'Start Docker. Running apps come back with it.',
      command: 'sudo systemctl start docker',
    }
  }
  return {
    reason: `it stopped answering on ${socketPath} (${messageOf(error)})`,
    fix: 'Docker may be starting or overloaded. Try again in a moment; if it stays so, restart it.',
    command: 'sudo systemctl restart docker',
  }
}
