import { runCommand } from '../../scripts/run-command.ts'

export const SOCKET = '/var/run/docker.sock'

/** What the command prints, without the line end. */
export async function docker(...args: string[]): Promise<string> {
  return (await runCommand('docker', args)).stdout.trim()
}
