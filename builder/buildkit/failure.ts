import type { Exceeded } from '../exceeded.ts'

export type BuildFailure = {
  /** `noun.reason`, stable. */
  code: string
  message: string
  fix?: string
  /** True for what may pass by itself: the engine was restarted, a registry had a bad moment. */
  retryable?: boolean
  failedStep?: string
  exitCode?: number
  /** The limit that the step ran into, in words. */
  exceeded?: Exceeded
  /** The last lines that the failed step wrote. */
  output?: string[]
}

/** Why there is no image, in words for the person who pushed. */
export class ImageBuildError extends Error {
  readonly code: string
  readonly fix: string | undefined
  readonly retryable: boolean
  readonly failedStep: string | undefined
  readonly exitCode: number | undefined
  readonly exceeded: Exceeded | undefined
  readonly output: string[]

  constructor(failure: BuildFailure, options?: ErrorOptions) {
    super(failure.message, options)
    this.name = 'ImageBuildError'
    this.code = failure.code
    this.fix = failure.fix
    this.retryable = failure.retryable ?? false
    this.failedStep = failure.failedStep
    this.exitCode = failure.exitCode
    this.exceeded = failure.exceeded
    this.output = failure.output ?? []
  }
}
