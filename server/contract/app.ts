import { z } from 'zod'
import { AppName, Timestamp } from './names.ts'

/** blank: no release yet · running: web instances serve · stopped: scaled to 0 · crashed: none of the wanted runs. */
export const AppState = z.enum(['blank', 'deploying', 'running', 'stopped', 'crashed', 'maintenance'])
export type AppState = z.infer<typeof AppState>

export const App = z.object({
  id: z.string(),
  name: AppName,
  state: AppState,
  owner: z.string(),
  createdAt: Timestamp,
  /** Number of the release that serves, null before the first. */
  release: z.int().nullable(),
  maintenance: z.boolean(),
  url: z.string(),
  git: z.object({ ssh: z.string(), http: z.string() }),
})
export type App = z.infer<typeof App>

export const CreateApp = z.object({ name: AppName.optional() })
export const UpdateApp = z.object({ name: AppName.optional(), maintenance: z.boolean().optional() })
