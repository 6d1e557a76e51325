import type { RequestHandler } from 'express'

/** On every answer: nothing is kept, guessed, framed or leaked by browsers and proxies. */
export function headers(version: string): RequestHandler {
  return (_request, response, next) => {
    response.set({
      'Paas-Version': version,
      'Cache-Control': 'no-store',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    })
    next()
  }
}
