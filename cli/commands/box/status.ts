import type { AddonCondition } from '../../../server/contract/addon.ts'
import type { Box } from '../../../server/contract/box.ts'
import { defineCommand } from '../../command.ts'
import { EXIT } from '../../exit-code.ts'
import { sizeText } from '../../size.ts'
import { factLines } from '../../table.ts'
import { timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'show the state of the box; exit code 1 when its engine or its router does not answer',
  examples: [{ run: 'paas status' }, { run: 'paas status --json | jq .engine' }],
  async run(context) {
    const { client, url } = await context.signedIn()
    const box = await client.call('box.info')
    const { items: conditions } = await client.call('addons.conditions')
    if (context.json) context.print({ ...box, conditions })
    else for (const line of factLines([...facts(box, url), ...conditions.map(warning)])) context.out.line(line)
    return box.engine.available && box.router.available ? EXIT.done : EXIT.failed
  },
})

function facts(box: Box, url: string): [string, string][] {
  const { engine, router, disk, memory, ssh } = box
  const isolation = engine.isolates ? '' : ', does not isolate apps from each other'
  return [
    ['Box', `${url}, paas ${box.version}`],
    ['Up since', timeText(box.startedAt)],
    ['Engine', `${engine.name} ${engine.version}${isolation}${trouble(engine)}`],
    ['Router', router.available ? `table ${router.version ?? 'not set yet'}` : `not available${trouble(router)}`],
    ['Apps at', `*.${box.baseDomain}`],
    ['Git over SSH', `${ssh.host}:${ssh.port}, ${ssh.fingerprint}`],
    ['Apps', `${box.apps}, ${box.instances} instances`],
    ['Disk', `${sizeText(disk.freeBytes)} free of ${sizeText(disk.totalBytes)}`],
    ['Memory', `${sizeText(memory.freeBytes)} free of ${sizeText(memory.totalBytes)}; ${platformMemory(memory)}`],
  ]
}

function warning({ app, addon, words }: AddonCondition): [string, string] {
  return ['Warning', `${addon} of ${app}: ${words}`]
}

function trouble({ available, reason }: { available: boolean; reason: string | null }): string {
  return available ? '' : `: ${reason ?? 'it does not answer'}`
}

function platformMemory({ serverBytes, routerBytes }: Box['memory']): string {
  return `server ${sizeText(serverBytes)}${routerBytes === null ? '' : `, router ${sizeText(routerBytes)}`}`
}
