import { changeBuildpacks } from '../../buildpacks.ts'
import { defineCommand } from '../../command.ts'

export const command = defineCommand({
  about: 'let the files of an app decide again what builds it',
  ofApp: true,
  examples: [{ run: 'paas buildpacks:clear -a shop' }],
  async run(context) {
    await changeBuildpacks(context, 'Clearing the buildpacks', (client, params) =>
      client.call('buildpacks.set', { params, body: { buildpacks: [] } }),
    )
  },
})
