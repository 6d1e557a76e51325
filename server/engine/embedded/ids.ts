import { randomBytes } from 'node:crypto'

/** `hello-web.1-5f0c9a41d2be`: readable in a process list, never given twice. */
export function newId(app: string, process: string): string {
  return `${app}-${process}-${randomBytes(6).toString('hex')}`
}
