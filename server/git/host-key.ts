import { createHash } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { hasErrorCode, PaasError } from '../errors.ts'
import { createOpensshKey, publicBlobOf } from './openssh-key.ts'

export type HostKey = { privateKey: string; fingerprint: string }

/** The ed25519 key by which clients know this box: made once, readable by its owner alone. */
export async function hostKey(file: string): Promise<HostKey> {
  const privateKey = (await stored(file)) ?? (await create(file))
  const blob = publicBlobOf(privateKey)
  if (blob) return { privateKey, fingerprint: fingerprintOf(blob) }
  throw new PaasError('failed', 'ssh.host-key', `The SSH host key ${file} is not an unencrypted OpenSSH ed25519 key.`, {
    fix: 'Put the file back from a backup. With a new key every client will warn that the box has changed.',
  })
}

async function stored(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined
    throw error
  }
}

async function create(file: string): Promise<string> {
  const key = createOpensshKey('paas')
  await using handle = await open(`${file}.new`, 'w', 0o600)
  await handle.writeFile(key)
  await handle.sync()
  await rename(`${file}.new`, file)
  return key
}

/** As OpenSSH shows it. */
function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}
