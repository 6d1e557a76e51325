import type { RouterProblem } from './contract/call.ts'

/** A refusal that the caller of the control socket gets to read. */
export class ControlError extends Error {
  readonly problem: RouterProblem

  constructor(status: number, code: string, detail: string, fix?: string) {
    super(detail)
    this.name = 'ControlError'
    const title = code.replace('.', ': ').replaceAll('-', ' ')
    this.problem = { status, code, title, detail, ...(fix ? { fix } : {}) }
  }
}
