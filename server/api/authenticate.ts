import { createHash } from 'node:crypto'
import type { Request, Response } from 'express'
import { PaasError } from '../errors.ts'
import type { Actor } from '../people/actor.ts'
import { isSentByOwnPage } from './cross-site.ts'
import type { SignedIn } from './handler.ts'
import { RateLimit } from './rate-limit.ts'
import type { ApiServices } from './services.ts'
import { sessionSecretOf } from './session-cookie.ts'

/** Requests per minute: with one token, and from one address without one or with one that is not valid. */
const TOKEN_LIMIT = 600
const ADDRESS_LIMIT = 120

type Credentials = {
  tokens: Pick<ApiServices['tokens'], 'authenticate'>
  sessions: Pick<ApiServices['sessions'], 'authenticate'>
}

/**
 * Who is calling: a program by its token, a browser by its cookie where there is no token. Answers the same for one that
 * is unknown and one that was revoked.
 */
export class Authentication {
  readonly #credentials: Credentials
  readonly #perToken: RateLimit
  readonly #perAddress: RateLimit

  constructor(credentials: Credentials, limits = { token: TOKEN_LIMIT, address: ADDRESS_LIMIT }) {
    this.#credentials = credentials
    this.#perToken = new RateLimit(limits.token)
    this.#perAddress = new RateLimit(limits.address)
  }

  /** Throws `token.missing`, `token.unknown`, `token.expired`, `session.unknown` or `request.limited`. */
  signedIn(request: Request, response: Response): SignedIn {
    try {
      const { secret, actor } = this.#identify(request)
      this.#limit(this.#perToken, createHash('sha256').update(secret).digest('base64'), response)
      return actor
    } catch (error) {
      if (error instanceof PaasError && error.kind === 'unauthenticated') this.anybody(request, response)
      throw error
    }
  }

  /** Who that is by now, for what was begun with this request and goes on; undefined when it is not valid any more. */
  stillSignedIn(request: Request): SignedIn | undefined {
    try {
      return this.#identify(request).actor
    } catch (error) {
      if (error instanceof PaasError) return undefined
      throw error
    }
  }

  /** For what needs no token. */
  anybody(request: Request, response: Response): void {
    this.#limit(this.#perAddress, request.ip ?? '-', response)
  }

  #identify(request: Request): { secret: string; actor: SignedIn } {
    const cookie = request.headers.authorization === undefined ? sessionSecretOf(request) : undefined
    if (cookie !== undefined) return { secret: cookie, actor: this.#bySession(cookie, request) }
    const token = bearerOf(request.headers.authorization)
    const actor = withUser(this.#credentials.tokens.authenticate(token, 'api'))
    if (actor) return { secret: token, actor }
    throw notSignedIn('token.unknown', 'This token is not valid: it was revoked, or belongs to another box.')
  }

  /** A cookie goes wherever a page makes the browser send it, so a change must show that it comes from a page of ours. */
  #bySession(secret: string, request: Request): SignedIn {
    const actor = withUser(this.#credentials.sessions.authenticate(secret))
    if (!actor) throw notSignedIn('session.unknown', 'This browser is not signed in any more.')
    if (isSentByOwnPage(request)) return actor
    throw new PaasError('forbidden', 'request.cross-site', 'This does not come from a page of the console.', {
      fix: 'Use a token for programs.',
      command: 'paas tokens:create',
    })
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

function withUser(actor: Actor | undefined): SignedIn | undefined {
  return actor?.user ? { ...actor, user: actor.user } : undefined
}

function bearerOf(authorization: string | undefined): string {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (token !== undefined) return token
  throw notSignedIn('token.missing', 'This needs a token, and none was sent.')
}

function notSignedIn(code: string, message: string): PaasError {
  return new PaasError('unauthenticated', code, message, { fix: 'Sign in.', command: 'paas login' })
}
