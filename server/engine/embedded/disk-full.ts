import { hasErrorCode, PaasError } from '../../errors.ts'

/** Runs `task`; where the disk is full, throws `engine.disk-full` in place of the system's error. */
export async function explainingFullDisk<T>(directory: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (!hasErrorCode(error, 'ENOSPC') && !hasErrorCode(error, 'EDQUOT')) throw error
    const message = `Nothing could be started: the disk that holds ${directory} is full`
    const help = { fix: 'Make room on it. What runs already goes on running.', command: `df -h ${directory}` }
    throw new PaasError('unavailable', 'engine.disk-full', message, help, { cause: error })
  }
}
