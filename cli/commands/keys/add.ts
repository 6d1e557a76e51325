import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { defineCommand, maybe } from '../../command.ts'
import type { Context } from '../../context.ts'
import { CliError, UsageError } from '../../errors.ts'
import { readInput } from '../../input.ts'
import { progress } from '../../progress.ts'

/** In the order in which ssh itself prefers them. */
const USUAL_FILES = ['id_ed25519.pub', 'id_ecdsa.pub', 'id_rsa.pub']
const PUBLIC_KEY = /^(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/=]+(?: .*)?$/

export const command = defineCommand({
  about: 'add an SSH public key, so that you can push with it',
  args: { file: maybe('the public key file; - is standard input; left out, the usual ones in ~/.ssh are tried') },
  examples: [
    { run: 'paas keys:add', shows: ['Adding ~/.ssh/id_ed25519.pub... done, SHA256:kJf...'] },
    { run: 'paas keys:add deploy.pub' },
    { run: 'ssh-add -L | head -1 | paas keys:add -' },
  ],
  async run(context, { args }) {
    const file = args.file ?? (await usualFile(context))
    const publicKey = (await readInput(context, file)).trim()
    refuseOther(publicKey, file)
    const { client } = await context.signedIn()
    const key = await progress(
      context.err,
      `Adding ${file === '-' ? 'the key' : file}`,
      () => client.call('keys.add', { body: { publicKey } }),
      ({ fingerprint }) => `, ${fingerprint}`,
    )
    if (context.json) context.print(key)
  },
})

async function usualFile(context: Context): Promise<string> {
  for (const name of USUAL_FILES) {
    const file = join(context.config.home, '.ssh', name)
    const found = await access(file).then(
      () => true,
      () => false,
    )
    if (found) return file
  }
  throw new CliError('There is no SSH key in ~/.ssh.', {
    fix: 'Make one, then try again.',
    command: 'ssh-keygen -t ed25519',
  })
}

function refuseOther(text: string, file: string): void {
  if (text.includes('PRIVATE KEY')) {
    throw new UsageError(`${file} is a private key. It was not sent.`, {
      fix: 'Give the public half.',
      command: `paas keys:add ${file}.pub`,
    })
  }
  if (text.includes('\n'))
    throw new UsageError(`${file} holds several lines.`, { fix: 'Give one public key at a time.' })
  if (!PUBLIC_KEY.test(text)) {
    throw new UsageError(`${file} is not an OpenSSH public key.`, {
      fix: 'It begins with ssh-ed25519, ecdsa-sha2- or ssh-rsa.',
    })
  }
}
