import { z } from 'zod'
import { AddressRange } from './routing.ts'

export const TRUSTED_PROXIES_MAX = 200

/** One label is enough: `localhost`. */
const BoxHost = z
  .string()
  .max(253)
  .toLowerCase()
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'use a host name such as apps.example.com',
  )
const seconds = (most: number) => {
  const message = `use 1 to ${most} seconds`
  return z.number(message).min(0, message).max(most, message)
}

/** Everybody who builds sees it, so there is no password in it. */
const ProxyUrl = z
  .string()
  .max(300)
  .regex(
    /^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\/?$/,
    'use an address such as http://proxy.example.com:3128, without a password: every build would see it',
  )
const NoProxy = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9.*:/_-]+$/, 'use host names, such as .example.com, and addresses')
const Certificates = z
  .string()
  .max(256 * 1024, 'use at most 256 KB')
  .regex(
    // Two parts that both take spaces, and a list that ends in something else takes minutes to be refused.
    /^(?:[^-]*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----)+\s*$/,
    'use certificates in PEM, and nothing else',
  )

/** What an owner of the box may change while it runs. */
export const BoxSettings = z.object({
  /** Apps answer at `<app>.<base domain>`. */
  baseDomain: BoxHost,
  /** Where the API answers behind the router. */
  platformHost: BoxHost,
  /** Seconds that new `web` instances may take until they answer. */
  bootTimeout: seconds(900),
  /** Seconds after going live within which a crash brings the old release back. */
  monitor: seconds(600),
  /** Whose `X-Forwarded-For` and `X-Forwarded-Proto` the router believes. */
  trustedProxies: z.array(AddressRange).max(TRUSTED_PROXIES_MAX, `name at most ${TRUSTED_PROXIES_MAX}`),
  /** Connections of those begin with a PROXY protocol header. */
  proxyProtocol: z.boolean(),
  /** By which builds reach the internet; null: straight. */
  httpProxy: ProxyUrl.nullable(),
  httpsProxy: ProxyUrl.nullable(),
  /** What is reached straight all the same. */
  noProxy: z.array(NoProxy).max(100, 'name at most 100'),
  /** Authorities that builds trust beside the public ones, in PEM. */
  certificates: Certificates.nullable(),
})
export type BoxSettings = z.infer<typeof BoxSettings>
export type BoxSettingName = keyof BoxSettings

export const BoxSettingsAnswer = z.object({ settings: BoxSettings, defaults: BoxSettings })

const {
  baseDomain,
  platformHost,
  bootTimeout,
  monitor,
  trustedProxies,
  proxyProtocol,
  httpProxy,
  httpsProxy,
  noProxy,
  certificates,
} = BoxSettings.shape

/** What is named changes; null goes back to the default. */
export const UpdateBoxSettings = z.strictObject({
  baseDomain: baseDomain.nullable().optional(),
  platformHost: platformHost.nullable().optional(),
  bootTimeout: bootTimeout.int('use whole seconds').min(1, 'use 1 to 900 seconds').nullable().optional(),
  monitor: monitor.int('use whole seconds').min(1, 'use 1 to 600 seconds').nullable().optional(),
  trustedProxies: trustedProxies.nullable().optional(),
  proxyProtocol: proxyProtocol.nullable().optional(),
  httpProxy: httpProxy.optional(),
  httpsProxy: httpsProxy.optional(),
  noProxy: noProxy.nullable().optional(),
  certificates: certificates.optional(),
})
export type UpdateBoxSettings = z.infer<typeof UpdateBoxSettings>
