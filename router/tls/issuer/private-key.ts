import { generateKeyPairSync } from '../../builtins.ts'

/** ECDSA on P-256, in PEM: every issuer and every client takes it, and a handshake with it is cheap. */
export function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
