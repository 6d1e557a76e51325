import { defineCommand, flag, maybe, value } from '../../command.ts'
import { insideRepository, listRemotes, writeRemote } from '../../git.ts'
import { progress } from '../../progress.ts'

export const command = defineCommand({
  about: 'create an app; inside a git repository, its remote is added too',
  args: { name: maybe('lower-case letters, digits and dashes; left out, one is made up') },
  options: {
    remote: value('-r, --remote <NAME>', 'name of the git remote (default: paas)'),
    withoutRemote: flag('--without-remote', 'add no git remote'),
  },
  examples: [
    {
      run: 'paas apps:create shop',
      shows: ['Creating shop... done', 'http://shop.example.com | ssh://git@box.example.com:2222/shop'],
    },
    { run: 'git push paas main' },
  ],
  async run(context, { args: { name }, options }) {
    const { client } = await context.signedIn()
    const app = await progress(
      context.err,
      `Creating ${name ?? 'an app'}`,
      () => client.call('apps.create', { body: name === undefined ? {} : { name } }),
      (created) => (name === undefined ? `, ${created.name}` : ''),
    )
    if (context.json) context.print(app)
    else context.out.line(`${app.url} | ${app.git.ssh}`)
    if (!options.withoutRemote) await addRemote(context.err, app.git.ssh, options.remote)
  },
})

/** An existing remote `paas` is another app's: it is left alone unless it was named. */
async function addRemote(err: { line(text: string): void }, url: string, wanted: string | undefined): Promise<void> {
  const name = wanted ?? 'paas'
  if (!(await insideRepository())) return
  if (wanted === undefined && (await listRemotes()).some((remote) => remote.name === name)) {
    return err.line(`The git remote ${name} is there already and was left as it is.`)
  }
  await writeRemote(name, url)
  err.line(`Git remote ${name} added. Next: git push ${name} main`)
}
