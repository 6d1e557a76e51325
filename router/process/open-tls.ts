import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import type { Router } from '../router.ts'
import type { Tls, TlsFollowers } from '../tls/tls.ts'
import type { News } from './news.ts'

export type OpenTlsParts = { config: Config; router: Router; news: News; log: Log; followers?: TlsFollowers }

/** Loaded only where it is used: a router without TLS does without its 10 MB. */
export async function openTls({ config, router, news, log, followers }: OpenTlsParts): Promise<Tls | null> {
  const { state: directory, https, io } = config
  if (!https) return null
  const { Tls } = await import('../tls/tls.ts')
  const { chooseTlsHandles } = await import('../tls/self-test.ts')
  const handles = await chooseTlsHandles(io)
  if (!handles && io !== 'public') log.info('tls.io.public')
  return Tls.open({
    ...{ directory, events: news, log, handles },
    served: (host) => router.find(host)?.spec,
    publicPort: https.publicPort,
    ...(followers ? { followers } : {}),
  })
}
