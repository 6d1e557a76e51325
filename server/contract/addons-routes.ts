import { z } from 'zod'
import {
  Addon,
  AddonCondition,
  AddonDetails,
  AddonName,
  AddonPlan,
  AttachAddon,
  AttachmentChange,
  AttachmentName,
  ChangeAddon,
  CreateAddon,
  Credential,
  ExposeAddon,
  OpenClient,
  UpgradeAddon,
} from './addon.ts'
import { AddonReport, ChangeDatabaseSettings, ChangeExtension, EndedSessions, EndSessions } from './addon-reports.ts'
import { page } from './page.ts'
import { app, type Route } from './route.ts'
import { CreatedRun } from './run.ts'
import { OpenedTunnel, OpenTunnel } from './tunnel.ts'

/** A name, an id, or what the app knows it by: `DATABASE`, `DATABASE_URL`. */
const addon = app.extend({ addon: z.string().min(1).max(80) })
const change = z.object({ release: z.int().nullable(), deploy: z.string().nullable() })

export const addons = {
  'addons.plans': {
    summary: 'Which addons there are, in which versions and plans',
    permission: 'user',
    response: page(AddonPlan),
  },
  'addons.conditions': {
    summary: 'What is wrong with addons of the apps that you see, the oldest first',
    permission: 'user',
    response: page(AddonCondition),
  },
  'addons.list': {
    summary: 'Addons of the app and those attached to it',
    permission: 'app:view',
    params: app,
    response: page(Addon),
  },
  'addons.create': {
    summary: 'Make an addon and attach it; watch it until it is available',
    permission: 'app:config',
    params: app,
    body: CreateAddon,
    response: Addon,
    status: 202,
    help: { fix: 'See which services and plans there are.', command: 'paas addons:plans' },
  },
  'addons.info': {
    summary: 'One addon, with facts of it',
    permission: 'app:view',
    params: addon,
    response: AddonDetails,
  },
  'addons.watch': {
    summary: 'Its states and steps as they come, until nothing is being done',
    permission: 'app:view',
    params: addon,
    response: Addon,
    stream: true,
  },
  'addons.update': {
    summary: 'Rename, or change the plan, which restarts it',
    permission: 'app:config',
    params: addon,
    body: ChangeAddon,
    response: Addon,
    help: { fix: 'See which plans there are.', command: 'paas addons:plans' },
  },
  'addons.restart': { summary: 'Restart its server', permission: 'app:config', params: addon, response: Addon },
  'addons.upgrade': {
    summary:
      'Move a database to the server of another addon, such as one of a newer version; watch it until it is available',
    permission: 'app:config',
    sudo: true,
    params: addon,
    body: UpgradeAddon,
    response: Addon,
    status: 202,
  },
  'addons.destroy': {
    summary: 'Destroy it with all its data; watch it until it is gone',
    permission: 'app:destroy',
    sudo: true,
    params: addon,
    /** With `backup=false` no last backup is made of it: for one that answers no more. */
    query: z.object({ confirm: AddonName, backup: z.enum(['true', 'false']).optional() }),
    response: Addon,
    status: 202,
  },
  'addons.attach': {
    summary: 'Let this app use an addon of another app, or under a further name',
    permission: 'app:config',
    params: addon,
    body: AttachAddon,
    response: AttachmentChange,
    help: { fix: 'Write the name in capitals.', command: 'paas addons:attach ADDON --as NAME' },
  },
  'addons.detach': {
    summary: 'Take a name, and with the last one the access, away from the app',
    permission: 'app:config',
    params: app.extend({ attachment: AttachmentName }),
    response: change,
  },
  'addons.promote': {
    summary: 'Make it what DATABASE_URL, or its like, leads to',
    permission: 'app:config',
    params: addon,
    response: AttachmentChange,
  },
  'addons.credentials': {
    summary: 'Logins of it; with the permission to read secrets, their URLs',
    permission: 'app:view',
    sudo: true,
    params: addon,
    response: page(Credential),
  },
  'addons.client': {
    summary: 'Start psql or its like beside the app, with the login of the app; attach to it as to a run',
    permission: 'app:run',
    sudo: true,
    params: addon,
    body: OpenClient,
    response: CreatedRun,
    status: 201,
  },
  'addons.tunnel': {
    summary: 'Reach it from a machine of your own, with the login of the app; each connection is a WebSocket',
    permission: 'app:run',
    sudo: true,
    params: addon,
    body: OpenTunnel,
    response: OpenedTunnel,
    status: 201,
  },
  'addons.expose': {
    summary: 'Let it be reached from this machine; an owner of the box may let others reach it over TLS',
    permission: 'app:config',
    params: addon,
    body: ExposeAddon,
    response: Addon,
    help: { fix: 'Write addresses and ranges such as 192.0.2.0/24.', command: 'paas addons:expose --help' },
  },
  'addons.unexpose': { summary: 'Close it again', permission: 'app:config', params: addon, response: Addon },
  'addons.rotate': {
    summary: 'Give the app a new login; the old one goes when nothing uses it any more',
    permission: 'app:config',
    params: addon,
    response: AttachmentChange,
  },
  'addons.reports': {
    summary: 'Which reports there are of it',
    permission: 'app:view',
    params: addon,
    response: page(z.object({ name: z.string(), about: z.string() })),
  },
  'addons.report': {
    summary: 'What goes on in it, as a table; queries are shown as they were sent',
    permission: 'app:secrets',
    sudo: true,
    params: addon.extend({ report: z.string().min(1).max(40) }),
    response: AddonReport,
  },
  'addons.endSessions': {
    summary: 'Cancel what a session of it does, or end the session',
    permission: 'app:config',
    params: addon,
    body: EndSessions,
    response: EndedSessions,
    help: { fix: 'Name a session by its number.', command: 'paas pg:ps' },
  },
  'addons.changeExtension': {
    summary: 'Add an extension to the database, or remove it',
    permission: 'app:config',
    params: addon,
    body: ChangeExtension,
    response: AddonReport,
    help: { fix: 'See which there are.', command: 'paas pg:extensions' },
  },
  'addons.changeSettings': {
    summary: 'Change settings of the database, for connections that are made from now on',
    permission: 'app:config',
    params: addon,
    body: ChangeDatabaseSettings,
    response: AddonReport,
    help: { fix: 'Nothing was changed. See which settings there are.', command: 'paas pg:settings' },
  },
} as const satisfies Record<string, Route>
