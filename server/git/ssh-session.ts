import type { ServerChannel, Session } from 'ssh2'
import type { Apps } from '../apps/apps.ts'
import type { Log } from '../log.ts'
import type { Actor } from '../people/actor.ts'
import { join } from './join.ts'
import { errorPacket } from './pkt-line.ts'
import type { PushHandler } from './push.ts'
import { PushHints } from './push-hints.ts'
import { refusalText } from './refusal.ts'
import type { WhoIs } from './ssh-authentication.ts'
import { isGitCommand, parseSshCommand } from './ssh-command.ts'

const GIT_PROTOCOL = /^version=[0-9](?::[a-z0-9=.-]{1,40}){0,4}$/

type SshSessionOptions = { whoIs: WhoIs; apps: Pick<Apps, 'listFor'>; push: PushHandler; log: Log; address: string }

/** One channel of a connection: git, or a friendly line for those who look in by hand. */
export function serveSession(session: Session, options: SshSessionOptions): void {
  const environment: Record<string, string> = {}
  session.on('env', (accept, reject, { key, val }) => {
    if (key !== 'GIT_PROTOCOL' || !GIT_PROTOCOL.test(val)) return void reject?.()
    environment[key] = val
    accept?.()
  })
  session.on('pty', (accept) => void accept?.())
  session.on('shell', (accept) => greet(accept(), options))
  session.on('exec', (accept, _reject, { command }) => void serveGit(accept(), command, environment, options))
}

async function serveGit(
  channel: ServerChannel,
  text: string,
  environment: Record<string, string>,
  { whoIs, push, log }: SshSessionOptions,
): Promise<void> {
  channel.on('error', () => {})
  try {
    const { service, app } = parseSshCommand(text)
    const session = await push.open(actorOf(whoIs), app, service)
    if (service === 'receive-pack') push.expect()
    const git = push.start(session, [service, session.repository.directory], environment)
    const through = service === 'receive-pack' ? [new PushHints()] : []
    const code = await join(git, { input: channel, output: channel, errors: channel.stderr, through }, service)
    finish(channel, code ?? 1)
  } catch (error) {
    const refusal = refusalText(error, log)
    if (isGitCommand(text)) channel.write(errorPacket(refusal))
    else channel.stderr.write(`${refusal}\n`)
    finish(channel, 1)
  }
}

function greet(channel: ServerChannel, options: SshSessionOptions): void {
  channel.on('error', () => {})
  channel.write(`${greeting(options).join('\r\n')}\r\n`)
  finish(channel, 1)
}

function greeting({ whoIs, apps, address, log }: SshSessionOptions): string[] {
  try {
    const actor = actorOf(whoIs)
    const app = apps.listFor(actor)[0]?.name ?? 'my-app'
    return [
      `Hello ${actor.user?.name ?? 'there'}, your key works. There is no shell here; push an app instead:`,
      `  git remote add paas ${address}/${app}`,
      '  git push paas main',
    ]
  } catch (error) {
    return refusalText(error, log).split('\n')
  }
}

function actorOf(whoIs: WhoIs): Actor {
  return { user: whoIs(), scope: 'deploy', via: 'ssh' }
}

function finish(channel: ServerChannel, code: number): void {
  if (channel.destroyed) return
  channel.exit(code)
  channel.end()
}
