import { createHash } from 'node:crypto'
import type { Request, Response } from 'express'
import { PaasError } from '../errors.ts'
import type { SignedIn } from './handler.ts'
import { RateLimit } from './rate-limit.ts'
import type { ApiServices } from './services.ts'

/** Requests per minute: with one token, and from one address without one or with one that is not valid. */
const TOKEN_LIMIT = 600
const ADDRESS_LIMIT = 120

/** Who is calling. Answers the same for a token that is unknown and one that was revoked. */
export class Authentication {
  readonly #tokens: Pick<ApiServices['tokens'], 'authenticate'>
  readonly #perToken: RateLimit
  readonly #perAddress: RateLimit

  constructor(
    tokens: Pick<ApiServices['tokens'], 'authenticate'>,
    limits = { token: TOKEN_LIMIT, address: ADDRESS_LIMIT },
  ) {
    this.#tokens = tokens
    this.#perToken = new RateLimit(limits.token)
    this.#perAddress = new RateLimit(limits.address)
  }

  /** Throws `token.missing`, `token.unknown`, `token.expired` or `request.limited`. */
  signedIn(request: Request, response: Response): SignedIn {
    try {
      const token = bearerOf(request.headers.authorization)
      const actor = this.#tokens.authenticate(token, 'api')
      if (!actor?.user)
        throw notSignedIn('token.unknown', 'This token is not valid: it was revoked, or belongs to another box.')
      this.#limit(this.#perToken, createHash('sha256').update(token).digest('base64'), response)
      return { ...actor, user: actor.user }
    } catch (error) {
      if (error instanceof PaasError && error.kind === 'unauthenticated') this.anybody(request, response)
      throw error
    }
  }

  /** Who that is by now, for what was begun with the token and goes on; undefined when it is not valid any more. */
  stillSignedIn(authorization: string | undefined): SignedIn | undefined {
    try {
      const actor = this.#tokens.authenticate(bearerOf(authorization), 'api')
      return actor?.user ? { ...actor, user: actor.user } : undefined
    } catch (error) {
      if (error instanceof PaasError) return undefined
      throw error
    }
  }

  /** For what needs no token. */
  anybody(request: Request, response: Response): void {
    this.#limit(this.#perAddress, request.ip ?? '-', response)
  }

  #limit(limit: RateLimit, key: string, response: Response): void {
    const seconds = limit.use(key)
    if (seconds === 0) return
    response.setHeader('Retry-After', String(seconds))
    throw new PaasError('limited', 'request.limited', 'Too many requests in a minute.', {
      fix: `Wait ${seconds} seconds.`,
    })
  }
}

function bearerOf(authorization: string | undefined): string {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (token !== undefined) return token
  throw notSignedIn('token.missing', 'This needs a token, and none was sent.')
}

function notSignedIn(code: string, message: string): PaasError {
  return new PaasError('unauthenticated', code, message, { fix: 'Sign in.', command: 'paas login' })
}
