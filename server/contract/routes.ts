import { z } from 'zod'
import { AddMember, Member } from './access.ts'
import { Acme, AddDnsZone, DnsZoneName, UpdateAcme } from './acme.ts'
import { App, CreateApp, UpdateApp } from './app.ts'
import { Box, Hello } from './box.ts'
import { BoxSettingsAnswer, UpdateBoxSettings } from './box-settings.ts'
import { Build, BuildDetails, BuildLine, BuildSbom, ImageReference, SourceVersion, StartedBuild } from './build.ts'
import { BuildLimitsAnswer, UpdateBuildLimits } from './build-limits.ts'
import { BuildSettings, UpdateBuildSettings } from './build-settings.ts'
import { AddCertificate, AddedCertificate, Certificate, DomainCheck } from './certificate.ts'
import { ConfigChange, ConfigVars, UpdateConfigVars } from './config-vars.ts'
import { DiskCollected, DiskPlan, DiskUsage, UpdateDiskSettings } from './disk.ts'
import { AddDomain, Domain } from './domain.ts'
import { Instance, Process, Scale } from './formation.ts'
import { LOG_LINES_DEFAULT, LOG_LINES_MAX, LogRecord } from './log.ts'
import { AppName } from './names.ts'
import { PageQuery, page } from './page.ts'
import type { OperationId } from './paths.ts'
import { Deploy, Release, Rollback } from './release.ts'
import { AddPathRoute, PathRoute, RoutingSettings, UpdateRouting } from './routing.ts'
import { CreatedRun, CreateRun, Run } from './run.ts'
import {
  Activity,
  AddKey,
  Claim,
  Claimed,
  CreatedToken,
  CreatedUser,
  CreateToken,
  CreateUser,
  Key,
  Token,
  User,
} from './user.ts'

/**
 * Who may call a route. `app:*` permissions are asked of the app that `:app` names; an app one may not see is not found.
 * A route without one cannot be written: the type demands it, and the server checks again at start.
 */
export const PERMISSIONS = [
  'anyone',
  'user',
  /** Makes apps: not for read tokens. */
  'user:create',
  /** Changes one's own keys and tokens: for admin tokens only, or a lesser token could make a greater one. */
  'user:own',
  'app:view',
  'app:deploy',
  'app:config',
  'app:secrets',
  'app:run',
  'app:destroy',
  'box:view',
  'box:own',
] as const
export type Permission = (typeof PERMISSIONS)[number]

export type Route = {
  summary: string
  permission: Permission
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  response: z.ZodType
  /** For whoever sends a body with a mistake, beside what the mistake is. */
  help?: { fix: string; command: string }
  /** The answer is a stream of `response`: server-sent events, or NDJSON when asked by Accept. */
  stream?: true
  /** The body is a file, read as it comes; not JSON. */
  upload?: true
  /** 200 unless said otherwise. */
  status?: 200 | 201 | 202 | 204
}

const app = z.object({ app: AppName })
const nothing = z.null()
const buildSettings = z.object({ settings: BuildSettings, defaults: BuildSettings })
const deploying = z.object({ release: z.int(), deploy: z.string() })

export const routes = {
  'box.hello': { summary: 'Name, version, and whether the box is claimed', permission: 'anyone', response: Hello },
  'box.claim': {
    summary: 'Become the first user with the one-time claim secret',
    permission: 'anyone',
    body: Claim,
    response: Claimed,
    status: 201,
  },
  'box.info': { summary: 'State of the box, its engine and its router', permission: 'box:view', response: Box },
  'box.settings': {
    summary: 'What an owner of the box may change, and the defaults',
    permission: 'box:own',
    response: BoxSettingsAnswer,
  },
  'box.update': {
    summary: 'Change what is named; null goes back to the default',
    permission: 'box:own',
    body: UpdateBoxSettings,
    response: BoxSettingsAnswer,
    help: { fix: 'Nothing was changed. See how each setting is written.', command: 'paas box:set --help' },
  },
  'builds.limits': {
    summary: 'What every build of the box may take, and the defaults',
    permission: 'box:view',
    response: BuildLimitsAnswer,
  },
  'builds.limit': {
    summary: 'Change what is named; null goes back to the default',
    permission: 'box:own',
    body: UpdateBuildLimits,
    response: BuildLimitsAnswer,
    help: { fix: 'Nothing was changed. See how each limit is written.', command: 'paas builds:limits --help' },
  },

  'disk.usage': {
    summary: 'What takes how much of the disk',
    permission: 'box:own',
    response: DiskUsage,
  },
  'disk.update': {
    summary: 'Change the budgets of images and caches; null goes back to the default',
    permission: 'box:own',
    body: UpdateDiskSettings,
    response: DiskUsage,
    help: { fix: 'Nothing was changed. See how each setting is written.', command: 'paas disk:set --help' },
  },
  'disk.plan': {
    summary: 'Which images and how much of the cache would go now, and why',
    permission: 'box:own',
    response: DiskPlan,
  },
  'disk.collect': {
    summary: 'Remove them',
    permission: 'box:own',
    response: DiskCollected,
  },

  'acme.settings': {
    summary: 'How certificates are ordered, without secrets',
    permission: 'box:own',
    response: Acme,
  },
  'acme.update': {
    summary: 'Change what is named; null goes back to the default',
    permission: 'box:own',
    body: UpdateAcme,
    response: Acme,
    help: { fix: 'Nothing was changed. See how each setting is written.', command: 'paas certs:set --help' },
  },
  'acme.putZone': {
    summary: 'Say who writes the DNS records of a zone, and with which credentials',
    permission: 'box:own',
    params: DnsZoneName,
    body: AddDnsZone,
    response: Acme,
    help: { fix: 'See what each provider needs.', command: 'paas certs:dns:add --help' },
  },
  'acme.removeZone': {
    summary: 'Forget a zone and its credentials',
    permission: 'box:own',
    params: DnsZoneName,
    response: nothing,
    status: 204,
  },

  'users.me': { summary: 'The signed-in user', permission: 'user', response: User },
  'users.list': { summary: 'All users of the box', permission: 'box:own', response: page(User) },
  'users.create': {
    summary: 'Add a user and make their first token',
    permission: 'box:own',
    body: CreateUser,
    response: CreatedUser,
    status: 201,
  },
  'users.remove': {
    summary: 'Remove a user with their keys and tokens',
    permission: 'box:own',
    params: z.object({ user: z.string() }),
    response: nothing,
    status: 204,
  },

  'keys.list': { summary: "One's own SSH keys", permission: 'user', response: page(Key) },
  'keys.add': { summary: 'Add an SSH public key', permission: 'user:own', body: AddKey, response: Key, status: 201 },
  'keys.remove': {
    summary: 'Remove a key by fingerprint or comment',
    permission: 'user:own',
    params: z.object({ key: z.string() }),
    response: nothing,
    status: 204,
  },

  'tokens.list': { summary: "One's own tokens", permission: 'user', response: page(Token) },
  'tokens.create': {
    summary: 'Make a token; its secret is shown once',
    permission: 'user:own',
    body: CreateToken,
    response: CreatedToken,
    status: 201,
  },
  'tokens.revoke': {
    summary: 'Revoke a token',
    permission: 'user:own',
    params: z.object({ token: z.string() }),
    response: nothing,
    status: 204,
  },

  'apps.list': { summary: 'Apps that one may see, by name', permission: 'user', query: PageQuery, response: page(App) },
  'apps.create': {
    summary: 'Create an app; without a name one is made up',
    permission: 'user:create',
    body: CreateApp,
    response: App,
    status: 201,
  },
  'apps.info': { summary: 'One app', permission: 'app:view', params: app, response: App },
  'apps.update': {
    summary: 'Rename, or switch maintenance mode',
    permission: 'app:config',
    params: app,
    body: UpdateApp,
    response: App,
  },
  'apps.destroy': {
    summary: 'Destroy an app and all it has',
    permission: 'app:destroy',
    params: app,
    query: z.object({ confirm: AppName }),
    response: nothing,
    status: 204,
  },

  'members.list': { summary: 'Who has access', permission: 'app:view', params: app, response: page(Member) },
  'members.add': {
    summary: 'Give a user access, or change their role',
    permission: 'app:destroy',
    params: app,
    body: AddMember,
    response: Member,
    status: 201,
  },
  'members.remove': {
    summary: 'Take access away',
    permission: 'app:destroy',
    params: app.extend({ user: z.string() }),
    response: nothing,
    status: 204,
  },

  'config.list': {
    summary: 'Config vars with their values',
    permission: 'app:secrets',
    params: app,
    response: z.object({ vars: ConfigVars }),
  },
  'config.update': {
    summary: 'Set and unset config vars: one release',
    permission: 'app:config',
    params: app,
    body: UpdateConfigVars,
    response: ConfigChange,
  },

  'formation.list': {
    summary: 'Process types and quantities',
    permission: 'app:view',
    params: app,
    response: page(Process),
  },
  'formation.scale': {
    summary: 'Scale; answers when the wanted instances serve',
    permission: 'app:deploy',
    params: app,
    body: Scale,
    response: page(Process),
  },
  'instances.list': {
    summary: 'Instances and their states',
    permission: 'app:view',
    params: app,
    query: z.object({ stats: z.enum(['true', 'false']).optional() }),
    response: page(Instance),
  },
  'instances.restart': {
    summary: 'Restart all, one process type, or one instance, without dropping a request',
    permission: 'app:deploy',
    params: app,
    body: z.object({ process: z.string().max(80).optional() }),
    response: page(Instance),
  },

  'releases.list': {
    summary: 'Releases, newest first',
    permission: 'app:view',
    params: app,
    query: PageQuery,
    response: page(Release),
  },
  'releases.info': {
    summary: 'One release',
    permission: 'app:view',
    params: app.extend({ release: z.coerce.number().int().min(1) }),
    response: Release,
  },
  'releases.rollback': {
    summary: 'Deploy an earlier release again, as a new one',
    permission: 'app:deploy',
    params: app,
    body: Rollback,
    response: deploying,
    status: 202,
  },

  'deploys.info': {
    summary: 'One deploy',
    permission: 'app:view',
    params: app.extend({ deploy: z.string() }),
    response: Deploy,
  },
  'deploys.watch': {
    summary: 'Its states until it serves or has failed',
    permission: 'app:view',
    params: app.extend({ deploy: z.string() }),
    response: Deploy,
    stream: true,
  },

  'build.settings': {
    summary: 'How the app is built, and the defaults',
    permission: 'app:view',
    params: app,
    response: buildSettings,
  },
  'build.update': {
    summary: 'Change what is named, from the next build on; null goes back to the default',
    permission: 'app:config',
    params: app,
    body: UpdateBuildSettings,
    response: buildSettings,
    help: { fix: 'Nothing was changed. See how each setting is written.', command: 'paas build:set --help' },
  },
  'builds.list': {
    summary: 'Builds, newest first',
    permission: 'app:view',
    params: app,
    query: PageQuery,
    response: page(Build),
  },
  'builds.create': {
    summary: 'Deploy a tar or tar.gz of a source tree, sent as the body; answers when it has arrived',
    permission: 'app:deploy',
    params: app,
    query: z.object({ version: SourceVersion.optional() }),
    upload: true,
    response: StartedBuild,
    status: 202,
  },
  'builds.fromImage': {
    summary: 'Deploy an image that is ready, by its name in a registry or on the box',
    permission: 'app:deploy',
    params: app,
    body: z.object({ image: ImageReference }),
    response: StartedBuild,
    status: 202,
    help: { fix: 'Name an image such as nginx:1.27.', command: 'paas deploy --help' },
  },
  'builds.info': {
    summary: 'One build',
    permission: 'app:view',
    params: app.extend({ build: z.string() }),
    response: BuildDetails,
  },
  'builds.sbom': {
    summary: 'What its image is made of, as far as lock files tell: CycloneDX 1.5',
    permission: 'app:view',
    params: app.extend({ build: z.string() }),
    response: BuildSbom,
  },
  'builds.output': {
    summary: 'Its output, live while it runs',
    permission: 'app:view',
    params: app.extend({ build: z.string() }),
    response: BuildLine,
    stream: true,
  },
  'builds.cancel': {
    summary: 'Cancel a waiting or running build',
    permission: 'app:deploy',
    params: app.extend({ build: z.string() }),
    response: Build,
  },

  'runs.create': {
    summary: 'Start a one-off instance',
    permission: 'app:run',
    params: app,
    body: CreateRun,
    response: CreatedRun,
    status: 201,
  },
  'runs.list': { summary: 'Recent one-off instances', permission: 'app:view', params: app, response: page(Run) },
  'runs.stop': {
    summary: 'Stop a one-off instance',
    permission: 'app:run',
    params: app.extend({ run: z.string() }),
    response: nothing,
    status: 204,
  },

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

  'logs.read': {
    summary: 'Log lines, oldest first; with follow=true it goes on',
    permission: 'app:view',
    params: app,
    query: z.object({
      lines: z.coerce.number().int().min(0).max(LOG_LINES_MAX).default(LOG_LINES_DEFAULT),
      follow: z.enum(['true', 'false']).optional(),
      /** `web` or `web.1`, `router`, ... */
      process: z.string().max(80).optional(),
      source: z.enum(['app', 'paas']).optional(),
      after: z.string().max(200).optional(),
    }),
    response: LogRecord,
    stream: true,
  },
  'activity.list': {
    summary: 'Who did what when',
    permission: 'app:view',
    params: app,
    query: PageQuery,
    response: page(Activity),
  },
} as const satisfies Record<OperationId, Route>

export type Routes = typeof routes
