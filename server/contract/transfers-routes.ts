import { z } from 'zod'
import { page } from './page.ts'
import { app, type Route } from './route.ts'
import { CopyAddon, ExportQuery, ForkAddon, ImportFrom, ImportQuery, Transfer } from './transfer.ts'

const addon = app.extend({ addon: z.string().min(1).max(80) })

export const transfers = {
  'transfers.list': {
    summary: 'Imports, copies and forks, newest first',
    permission: 'app:view',
    params: app,
    response: page(Transfer),
  },
  'transfers.info': {
    summary: 'One of them',
    permission: 'app:view',
    params: app.extend({ transfer: z.string().min(1).max(64) }),
    response: Transfer,
  },
  'addons.export': {
    summary: 'All of a database as a file, for pg_restore or as SQL',
    permission: 'app:secrets',
    sudo: true,
    params: addon,
    query: ExportQuery,
    response: z.unknown(),
    download: true,
  },
  'addons.import': {
    summary: 'Fill a database from a file that pg_dump wrote; answers when all of it was read',
    permission: 'app:config',
    sudo: true,
    params: addon,
    query: ImportQuery,
    response: Transfer,
    upload: true,
    status: 202,
  },
  'addons.importFrom': {
    summary: 'Fill a database from a server elsewhere, which the box asks itself',
    permission: 'app:config',
    sudo: true,
    params: addon,
    body: ImportFrom,
    response: Transfer,
    status: 202,
  },
  'addons.copy': {
    summary: 'Fill another database of the app from this one',
    permission: 'app:config',
    sudo: true,
    params: addon,
    body: CopyAddon,
    response: Transfer,
    status: 202,
  },
  'addons.fork': {
    summary: 'Make a new addon with the same data, attached to nothing',
    permission: 'app:config',
    sudo: true,
    params: addon,
    body: ForkAddon,
    response: Transfer,
    status: 202,
    help: { fix: 'See which plans there are.', command: 'paas addons:plans' },
  },
} as const satisfies Record<string, Route>
