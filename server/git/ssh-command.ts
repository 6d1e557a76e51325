import { PaasError } from '../errors.ts'
import { invalidName, parseAppPath } from './app-path.ts'
import type { GitService } from './git-session.ts'

const GRAMMAR = /^git-(receive-pack|upload-pack) '\/?([^']*)'$/
const GIT_COMMAND = /^git-(?:receive-pack|upload-pack)\b/

export type SshCommand = { service: GitService; app: string }

/** `git-receive-pack '/shop.git'`, nothing else: the text is matched as a whole and never given to a shell. */
export function parseSshCommand(command: string): SshCommand {
  const [, service, path] = GRAMMAR.exec(command) ?? []
  if (service !== undefined && path !== undefined) return { service: service as GitService, app: parseAppPath(path) }
  if (isGitCommand(command)) throw invalidName(command.replace(/^\S+\s*/, ''))
  throw new PaasError('invalid', 'ssh.git-only', 'This server speaks git only; there are no commands to run here.', {
    fix: 'To run something in an app:',
    command: 'paas run -a <app> -- <command>',
  })
}

/** Whether a git client sits at the other end, which reads packets instead of text. */
export function isGitCommand(command: string): boolean {
  return GIT_COMMAND.test(command)
}
