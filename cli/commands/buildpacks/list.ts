import { showBuildpacks } from '../../buildpacks.ts'
import { defineCommand } from '../../command.ts'

export const command = defineCommand({
  about: 'list the buildpacks that are set for an app',
  ofApp: true,
  examples: [{ run: 'paas buildpacks -a shop', shows: ['#  BUILDPACK', '1  ./buildpack'] }],
  async run(context) {
    const { app, client } = await context.app()
    const answer = await client.call('buildpacks.list', { params: { app } })
    if (context.json) return context.print(answer)
    showBuildpacks(context, app, answer)
  },
})
