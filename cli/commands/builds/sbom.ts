import { defineCommand, maybe } from '../../command.ts'
import { buildOrNewest } from '../../newest-build.ts'

export const command = defineCommand({
  about: 'print what the image of a build is made of, as lock files tell it: CycloneDX 1.5 (JSON)',
  ofApp: true,
  args: { build: maybe('its ID; left out, the newest') },
  examples: [
    { run: 'paas builds:sbom -a shop > shop.cdx.json' },
    { run: "paas builds:sbom -a shop | jq -r '.components[].purl'" },
  ],
  async run(context, { args }) {
    const chosen = await context.app()
    const build = await buildOrNewest(chosen, args.build)
    context.print(await chosen.client.call('builds.sbom', { params: { app: chosen.app, build } }))
  },
})
