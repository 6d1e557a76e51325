import { z } from 'zod'

const MB = 1024 ** 2
const GB = 1024 ** 3
const whole = (least: number, most: number, message: string) =>
  z.number(message).int(message).min(least, message).max(most, message)

/** Of every build of the box; memory, processors and processes are those of all that run at once together. */
export const BuildLimits = z.object({
  /** Bytes. */
  memory: whole(128 * MB, 1_024 * GB, 'use 128mb to 1024gb'),
  /** Processors; fractions are fine. */
  cpus: z.number('use 0.1 to 512').min(0.1, 'use 0.1 to 512').max(512, 'use 0.1 to 512'),
  /** Seconds. */
  time: whole(10, 6 * 3_600, 'use 10s to 6h'),
  /** Processes and threads. */
  pids: whole(64, 1_000_000, 'use 64 to 1000000'),
  /** Bytes by which the disk may fill during the build. */
  disk: whole(100 * MB, 10_240 * GB, 'use 100mb to 10240gb'),
})
export type BuildLimits = z.infer<typeof BuildLimits>

const { memory, cpus, time, pids, disk } = BuildLimits.shape

/** What is named changes; null goes back to the default. */
export const UpdateBuildLimits = z.strictObject({
  memory: memory.nullable().optional(),
  cpus: cpus.nullable().optional(),
  time: time.nullable().optional(),
  pids: pids.nullable().optional(),
  disk: disk.nullable().optional(),
})
export type UpdateBuildLimits = z.infer<typeof UpdateBuildLimits>

export const BuildLimitsAnswer = z.object({ limits: BuildLimits, defaults: BuildLimits })
export type BuildLimitsAnswer = z.infer<typeof BuildLimitsAnswer>
