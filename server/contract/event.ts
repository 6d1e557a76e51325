import { z } from 'zod'

/** What can change. `app` stands for anything of the app, `metrics` for what is measured every ten seconds. */
export const CHANGED = [
  'activity',
  'addons',
  'app',
  'apps',
  'backups',
  'box',
  'build',
  'builds',
  'certificates',
  'config',
  'deploys',
  'domains',
  'formation',
  'instances',
  'members',
  'metrics',
  'releases',
  'routing',
  'runs',
] as const

/** Says that something is different, not what it is: ask for it. */
export const ChangeEvent = z.object({
  /** Resume point: pass as `after`, or Last-Event-ID. */
  cursor: z.string(),
  /** Its name; null: the box, and any app. */
  app: z.string().nullable(),
  what: z.array(z.enum(CHANGED)),
})
export type ChangeEvent = z.infer<typeof ChangeEvent>
export type Changed = ChangeEvent['what'][number]
