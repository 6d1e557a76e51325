import type { AppRecord } from '../apps/apps.ts'
import type { App } from '../contract/app.ts'
import type { AppAddresses } from './app-addresses.ts'
import type { ApiServices } from './services.ts'

type AppViewServices = Pick<ApiServices, 'addresses' | 'users'> & { deploys: Pick<ApiServices['deploys'], 'state'> }

/** The App resource. */
export function appView(app: AppRecord, { addresses, deploys, users }: AppViewServices): App {
  return {
    id: app.id,
    name: app.name,
    state: deploys.state(app),
    owner: users.findById(app.ownerId)?.name ?? 'unknown',
    createdAt: app.createdAt.toISOString(),
    release: app.currentRelease,
    maintenance: app.maintenance,
    url: appUrl(app.name, addresses),
    git: gitUrls(app.name, addresses),
  }
}

export function appUrl(name: string, addresses: AppAddresses): string {
  return httpUrl(`${name}.${addresses.baseDomain()}`, addresses)
}

function gitUrls(name: string, addresses: AppAddresses): App['git'] {
  const { host, port } = addresses.ssh()
  const http = `${httpUrl(addresses.baseDomain(), addresses)}/git/${name}.git`
  return { ssh: `ssh://git@${host}${port === 22 ? '' : `:${port}`}/${name}`, http }
}

function httpUrl(host: string, addresses: AppAddresses): string {
  const port = addresses.httpPort()
  return `http://${host}${port === 80 ? '' : `:${port}`}`
}
