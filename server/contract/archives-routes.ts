import { z } from 'zod'
import { Archive, PutArchive, RestoreMoment } from './archive.ts'
import { Restore } from './backup.ts'
import { app, type Route } from './route.ts'

const addon = app.extend({ addon: z.string().min(1).max(80) })

export const archives = {
  'archives.info': {
    summary: 'How an addon is archived: its moments, how far behind it is, its bases and their proofs',
    permission: 'app:view',
    params: addon,
    response: Archive,
  },
  'archives.on': {
    summary: 'Archive every change of an addon, so that any moment can be brought back',
    permission: 'app:config',
    params: addon,
    body: PutArchive,
    response: Archive,
    help: { fix: 'Say for how many days.', command: 'paas pg:archive:on --keep 7d' },
  },
  'archives.off': {
    summary: 'Stop archiving; what is archived stays for as long as it would have',
    permission: 'app:config',
    params: addon,
    response: Archive,
  },
  'archives.restore': {
    summary: 'Bring a moment back into a new addon; the old one stays as it is',
    permission: 'app:config',
    sudo: true,
    params: addon,
    body: RestoreMoment,
    response: Restore,
    status: 202,
    help: { fix: 'Name a moment.', command: "paas pg:restore --to '10 minutes ago'" },
  },
} as const satisfies Record<string, Route>
