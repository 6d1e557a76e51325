import type { BuildEvent, Evidence } from './build.ts'
import { BuildFailure, messageOf } from './errors.ts'
import { Phases } from './phases.ts'
import type { BuildPlan } from './plan.ts'
import { redactor } from './redaction.ts'

type Write = (event: BuildEvent) => void

/** Enough to recognise why a command failed. */
const KEPT_LINES = 200

/** Everything that the user gets to read passes here, and nothing with a secret in it leaves. */
export class Output {
  readonly #write: Write
  #redact: (text: string) => string
  readonly #phases = new Phases()
  #recent: string[] = []

  constructor(write: Write, redact: (text: string) => string) {
    this.#write = write
    this.#redact = redact
  }

  /** From now on the values of these are hidden, too. */
  hide(environment: Record<string, string>): void {
    const [before, further] = [this.#redact, redactor(environment)]
    this.#redact = (text) => further(before(text))
  }

  heading(text: string): void {
    const safe = this.#redact(text)
    this.#recent = []
    this.#phases.begin(safe)
    this.#write({ type: 'heading', text: safe })
  }

  /** Under the heading of a step that need not run. */
  cached(): void {
    this.#phases.markCached()
    this.line('Using the result of an earlier build: nothing it depends on has changed')
  }

  line(text: string): void {
    const safe = this.#redact(text)
    this.#recent.push(safe)
    if (this.#recent.length > 2 * KEPT_LINES) this.#recent = this.#recent.slice(-KEPT_LINES)
    this.#write({ type: 'line', text: safe })
  }

  warning(text: string): void {
    this.#write({ type: 'warning', text: this.#redact(text) })
  }

  source(commit: string): void {
    this.#write({ type: 'source', commit })
  }

  plan(plan: BuildPlan): void {
    this.#write({ type: 'plan', plan })
  }

  evidence(found: Omit<Evidence, 'phases'>): void {
    this.#phases.end()
    this.#write({ type: 'evidence', phases: this.#phases.list, ...found })
  }

  done(result: Omit<Extract<BuildEvent, { type: 'done' }>, 'type'>): void {
    this.#write({ type: 'done', ...result })
  }

  /** Anything but a BuildFailure is a fault of ours, which another try may pass. */
  failed(error: unknown): void {
    const known = error instanceof BuildFailure
    const { fix, command, retryable } = known ? error.help : { fix: 'Push again.', command: undefined, retryable: true }
    this.#write({
      type: 'failed',
      code: known ? error.code : 'builder.fault',
      message: this.#redact(known ? error.message : `The builder itself failed: ${messageOf(error)}`),
      ...(fix === undefined ? {} : { fix: this.#redact(fix) }),
      ...(command === undefined ? {} : { command: this.#redact(command) }),
      retryable: retryable ?? false,
    })
  }

  /** The last lines since the last heading, oldest first. */
  get recent(): string[] {
    return this.#recent.slice(-KEPT_LINES)
  }
}
