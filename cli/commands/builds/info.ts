import type { BuildDetails } from '../../../server/contract/build.ts'
import { defineCommand, maybe } from '../../command.ts'
import { buildOrNewest } from '../../newest-build.ts'
import { sizeText } from '../../size.ts'
import { factLines, tableLines } from '../../table.ts'
import { durationText, timeText } from '../../time.ts'

export const command = defineCommand({
  about: 'show a build: its source, image, phases and memory',
  ofApp: true,
  args: { build: maybe('its ID; left out, the newest') },
  examples: [{ run: 'paas builds:info -a shop' }, { run: 'paas builds:info -a shop --json | jq .plan' }],
  async run(context, { args }) {
    const chosen = await context.app()
    const id = await buildOrNewest(chosen, args.build)
    const build = await chosen.client.call('builds.info', { params: { app: chosen.app, build: id } })
    if (context.json) return context.print(build)
    for (const line of factLines(facts(build))) context.out.line(line)
    if (build.phases.length === 0) return
    context.out.line('')
    const rows = build.phases.map(({ name, ms, cached }) => [durationText(ms), cached ? 'cached' : '', name])
    for (const line of tableLines(['TOOK', '', 'PHASE'], rows)) context.out.line(line)
  },
})

function facts(build: BuildDetails): [string, string][] {
  const known: [string, string | null][] = [
    ['Build', build.id],
    ['State', build.reason === null ? build.state : `${build.state}: ${build.reason}`],
    ['Release', build.release === null ? null : `v${build.release}`],
    ['Fetched from', build.origin],
    ['Commit', build.commit],
    ['By', build.by],
    ['Begun', timeText(build.startedAt ?? build.createdAt)],
    ['Took', took(build)],
    ['Attempt', build.attempt > 1 ? String(build.attempt) : null],
    ['Buildpack', build.buildpack],
    [
      'Image',
      build.sizeBytes === null ? null : `${sizeText(build.sizeBytes)}${build.digest ? `, ${build.digest}` : ''}`,
    ],
    ['Peak memory', build.peakMemoryBytes === null ? null : sizeText(build.peakMemoryBytes)],
    [
      'Packages',
      build.components === null ? null : `${build.components}: paas builds:sbom ${build.id} -a ${build.app}`,
    ],
    ['Output', `paas builds:logs ${build.id} -a ${build.app}`],
  ]
  return known.filter((fact): fact is [string, string] => fact[1] !== null)
}

function took({ startedAt, endedAt }: BuildDetails): string | null {
  return startedAt && endedAt ? durationText(Date.parse(endedAt) - Date.parse(startedAt)) : null
}
