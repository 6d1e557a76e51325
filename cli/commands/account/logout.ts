import { defineCommand, flag } from '../../command.ts'
import { withoutHost, writeCredentials } from '../../credentials.ts'
import { CliError } from '../../errors.ts'
import { EXIT } from '../../exit-code.ts'

/** `paas_<id>_<secret>` */
const TOKEN_ID = /^paas_([^_]+(?:_[^_]+)*)_[^_]+$/

export const command = defineCommand({
  about: 'forget the token of a box',
  options: { revoke: flag('--revoke', 'also revoke the token, wherever else it is used') },
  examples: [
    { run: 'paas logout', shows: ['Signed out of https://box.example.com.'] },
    { run: 'paas logout --revoke' },
  ],
  async run(context, { options }) {
    const { url } = await context.host()
    const credentials = await context.credentials()
    const entry = credentials.hosts.find((host) => host.url === url)
    if (!entry) throw new CliError(`You are not signed in to ${url}.`, {}, EXIT.denied)
    const token = TOKEN_ID.exec(entry.token)?.[1]
    if (options.revoke && token) await context.clientFor(url, entry.token).call('tokens.revoke', { params: { token } })
    await writeCredentials(context.config.credentialsFile, withoutHost(credentials, url))
    context.err.line(`Signed out of ${url}${options.revoke ? '; its token is revoked' : ''}.`)
  },
})
