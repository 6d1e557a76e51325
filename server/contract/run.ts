import { z } from 'zod'
import { ConfigVarName, Timestamp } from './names.ts'

export const CreateRun = z.object({
  /** argv; a single element is given to a shell inside the app's container. Empty arrays are refused. */
  command: z.array(z.string().max(32_768)).min(1).max(256),
  tty: z.object({ columns: z.int().min(1).max(1000), rows: z.int().min(1).max(1000) }).nullable(),
  detached: z.boolean(),
  /** Beside the config vars, for this run alone; wins over them. */
  environment: z.record(ConfigVarName, z.string().max(32_768)).optional(),
})

export const CreateExec = z.object({
  /** `web.1`, or its id. Left out: one of `web`, or else any that runs. */
  instance: z.string().min(1).max(100).optional(),
  /** As that of a run; left out: a shell. */
  command: CreateRun.shape.command.optional(),
  tty: CreateRun.shape.tty,
})

export const Run = z.object({
  id: z.string(),
  /** `run.1234`, `exec.1234` */
  name: z.string(),
  app: z.string(),
  /** `web.1`: it runs inside that one; null: in an instance of its own. */
  instance: z.string().nullable(),
  state: z.enum(['running', 'ended']),
  command: z.array(z.string()),
  by: z.string(),
  createdAt: Timestamp,
  exitCode: z.int().nullable(),
})
export type Run = z.infer<typeof Run>

/**
 * Opens `WS /api/v1/runs/:run/attach` once, within 30 s, as WebSocket subprotocol `paas.ticket.<ticket>`
 * (beside `paas.run.v1`). Frames: binary, first byte 0 stdin · 1 stdout · 2 stderr; text, JSON RunControl.
 */
export const CreatedRun = Run.extend({ ticket: z.string().nullable() })

export const RunControl = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resize'), columns: z.int().min(1).max(1000), rows: z.int().min(1).max(1000) }),
  z.object({ type: z.literal('signal'), name: z.enum(['SIGINT', 'SIGTERM', 'SIGKILL', 'SIGHUP']) }),
  z.object({ type: z.literal('eof') }),
  z.object({ type: z.literal('exit'), code: z.int() }),
])
export type RunControl = z.infer<typeof RunControl>
