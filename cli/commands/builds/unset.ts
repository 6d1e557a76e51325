import { readBuildNames, updateBuildSettings } from '../../build-settings.ts'
import { defineCommand, rest } from '../../command.ts'

export const command = defineCommand({
  about: 'go back to the default of build settings',
  ofApp: true,
  args: { names: rest('names as paas build:settings shows them') },
  examples: [{ run: 'paas build:unset root arg.FLAVOUR -a web' }],
  async run(context, { args: { names } }) {
    await updateBuildSettings(context, 'Unsetting', readBuildNames(names))
  },
})
