import { PaasError } from '../../../errors.ts'
import { textOf } from './s3-xml.ts'

/** What the store said, with its own code: `NoSuchBucket`, `AccessDenied`, ... or `network` when it said nothing. */
export class S3Error extends PaasError {
  readonly status: number
  readonly s3Code: string

  constructor(status: number, s3Code: string, message: string, help: { fix: string }, options?: ErrorOptions) {
    const kind = status === 0 || status >= 500 || s3Code === 'SlowDown' ? 'unavailable' : 'failed'
    super(kind, 'store.failed', message, { ...help, command: 'paas backups:store' }, options)
    this.status = status
    this.s3Code = s3Code
  }

  /** Whether the same request may do better in a moment. */
  get passing(): boolean {
    const { status } = this
    return status === 0 || status === 429 || status >= 500 || PASSING.has(this.s3Code)
  }
}

const PASSING = new Set(['RequestTimeout', 'SlowDown', 'InternalError', 'ServiceUnavailable'])

const FIXES: Record<string, string> = {
  NoSuchBucket: 'Make the bucket, or name another one: it is not made for you.',
  InvalidAccessKeyId: 'Give the access key of a user who may use the bucket.',
  SignatureDoesNotMatch: 'Give the secret key that belongs to the access key.',
  AccessDenied: 'Let the access key read, write, list and delete in the bucket.',
  AuthorizationHeaderMalformed: 'Give the region that the bucket is in.',
  PermanentRedirect: 'Give the region and the endpoint that the bucket is at.',
  TemporaryRedirect: 'Give the endpoint that the bucket is at.',
  RequestTimeTooSkewed: 'Put the clock of the box right.',
  QuotaExceeded: 'Make room in the bucket, or keep fewer backups.',
  XMinioStorageFull: 'Make room in the store, or keep fewer backups.',
  EntityTooLarge: 'The store takes no objects of this size: use another store.',
  network: 'See that the endpoint is right and answers, and that its certificate is valid.',
}

export function refusedBy(host: string, status: number, body: string): S3Error {
  const code = textOf(body, 'Code') ?? codeOf(status)
  const said = textOf(body, 'Message')
  const message = `The store ${host} answered ${status} ${code}${said ? `: ${said.slice(0, 300)}` : ''}`
  return new S3Error(status, code, message.replace(/\.?$/, '.'), { fix: FIXES[code] ?? 'See what the store says.' })
}

export function unreachable(host: string, cause: unknown): S3Error {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new S3Error(
    0,
    'network',
    `The store ${host} cannot be reached: ${reason}.`,
    { fix: FIXES['network'] ?? '' },
    { cause },
  )
}

/** A HEAD is answered without a body. */
function codeOf(status: number): string {
  if (status === 403) return 'AccessDenied'
  if (status === 404) return 'NoSuchKey'
  return status >= 300 && status < 400 ? 'PermanentRedirect' : 'Unknown'
}
