import { defineCommand, one } from '../../command.ts'
import { completionScripts } from '../../completion-script.ts'
import { UsageError } from '../../errors.ts'

export const command = defineCommand({
  about: 'print the completion script of a shell: commands, options, apps, process types and config vars',
  args: { shell: one('bash, zsh or fish') },
  examples: [
    { run: 'source <(paas completion bash)' },
    { run: 'paas completion bash > ~/.local/share/bash-completion/completions/paas' },
    { run: 'paas completion zsh > ~/.zfunc/_paas' },
    { run: 'paas completion fish > ~/.config/fish/completions/paas.fish' },
  ],
  async run(context, { args: { shell } }) {
    const script = Object.hasOwn(completionScripts, shell) ? completionScripts[shell] : undefined
    if (script === undefined) {
      throw new UsageError(`There is no completion for ${JSON.stringify(shell)}.`, { fix: 'Name bash, zsh or fish.' })
    }
    context.out.write(script)
  },
})
