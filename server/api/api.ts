import type { Server } from 'node:http'
import express, { type Express } from 'express'
import { API_PREFIX, type OperationId } from '../contract/paths.ts'
import { acmeHandlers } from './acme.ts'
import { activityHandlers } from './activity.ts'
import { addonToolHandlers } from './addon-tools.ts'
import { addonHandlers } from './addons.ts'
import { appHandlers } from './apps.ts'
import { archiveHandlers } from './archives.ts'
import { Authentication } from './authenticate.ts'
import { backupHandlers } from './backups.ts'
import { boxHandlers } from './box.ts'
import { boxSettingsHandlers } from './box-settings.ts'
import { buildSettingsHandlers } from './build-settings.ts'
import { buildpackHandlers } from './buildpacks.ts'
import { buildHandlers } from './builds.ts'
import { certificateHandlers } from './certificates.ts'
import { changeHandlers } from './changes.ts'
import { configHandlers } from './config.ts'
import { consolePages } from './console.ts'
import { cronHandlers } from './cron.ts'
import { refuseCrossSite } from './cross-site.ts'
import { deployHandlers } from './deploys.ts'
import { diskHandlers } from './disk.ts'
import { domainHandlers } from './domains.ts'
import { formationHandlers } from './formation.ts'
import type { Handlers } from './handler.ts'
import { headers } from './headers.ts'
import { Idempotency } from './idempotency.ts'
import { jsonBody } from './json-body.ts'
import { keyHandlers } from './keys.ts'
import { logHandlers } from './logs.ts'
import { memberHandlers } from './members.ts'
import { metricHandlers } from './metrics.ts'
import { mount } from './mount.ts'
import { openapi } from './openapi.ts'
import { nothingHere, problems } from './problem.ts'
import { releaseHandlers } from './releases.ts'
import { requestId } from './request-id.ts'
import { routingHandlers } from './routing.ts'
import { RunRights } from './run-rights.ts'
import { RunSocket } from './run-socket.ts'
import { runHandlers } from './runs.ts'
import type { ApiServices } from './services.ts'
import { sessionHandlers } from './sessions.ts'
import { tokenHandlers } from './tokens.ts'
import { transferHandlers } from './transfers.ts'
import { TunnelSocket } from './tunnel-socket.ts'
import { userHandlers } from './users.ts'

/** Everything that answers HTTP, in order. `attach` adds what begins as an upgrade. */
export function createApi(services: ApiServices): { app: Express; attach(server: Server): void } {
  const app = express()
  const rights = new RunRights()
  app.disable('x-powered-by')
  app.disable('etag')
  // The router stands on the same machine and says who is calling.
  app.set('trust proxy', 'loopback')
  app.set('query parser', 'simple')

  app.use(requestId)
  app.use(headers(services.version))
  app.use('/git', services.gitHandler)
  app.use(refuseCrossSite)
  app.use(jsonBody())
  app.get(`${API_PREFIX}/openapi.json`, openapi(services.version))
  app.use(API_PREFIX, mount(handlers(services, rights), mountServices(services)))
  app.use(consolePages())
  app.use(nothingHere)
  app.use(problems(services.log))

  return { app, attach: (server) => attach(server, services, rights) }
}

function handlers(services: ApiServices, rights: RunRights): Handlers<OperationId> {
  return {
    ...boxHandlers(services),
    ...boxSettingsHandlers(services),
    ...diskHandlers(services),
    ...acmeHandlers(services),
    ...userHandlers(services),
    ...keyHandlers(services),
    ...tokenHandlers(services),
    ...sessionHandlers(services),
    ...appHandlers(services),
    ...memberHandlers(services),
    ...configHandlers(services),
    ...addonHandlers(services, rights),
    ...addonToolHandlers(services),
    ...transferHandlers(services),
    ...formationHandlers(services),
    ...releaseHandlers(services),
    ...deployHandlers(services),
    ...buildHandlers(services),
    ...buildSettingsHandlers(services),
    ...cronHandlers(services),
    ...buildpackHandlers(services),
    ...runHandlers(services, rights),
    ...domainHandlers(services),
    ...routingHandlers(services),
    ...certificateHandlers(services),
    ...archiveHandlers(services),
    ...backupHandlers(services),
    ...logHandlers(services),
    ...metricHandlers(services),
    ...activityHandlers(services),
    ...changeHandlers(services),
  }
}

function mountServices(services: ApiServices) {
  const { access, apps, db, recheckMs, sessions, tokens } = services
  const guards = { authentication: new Authentication({ tokens, sessions }), idempotency: new Idempotency(db) }
  return { access, apps, ...guards, ...(recheckMs !== undefined && { recheckMs }) }
}

/** A push of 512 MB over a slow line takes longer than node's five minutes for a request; idle ones are ended elsewhere. */
function attach(server: Server, { addons, runs, sessions, log, recheckMs }: ApiServices, rights: RunRights): void {
  server.requestTimeout = 0
  const runSocket = new RunSocket({ runs, rights, sessions, log, recheckMs })
  const tunnelSocket = new TunnelSocket({ tunnels: addons.tunnels, log, recheckMs })
  server.on('upgrade', (request, stream, head) => {
    const socket = tunnelSocket.handles(request) ? tunnelSocket : runSocket
    void socket.upgrade(request, stream, head)
  })
}
