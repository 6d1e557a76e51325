import { z } from 'zod'
import { AddCertificate, AddedCertificate, Certificate, CertificateOfBox, DomainCheck } from './certificate.ts'
import { AddDomain, Domain } from './domain.ts'
import { page } from './page.ts'
import { app, nothing, type Route } from './route.ts'
import { AddPathRoute, PathRoute, RoutingSettings, UpdateRouting } from './routing.ts'

export const routing = {
  'domains.list': { summary: 'Host names of the app', permission: 'app:view', params: app, response: page(Domain) },
  'domains.add': {
    summary: 'Claim a host name',
    permission: 'app:deploy',
    params: app,
    body: AddDomain,
    response: Domain,
    status: 201,
  },
  'domains.remove': {
    summary: 'Give a host name up',
    permission: 'app:deploy',
    params: app.extend({ host: z.string() }),
    response: nothing,
    status: 204,
  },
  'domains.check': {
    summary: 'See whether a certificate could be ordered for a host name now',
    permission: 'app:deploy',
    params: app.extend({ host: z.string() }),
    response: DomainCheck,
  },

  'routing.show': {
    summary: 'How the router treats requests of the app, and the defaults',
    permission: 'app:view',
    params: app,
    response: RoutingSettings,
  },
  'routing.update': {
    summary: 'Change what is named; null goes back to the default',
    permission: 'app:config',
    params: app,
    body: UpdateRouting,
    response: RoutingSettings,
    help: { fix: 'Nothing was changed. See how each setting is written.', command: 'paas routing:set --help' },
  },

  'paths.list': {
    summary: 'Paths that the app serves, and those that others serve on its hosts',
    permission: 'app:view',
    params: app,
    response: page(PathRoute),
  },
  'paths.add': {
    summary: 'Serve a part of a host of this app or of another one',
    permission: 'app:deploy',
    params: app,
    body: AddPathRoute,
    response: PathRoute,
    status: 201,
    help: { fix: 'Name a host and a prefix, such as www.example.com/api.', command: 'paas routing:paths:add --help' },
  },
  'paths.remove': {
    summary: 'Give a path back to whoever has the host; `path` is host and prefix',
    permission: 'app:deploy',
    params: app.extend({ path: z.string().min(1).max(500) }),
    response: nothing,
    status: 204,
  },

  'certs.all': {
    summary: 'Certificates of all host names of the box',
    permission: 'box:own',
    response: page(CertificateOfBox),
  },
  'certs.list': {
    summary: 'Certificates of the app’s host names',
    permission: 'app:view',
    params: app,
    response: page(Certificate),
  },
  'certs.add': {
    summary: 'Serve the app with a certificate of one’s own',
    permission: 'app:deploy',
    params: app,
    body: AddCertificate,
    response: AddedCertificate,
  },
  'certs.remove': {
    summary: 'Stop using a certificate of one’s own',
    permission: 'app:deploy',
    params: app,
    response: nothing,
    status: 204,
  },
} as const satisfies Record<string, Route>
