import { changeBuildpacks } from '../../buildpacks.ts'
import { defineCommand, one } from '../../command.ts'

export const command = defineCommand({
  about: 'take a buildpack away from those of an app',
  ofApp: true,
  args: { buildpack: one('as paas buildpacks shows it') },
  examples: [{ run: 'paas buildpacks:remove ./buildpack -a shop' }],
  async run(context, { args: { buildpack } }) {
    await changeBuildpacks(context, `Removing ${buildpack} from the buildpacks`, (client, params) =>
      client.call('buildpacks.remove', { params, query: { buildpack } }),
    )
  },
})
