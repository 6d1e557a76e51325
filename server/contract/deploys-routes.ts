import { z } from 'zod'
import { CronJob } from './cron.ts'
import { PageQuery, page } from './page.ts'
import { Deploy, Release, Rollback } from './release.ts'
import { app, nothing, type Route } from './route.ts'
import { CreatedRun, CreateExec, CreateRun, Run } from './run.ts'

const deploying = z.object({ release: z.int(), deploy: z.string() })

export const deploys = {
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

  'cron.list': {
    summary: 'Cron jobs of the release that serves, with their next and last runs',
    permission: 'app:view',
    params: app,
    response: page(CronJob),
  },
  'cron.run': {
    summary: 'Run a cron job now, whatever its schedule says',
    permission: 'app:run',
    params: app.extend({ job: z.coerce.number().int().min(1) }),
    response: Run,
    status: 201,
  },

  'runs.create': {
    summary: 'Start a one-off instance',
    permission: 'app:run',
    sudo: true,
    params: app,
    body: CreateRun,
    response: CreatedRun,
    status: 201,
  },
  'runs.exec': {
    summary: 'Start a command inside an instance that serves',
    permission: 'app:run',
    sudo: true,
    params: app,
    body: CreateExec,
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
} as const satisfies Record<string, Route>
