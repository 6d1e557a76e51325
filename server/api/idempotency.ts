import { createHash } from 'node:crypto'
import { PaasError } from '../errors.ts'

const KEPT_MS = 24 * 3_600_000
const KEY = /^[\x21-\x7e]{1,200}$/

/** As much of the database as this needs. */
export type IdempotencyTable = {
  get<Row>(sql: string, ...values: (string | number)[]): Row | undefined
  run(sql: string, ...values: (string | number)[]): unknown
}

export type Answer = { status: number; body: unknown }
export type Attempt = {
  userId: string
  key: string
  /** Operation and input: the key of one request does not answer another. */
  request: unknown
  operation: string
  /** Its answer is shown once and never stored; a repeat is refused instead. */
  secret: boolean
}

type Row = { operation: string; status: number; body: string }

/** A request that is sent again with the same Idempotency-Key gets the first one's answer. Kept for 24 hours; failures are not. */
export class Idempotency {
  readonly #table: IdempotencyTable
  readonly #now: () => number
  readonly #underWay = new Map<string, { operation: string; answer: Promise<Answer> }>()

  constructor(table: IdempotencyTable, now: () => number = Date.now) {
    this.#table = table
    this.#now = now
  }

  async once(attempt: Attempt, work: () => Promise<Answer>): Promise<Answer> {
    if (!KEY.test(attempt.key)) throw badKey()
    const operation = fingerprint(attempt)
    const slot = `${attempt.userId} ${attempt.key}`
    const other = this.#underWay.get(slot)
    if (other) return replay(attempt, operation, { operation: other.operation, ...(await other.answer) })
    const done = this.#find(attempt)
    if (done) return replay(attempt, operation, { ...done, body: JSON.parse(done.body) })
    const answer = work()
    this.#underWay.set(slot, { operation, answer })
    try {
      this.#keep(attempt, operation, await answer)
      return await answer
    } finally {
      this.#underWay.delete(slot)
    }
  }

  #find({ userId, key }: Attempt): Row | undefined {
    const since = this.#now() - KEPT_MS
    const sql = 'SELECT operation, status, body FROM idempotency_keys WHERE user_id = ? AND key = ? AND created_at > ?'
    return this.#table.get<Row>(sql, userId, key, since)
  }

  #keep({ userId, key, secret }: Attempt, operation: string, { status, body }: Answer): void {
    const now = this.#now()
    this.#table.run('DELETE FROM idempotency_keys WHERE created_at <= ?', now - KEPT_MS)
    this.#table.run(
      'INSERT OR REPLACE INTO idempotency_keys (user_id, key, operation, status, body, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      userId,
      key,
      operation,
      status,
      JSON.stringify(secret ? null : body),
      now,
    )
  }
}

function replay(attempt: Attempt, operation: string, earlier: { operation: string } & Answer): Answer {
  if (earlier.operation !== operation) {
    throw new PaasError('conflict', 'idempotency.reused', 'This Idempotency-Key was used for another request.', {
      fix: 'Use a new key for each request, and the same one only to repeat it.',
    })
  }
  if (!attempt.secret) return { status: earlier.status, body: earlier.body }
  throw new PaasError(
    'conflict',
    'idempotency.secret',
    'This was done already; its secret was shown once and is not kept.',
    {
      fix: 'Take back what was made, and make it again with a new Idempotency-Key.',
    },
  )
}

function fingerprint({ operation, request }: Attempt): string {
  return `${operation} ${createHash('sha256').update(JSON.stringify(request)).digest('base64url')}`
}

function badKey(): PaasError {
  return new PaasError('invalid', 'idempotency.key', 'An Idempotency-Key is 1 to 200 visible ASCII characters.')
}
