import { PaasError } from '../../../errors.ts'

/** A recovery key: `AGE-SECRET-KEY-1…` opens what was sealed for `age1…`. */
export type RecoveryKey = { identity: string; recipient: string }

/** The key of one file and the header that tells it to whoever has the recovery key. */
export type SealedFileKey = { header: Buffer; fileKey: Uint8Array }

const FILE_NONCE_BYTES = 16
const TAG_BYTES = 16

/** The package is loaded when the first backup is made or opened: few boxes that idle need its curves. */
const age = () => import('age-encryption')

export async function createRecoveryKey(): Promise<RecoveryKey> {
  const { generateX25519Identity, identityToRecipient } = await age()
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

/** Throws `recovery-key.invalid`. */
export async function recipientOf(identity: string): Promise<string> {
  const { identityToRecipient } = await age()
  return await identityToRecipient(identity).catch(() => {
    throw new PaasError('invalid', 'recovery-key.invalid', 'This is not a recovery key.', {
      fix: 'A recovery key begins with AGE-SECRET-KEY-1.',
    })
  })
}

/**
 * A new file key, wrapped for `recipient`. The package writes whole files by slow arithmetic in JavaScript; so it is given an
 * empty one for its header, and the key is taken by a second recipient that adds nothing to it.
 */
export async function sealFileKey(recipient: string): Promise<SealedFileKey> {
  const { Encrypter } = await age()
  const encrypter = new Encrypter()
  let taken: Uint8Array | undefined
  encrypter.addRecipient(recipient)
  encrypter.addRecipient({
    wrapFileKey(fileKey) {
      taken = Uint8Array.from(fileKey)
      return []
    },
  })
  const empty = await encrypter.encrypt(new Uint8Array())
  if (!taken) throw new Error('age-encryption wrapped no file key')
  return { header: Buffer.from(empty.subarray(0, empty.length - FILE_NONCE_BYTES - TAG_BYTES)), fileKey: taken }
}

/** Throws `backup.wrong-key` or `backup.damaged`; never tells anything of the key. */
export async function openFileKey(header: Uint8Array, identity: string): Promise<Uint8Array> {
  const { Decrypter } = await age()
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  try {
    return await decrypter.decryptHeader(header)
  } catch (cause) {
    if (cause instanceof Error && cause.message.includes('no identity matched')) throw await wrongKey(identity)
    throw new PaasError(
      'failed',
      'backup.damaged',
      `The first ${header.length} bytes of the backup are damaged: they do not tell the key of the file.`,
      { fix: 'Restore another backup, or another copy of this one.' },
      { cause },
    )
  }
}

async function wrongKey(identity: string): Promise<PaasError> {
  const message = `The backup was sealed for another recovery key than this one, which is that of ${await recipientOf(identity)}.`
  return new PaasError('failed', 'backup.wrong-key', message, {
    fix: 'The manifest beside the backup, NAME.json, says for whom it was sealed: use the recovery key that belongs to that.',
  })
}
