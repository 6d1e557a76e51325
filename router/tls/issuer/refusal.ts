/** Whose turn it is: the owner of the name has something to change, or the issuer is at fault and may do better later. */
export type Fault = 'name' | 'issuer' | 'account'

/** An issuer's no, in words. `retryAfterMs` is what it asked for, from the moment of its answer. */
export class Refusal extends Error {
  readonly fault: Fault
  readonly type: string
  readonly status: number
  readonly retryAfterMs: number | null

  constructor(
    fault: Fault,
    message: string,
    details: { type?: string; status?: number; retryAfterMs?: number | null } = {},
  ) {
    super(message)
    this.fault = fault
    this.type = details.type ?? ''
    this.status = details.status ?? 0
    this.retryAfterMs = details.retryAfterMs ?? null
  }
}

/** RFC 8555 section 6.7, RFC 7807: the problem document of an issuer. */
export type AcmeProblem = { type?: unknown; detail?: unknown; subproblems?: unknown; instance?: unknown }

const PREFIX = 'urn:ietf:params:acme:error:'
const ABOUT_THE_NAME: Record<string, string> = {
  unauthorized: 'it found something else than our proof',
  connection: 'it could not connect to this box',
  dns: 'it could not look up the name',
  caa: 'a CAA record forbids it to issue for this name',
  incorrectResponse: 'it found a wrong proof',
  tls: 'the TLS connection to this box failed',
  rejectedIdentifier: 'it does not issue for this name',
  unsupportedIdentifier: 'it does not issue for this kind of name',
}
const ABOUT_THE_ACCOUNT: Record<string, string> = {
  accountDoesNotExist: 'it does not know our account',
  externalAccountRequired: 'it asks for an external account binding (key id and HMAC key)',
  invalidContact: 'it does not take the contact address',
  unsupportedContact: 'it does not take the contact address',
  userActionRequired: 'its terms have changed and must be agreed to by hand',
  badPublicKey: 'it does not take the key of our account',
}

/** What an answer that is no success means. `issuer` is the name that people read. */
export function refusalOf(issuer: string, status: number, body: unknown, retryAfterMs: number | null): Refusal {
  const problem: AcmeProblem = typeof body === 'object' && body !== null ? body : {}
  const type = String(problem.type ?? '').replace(PREFIX, '')
  const detail = detailOf(problem)
  const details = { type, status, retryAfterMs }
  const said = detail ? `: ${detail}` : ''
  if (type === 'rateLimited' || status === 429) {
    return new Refusal('issuer', `${issuer} asks us to slow down (rate limit)${said}`, {
      ...details,
      type: 'rateLimited',
    })
  }
  const account = ABOUT_THE_ACCOUNT[type]
  if (account) return new Refusal('account', `${issuer} refused: ${account}${said}${placeOf(problem)}`, details)
  const name = ABOUT_THE_NAME[type]
  if (name) return new Refusal('name', `${issuer} refused: ${name}${said}`, details)
  const what = type || (typeof body === 'string' && body ? 'no ACME answer' : 'no reason given')
  return new Refusal('issuer', `${issuer} answered ${status} (${what})${said}`, details)
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
export function retryAfter(header: string | undefined, now: number): number | null {
  if (!header) return null
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}

function detailOf(problem: AcmeProblem): string {
  const own = typeof problem.detail === 'string' ? problem.detail : ''
  const subproblems = Array.isArray(problem.subproblems) ? problem.subproblems : []
  const rest = subproblems.flatMap((sub: AcmeProblem) => (typeof sub?.detail === 'string' ? [sub.detail] : []))
  return [own, ...rest].filter(Boolean).join('; ').replace(/\s+/g, ' ').slice(0, 500)
}

function placeOf({ instance }: AcmeProblem): string {
  return typeof instance === 'string' ? ` (see ${instance})` : ''
}
