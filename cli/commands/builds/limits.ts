import { BUILD_LIMIT_FORMS } from '../../../server/contract/build-forms.ts'
import type { BuildLimits, BuildLimitsAnswer, UpdateBuildLimits } from '../../../server/contract/build-limits.ts'
import { defineCommand, rest } from '../../command.ts'
import { progress } from '../../progress.ts'
import { readSettings } from '../../settings.ts'
import { tableLines } from '../../table.ts'

const TOGETHER = 'all builds together on docker, each build on the embedded engine'
/** What of it is held, and where. */
const HOLDS: Record<string, string> = {
  memory: TOGETHER,
  cpus: 'all builds together on docker; not held on the embedded engine',
  time: 'each build',
  pids: TOGETHER,
  disk: 'the disk of the box, while a build runs',
}

export const command = defineCommand({
  about: `show or set what every build of the box may take: ${Object.keys(BUILD_LIMIT_FORMS).join(', ')}`,
  args: { pairs: rest('NAME=VALUE; left out, they are shown') },
  examples: [
    { run: 'paas builds:limits' },
    { run: 'paas builds:limits memory=4gb cpus=2 time=30m', shows: ['Setting memory, cpus, time... done'] },
    { run: 'paas builds:limits pids=4096 disk=20gb' },
    { run: 'paas builds:limits memory=default' },
  ],
  async run(context, { args: { pairs } }) {
    if (pairs.length === 0) {
      const { client } = await context.signedIn()
      const answer = await client.call('builds.limits')
      if (context.json) return context.print(answer)
      for (const line of rows(answer)) context.out.line(line)
      return
    }
    const body = readSettings(pairs, BUILD_LIMIT_FORMS, 'paas builds:limits') as UpdateBuildLimits
    const { client } = await context.signedIn()
    const names = pairs.map((pair) => pair.slice(0, pair.indexOf('=')))
    const answer = await progress(context.err, `Setting ${names.join(', ')}`, () =>
      client.call('builds.limit', { body }),
    )
    if (context.json) return context.print(answer)
    context.err.line('They hold for builds that begin from now on.')
  },
})

function rows(answer: BuildLimitsAnswer): string[] {
  const shown = (name: string, limits: BuildLimits) =>
    BUILD_LIMIT_FORMS[name]?.write(limits[name as keyof BuildLimits]) ?? ''
  const cells = Object.keys(BUILD_LIMIT_FORMS).map((name) => [
    name,
    shown(name, answer.limits),
    shown(name, answer.defaults),
    HOLDS[name] ?? '',
  ])
  return tableLines(['LIMIT', 'VALUE', 'DEFAULT', 'HOLDS FOR'], cells)
}
