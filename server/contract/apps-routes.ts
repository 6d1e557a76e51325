import { z } from 'zod'
import { AddMember, Member } from './access.ts'
import { App, CreateApp, UpdateApp } from './app.ts'
import { ConfigChange, ConfigVars, UpdateConfigVars } from './config-vars.ts'
import { Instance, Process, Scale } from './formation.ts'
import { AppName } from './names.ts'
import { PageQuery, page } from './page.ts'
import { app, nothing, type Route } from './route.ts'

export const apps = {
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
    sudo: true,
    params: app,
    query: z.object({ confirm: AppName }),
    response: nothing,
    status: 204,
  },

  'members.list': { summary: 'Who has access', permission: 'app:view', params: app, response: page(Member) },
  'members.add': {
    summary: 'Give a user access, or change their role',
    permission: 'app:destroy',
    sudo: true,
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
    sudo: true,
    params: app,
    response: z.object({ vars: ConfigVars }),
  },
  'config.names': {
    summary: 'Names of the config vars, without values',
    permission: 'app:config',
    params: app,
    response: z.object({ names: z.array(z.string()) }),
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
} as const satisfies Record<string, Route>
