import { createHash } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { hasErrorCode, PaasError } from '../errors.ts'

export type HostKey = { privateKey: string; fingerprint: string }

/** The ed25519 key by which clients know this box: made once (0600), with its public half beside it. */
export async function hostKey(file: string): Promise<HostKey> {
  const stored = await readFile(file, 'utf8').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return undefined
    throw error
  })
  const privateKey = stored ?? (await createHostKey(file))
  const { default: ssh2 } = await import('ssh2')
  const parsed = ssh2.utils.parseKey(privateKey)
  if (parsed instanceof Error) {
    throw new PaasError('failed', 'ssh.host-key', `The SSH host key ${file} cannot be read: ${parsed.message}`, {
      fix: 'Put the file back from a backup. Without it every client will warn that the box has changed.',
    })
  }
  const digest = createHash('sha256').update(parsed.getPublicSSH()).digest('base64').replace(/=+$/, '')
  return { privateKey, fingerprint: `SHA256:${digest}` }
}

async function createHostKey(file: string): Promise<string> {
  const { default: ssh2 } = await import('ssh2')
  const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment: 'paas' })
  await writeFile(`${file}.pub`, `${pair.public}\n`)
  await writeFile(`${file}.new`, pair.private, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return pair.private
}
