import { readBuildSettings, updateBuildSettings } from '../../build-settings.ts'
import { defineCommand, rest } from '../../command.ts'

export const command = defineCommand({
  about: 'set how an app is built: root, dockerfile, builder, target, procfile, watch, submodules, lfs, arg.NAME',
  ofApp: true,
  args: { pairs: rest('NAME=VALUE') },
  examples: [
    {
      run: 'paas build:set root=apps/web watch=apps/web,packages -a web',
      shows: ['Setting root, watch of web... done, from the next build on'],
    },
    { run: 'paas build:set dockerfile=docker/Dockerfile target=production arg.FLAVOUR=slim' },
    { run: 'paas build:set builder=paketobuildpacks/builder-jammy-base' },
    { run: 'paas build:set procfile=deploy/Procfile' },
    { run: 'paas build:set submodules=on lfs=on' },
    { run: 'paas build:set watch=default' },
  ],
  async run(context, { args: { pairs } }) {
    await updateBuildSettings(context, 'Setting', readBuildSettings(pairs))
  },
})
