import { DNS_PROVIDER_SETTINGS, type DnsProviderName } from '../server/contract/issuers.ts'
import { settingKey, settingName } from '../server/contract/setting-forms.ts'
import { UsageError } from './errors.ts'

export const DNS_PROVIDERS = Object.keys(DNS_PROVIDER_SETTINGS)

/** The name of the provider's one secret, and of what else it takes, as one types them. */
export function dnsProvider(name: string): { name: DnsProviderName; secret: string; names: string[] } {
  if (!isProvider(name)) {
    throw new UsageError(`There is no DNS provider ${JSON.stringify(name)}.`, {
      fix: `There are ${DNS_PROVIDERS.join(', ')}.`,
      command: 'paas certs:dns:add --help',
    })
  }
  const { secret, required, optional } = DNS_PROVIDER_SETTINGS[name]
  return { name, secret: settingName(secret), names: [...required, ...optional].map(settingName) }
}

/** What is no secret: `server=192.0.2.53 key-name=paas`. */
export function readDnsSettings(provider: string, pairs: string[]): Record<string, string> {
  const { secret, names } = dnsProvider(provider)
  const settings = pairs.map((pair) => {
    const equals = pair.indexOf('=')
    const name = equals === -1 ? pair : pair.slice(0, equals)
    if (name === secret) {
      throw new UsageError(`The ${secret} is a secret: others on this machine could read it in a command line.`, {
        fix: 'Leave it out and it is asked for, or give it on standard input with --secret-stdin.',
      })
    }
    if (equals < 1 || equals === pair.length - 1 || !names.includes(name)) {
      throw new UsageError(`${JSON.stringify(pair)} is no setting of ${provider}.`, {
        fix: names.length > 0 ? `Give NAME=VALUE for ${names.join(', ')}.` : `It needs the ${secret} alone.`,
      })
    }
    return [settingKey(name), pair.slice(equals + 1)]
  })
  return Object.fromEntries(settings)
}

function isProvider(name: string): name is DnsProviderName {
  return Object.hasOwn(DNS_PROVIDER_SETTINGS, name)
}
