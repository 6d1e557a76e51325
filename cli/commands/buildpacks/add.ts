import { changeBuildpacks } from '../../buildpacks.ts'
import { defineCommand, one, value } from '../../command.ts'
import { UsageError } from '../../errors.ts'

export const command = defineCommand({
  about: 'add a buildpack to those of an app',
  ofApp: true,
  args: { buildpack: one('an https address, or a folder such as ./buildpack') },
  options: { index: value('-i, --index <n>', 'its place, from 1; behind the others without') },
  examples: [{ run: 'paas buildpacks:add ./buildpack --index 1 -a shop' }],
  async run(context, { args: { buildpack }, options }) {
    const position = options.index === undefined ? {} : { position: placeOf(options.index) }
    await changeBuildpacks(context, `Adding ${buildpack} to the buildpacks`, (client, params) =>
      client.call('buildpacks.add', { params, body: { buildpack, ...position } }),
    )
  },
})

function placeOf(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  throw new UsageError(`${JSON.stringify(text)} is no place.`, { fix: 'Count from 1.', command: 'paas buildpacks' })
}
