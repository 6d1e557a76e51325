import { changeBuildpacks } from '../../buildpacks.ts'
import { defineCommand, rest } from '../../command.ts'
import { UsageError } from '../../errors.ts'

export const command = defineCommand({
  about: 'build an app by these buildpacks, in this order, or as one language',
  ofApp: true,
  args: { buildpacks: rest('https addresses, folders such as ./buildpack, or one language such as python') },
  examples: [
    {
      run: 'paas buildpacks:set python -a shop',
      shows: ['Setting the buildpacks of shop... done, from the next build on'],
    },
    { run: 'paas buildpacks:set https://github.com/heroku/heroku-buildpack-nodejs#v300' },
    { run: 'paas buildpacks:set ./buildpack https://example.com/second.tgz' },
  ],
  async run(context, { args: { buildpacks } }) {
    if (buildpacks.length === 0) {
      const help = { fix: 'Name at least one. To let paas look at the files again:', command: 'paas buildpacks:clear' }
      throw new UsageError('No buildpack is named.', help)
    }
    await changeBuildpacks(context, 'Setting the buildpacks', (client, params) =>
      client.call('buildpacks.set', { params, body: { buildpacks } }),
    )
  },
})
