import express, { type RequestHandler } from 'express'

const LARGEST = '1mb'
/** A body of that size is here by then, or its sender only holds the connection: this comes before any token is looked at. */
const WITHIN_MS = 30_000

export function jsonBody(withinMs = WITHIN_MS): RequestHandler {
  const parse = express.json({ limit: LARGEST })
  return (request, response, next) => {
    const late = setTimeout(() => request.destroy(), withinMs)
    parse(request, response, (error?: unknown) => {
      clearTimeout(late)
      next(error)
    })
  }
}
