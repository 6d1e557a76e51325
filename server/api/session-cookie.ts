import type { IncomingMessage } from 'node:http'
import type { Request, Response } from 'express'
import { PaasError } from '../errors.ts'

/** `__Host-`: over TLS only, for this very host, so that no app on a neighbouring name can set one in its place. */
const SECURE_NAME = '__Host-paas'
/** Names of this machine for itself; what is sent there is read by nobody else. */
const LOOPBACK = /^(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i

/**
 * The cookie of a session. Over plain HTTP it exists on loopback alone, where a browser would refuse a secure one; its
 * name has the port there, because cookies do not know ports and one machine may run two boxes.
 */
export class SessionCookie {
  readonly #request: Request
  readonly #response: Response

  constructor(request: Request, response: Response) {
    this.#request = request
    this.#response = response
  }

  /** Throws `session.insecure` where a password and a cookie could be read on the way. */
  requirePrivate(): void {
    if (this.#request.secure || LOOPBACK.test(hostOf(this.#request).name)) return
    throw new PaasError('forbidden', 'session.insecure', 'This page came over plain HTTP: a password could be read.', {
      fix: 'Name the ports for TLS (docs/certificates.md) and use https, or reach the box through SSH.',
      command: 'ssh -L 7600:127.0.0.1:7600 BOX',
    })
  }

  set(secret: string, lastsMs: number): void {
    this.requirePrivate()
    this.#write(secret, lastsMs)
  }

  clear(): void {
    this.#write('', 0)
  }

  #write(value: string, maxAge: number): void {
    this.#response.cookie(cookieName(this.#request, this.#request.secure), value, {
      httpOnly: true,
      secure: this.#request.secure,
      sameSite: 'lax',
      path: '/',
      maxAge,
    })
  }
}

/** What a browser sent; undefined where nobody is signed in. */
export function sessionSecretOf(request: Request): string | undefined {
  return cookieValue(request, cookieName(request, request.secure))
}

/** The same of an upgrade, which does not know whether it came over TLS. */
export function sessionSecretsOf(request: IncomingMessage): string[] {
  const values = [true, false].map((secure) => cookieValue(request, cookieName(request, secure)))
  return values.filter((value) => value !== undefined)
}

function cookieValue({ headers }: IncomingMessage, name: string): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [key = '', value] = part.trim().split('=')
    if (key === name && value) return value
  }
  return undefined
}

function cookieName(request: IncomingMessage, secure: boolean): string {
  return secure ? SECURE_NAME : `paas-${hostOf(request).port}`
}

function hostOf({ headers }: IncomingMessage): { name: string; port: string } {
  const [, name = '', port = '80'] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(headers.host ?? '') ?? []
  return { name, port }
}
