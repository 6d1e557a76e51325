import type { Config } from '../config.ts'
import { chooseIo } from '../io/choose-io.ts'
import type { Io } from '../io/io.ts'
import type { Log } from '../log.ts'

/** How this process reads and writes; where that is not as configured, the log says why. */
export async function openIo({ io: choice }: Config, log: Log): Promise<Io> {
  const { io, reason } = await chooseIo(choice)
  if (reason) log.info('io.public', { reason })
  return io
}
