import type { Box } from '../../../server/contract/box.ts'
import type { Client } from '../../../server/contract/client.ts'
import type { User } from '../../../server/contract/user.ts'
import { defineCommand, maybe, value } from '../../command.ts'
import type { Context } from '../../context.ts'
import { type HostEntry, withHost, writeCredentials } from '../../credentials.ts'
import { CliError, UsageError } from '../../errors.ts'
import { EXIT } from '../../exit-code.ts'
import { hostUrl, isLoopback } from '../../host-url.ts'

type Claim = { secret: string; user: string }

export const command = defineCommand({
  about: 'sign in to a box with a token, or claim a new box with its secret',
  args: { host: maybe('address of the box, such as https://box.example.com') },
  options: {
    token: value('--token <TOKEN>', 'the token; better given on standard input, where no process list shows it'),
    claim: value('--claim <SECRET>', 'claim a new box as its first user; - reads the secret from standard input'),
    user: value('--user <NAME>', 'name of the first user, with --claim'),
  },
  examples: [
    { run: 'paas login https://box.example.com' },
    { run: 'paas login https://box.example.com < token.txt', shows: ['Signed in to https://box.example.com as ada.'] },
    { run: 'paas login http://127.0.0.1:7600 --claim SECRET --user ada' },
  ],
  async run(context, { args, options }) {
    if ((options.claim === undefined) !== (options.user === undefined)) {
      throw new UsageError('--claim and --user go together.', { command: 'paas login URL --claim SECRET --user NAME' })
    }
    const url = hostUrl(args.host ?? context.options.host ?? context.config.host ?? (await currentHost(context)))
    warnAboutPlainHttp(context, url)
    const hello = await helloFrom(context.clientFor(url))
    context.err.line(`${url} is paas ${hello.version}${hello.claimed ? '' : ', not claimed yet'}.`)
    if (options.claim !== undefined && options.user !== undefined) {
      return claim(context, url, { secret: await secretText(context, options.claim), user: options.user })
    }
    if (!hello.claimed) throw unclaimed(url)
    const piped = options.token === undefined && !context.stdin.isTTY ? await secretText(context, '-') : ''
    await signIn(context, url, options.token || piped || context.config.token || (await askToken(context)))
  },
})

async function currentHost(context: Context): Promise<string> {
  const { current, hosts } = await context.credentials()
  const url = current ?? hosts[0]?.url
  if (url === undefined)
    throw new UsageError('Which box?', { fix: 'Give its address.', command: 'paas login https://BOX' })
  return url
}

function warnAboutPlainHttp({ err }: Context, url: string): void {
  if (url.startsWith('https:') || isLoopback(url)) return
  err.line(err.style('yellow', ` ›  Warning: ${url} is not encrypted: others on the way can read the token.`))
}

async function helloFrom(client: Client) {
  const hello = await client.call('box.hello')
  if (hello?.name === 'paas') return hello
  throw new CliError('That address answers, but it is not a paas box.', { fix: 'Check the address and the port.' })
}

function unclaimed(url: string): CliError {
  const fix = 'Its first user claims it with the secret that the installation printed.'
  return new CliError(
    'Nobody has claimed this box yet.',
    { fix, command: `paas login ${url} --claim SECRET --user NAME` },
    EXIT.denied,
  )
}

async function secretText(context: Context, text: string): Promise<string> {
  if (text !== '-') return text
  const { readStdin } = await import('../../input.ts')
  return (await readStdin(context.stdin)).trim()
}

async function askToken(context: Context): Promise<string> {
  if (!context.canAsk) {
    throw new UsageError('No token was given.', { fix: 'Give it on standard input or as PAAS_TOKEN.' })
  }
  const { ask } = await import('../../input.ts')
  return ask(context, 'Token: ', { hidden: true })
}

async function claim(context: Context, url: string, { secret, user }: Claim): Promise<void> {
  const { hostname } = await import('node:os')
  const device = `cli on ${hostname()}`.slice(0, 100)
  const claimed = await context.clientFor(url).call('box.claim', { body: { secret, user, device } })
  await remember(context, url, claimed.user, claimed.token.secret)
}

async function signIn(context: Context, url: string, token: string): Promise<void> {
  if (!/^[\x21-\x7e]+$/.test(token)) throw new UsageError(token ? 'That is not a token.' : 'No token was given.')
  await remember(context, url, await context.clientFor(url, token).call('users.me'), token)
}

async function remember(context: Context, url: string, user: User, token: string): Promise<void> {
  const entry: HostEntry = { url, user: user.name, token }
  const box = await boxInfo(context.clientFor(url, token))
  if (box) entry.ssh = { host: box.ssh.host, port: box.ssh.port }
  await writeCredentials(context.config.credentialsFile, withHost(await context.credentials(), entry))
  context.err.line(`Signed in to ${url} as ${user.name}.`)
  if (box) context.err.line(`It runs apps on ${box.engine.name}, at *.${box.baseDomain}.`)
  if (context.json) context.print(user)
}

/** Its SSH address lets git remotes be told apart; a token that may not see the box does without. */
async function boxInfo(client: Client): Promise<Box | undefined> {
  try {
    return await client.call('box.info')
  } catch {
    return undefined
  }
}
