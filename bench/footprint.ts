import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { LocalBox, NODE, ROOT } from '../scripts/local-box.ts'
import { runCommand } from '../scripts/run-command.ts'
import { SampleApp } from '../scripts/sample-app.ts'
import { median } from './load.ts'
import { printTable } from './table.ts'

const BOXES = 3
const IDLE_MS = 5_000
const CLI_ROUNDS = 25

/** Resident memory of an idle box with one app, and what `paas version` costs over starting Node; medians. */
export async function bench(
  args: string[],
): Promise<{ server_mb: number; router_mb: number; cli_over_node_ms: number }> {
  const engine = args[0] === 'embedded' ? 'embedded' : 'docker'
  await runCommand(NODE, [`${ROOT}/scripts/build-cli.ts`], { cwd: ROOT })
  const servers: number[] = []
  const routers: number[] = []
  for (let n = 0; n < BOXES; n += 1) {
    await using box = await LocalBox.start({ engine })
    const app = await SampleApp.create(box, 'bench')
    await app.deploy()
    await box.stopServer()
    await box.startServer()
    await pause(IDLE_MS)
    servers.push(residentMb(box.serverPid))
    routers.push(residentMb(box.routerPid))
  }
  const over = cliOverNode()
  printTable([
    ['', 'MB, each run', 'median'],
    ['server', servers.join(' '), median(servers)],
    ['router', routers.join(' '), median(routers)],
  ])
  return { server_mb: median(servers), router_mb: median(routers), cli_over_node_ms: over }
}

function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kilobytes) / 1024)
}

/** Interleaved, so that a busy machine slows both. */
function cliOverNode(): number {
  const differences: number[] = []
  for (let n = 0; n < CLI_ROUNDS; n += 1) {
    const node = timed(['-e', '0'])
    differences.push(timed([`${ROOT}/dist/paas`, 'version']) - node)
  }
  return Math.round(median(differences) * 10) / 10
}

function timed(args: string[]): number {
  const begun = performance.now()
  execFileSync(NODE, args, { stdio: 'ignore' })
  return performance.now() - begun
}
