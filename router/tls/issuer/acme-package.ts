import type { AcmeIssuer } from '../../contract/certificate.ts'

/** What of the package's HTTP client is used: it signs (JWS), keeps nonces, and binds external accounts. */
export type SigningClient = {
  maxBadNonceRetries: number
  request(url: string, method: string, options?: object): Promise<SignedAnswer>
  signedRequest(url: string, payload: unknown, options: Signing): Promise<SignedAnswer>
  getJwk(): Record<string, string>
}
type Signing = { kid: string | null; includeExternalAccountBinding?: boolean }
export type SignedAnswer = { status: number; headers: Record<string, string | undefined>; data: unknown }

/*
 * The one package that the router uses, behind three functions. It is loaded here, when something is asked of
 * an issuer, and in a process of its own (main.ts): the one that serves never pays for it.
 */

export async function signingClient({ directoryUrl, eab }: AcmeIssuer, accountKey: string): Promise<SigningClient> {
  const { Client } = await import('acme-client')
  const externalAccountBinding = eab ? { kid: eab.keyId, hmacKey: eab.hmacKey } : { kid: '', hmacKey: '' }
  const client = new Client({ directoryUrl, accountKey, externalAccountBinding })
  return (client as unknown as { http: SigningClient }).http
}

/** As RFC 8555 section 7.4 sends it: DER in base64url. */
export async function certificateRequest(name: string, key: string): Promise<string> {
  const { crypto } = await import('acme-client')
  const [, request] = await crypto.createCsr({ altNames: [name] }, key)
  return crypto.getPemBodyAsB64u(request)
}

/** The self-signed proof of RFC 8737 section 3. */
export async function alpnCertificate(host: string, keyAuthorization: string, key: string): Promise<string> {
  const { crypto } = await import('acme-client')
  const authorization = { identifier: { type: 'dns', value: host } }
  const typed = authorization as Parameters<typeof crypto.createAlpnCertificate>[0]
  const [, certificate] = await crypto.createAlpnCertificate(typed, keyAuthorization, key)
  return String(certificate)
}
