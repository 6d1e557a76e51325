import { type DnsProviderMaker, setting, type TxtRecord } from './dns-provider.ts'

const LIMIT_MS = 60_000

/**
 * A program of one's own: `<command> add|remove <zone> <name> <value>`; exit 0 means done, and else stderr says why.
 * Setting: `command`, an absolute path.
 */
export const program: DnsProviderMaker = (settings) => {
  const command = setting('exec', settings, 'command')
  if (!command.startsWith('/')) throw new Error(`"${command}" is not an absolute path`)
  return {
    add: (record, signal) => run(command, 'add', record, signal),
    remove: (record, signal) => run(command, 'remove', record, signal),
  }
}

function run(command: string, verb: string, { zone, name, value }: TxtRecord, signal: AbortSignal): Promise<void> {
  const { execFile } = process.getBuiltinModule('node:child_process')
  return new Promise((resolve, reject) => {
    execFile(command, [verb, zone, name, value], { timeout: LIMIT_MS, signal }, (error, _stdout, stderr) => {
      if (!error) return resolve()
      reject(new Error(stderr.trim().slice(0, 500) || error.message))
    })
  })
}
