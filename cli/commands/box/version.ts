import { defineCommand } from '../../command.ts'
import { version } from '../../version.ts'

export const command = defineCommand({
  about: 'print the version of this program; paas status shows the version of the box',
  examples: [{ run: 'paas version', shows: ['paas 0.1.0 linux-x64 node-v24.21.0'] }],
  async run(context) {
    if (context.json) return context.print({ version, node: process.version })
    context.out.line(`paas ${version} ${process.platform}-${process.arch} node-${process.version}`)
  },
})
