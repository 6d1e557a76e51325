import { NODE_PREFIX, stepMark } from './dockerfile.ts'
import type { Output } from './output.ts'
import type { BuildPlan } from './plan.ts'

export type EngineStep = { name: string; state: 'started' | 'cached' | 'done' }

/** Turns what the engine reports about a rendered Dockerfile back into the steps of the plan. */
export class StepProgress {
  readonly #plan: BuildPlan
  readonly #output: Output
  readonly #announced = new Set<number>()
  readonly #worked = new Set<number>()

  constructor(plan: BuildPlan, output: Output) {
    this.#plan = plan
    this.#output = output
  }

  /** Steps taken from the cache whole; undefined for an app's own Dockerfile, which has no steps of ours. */
  get cachedSteps(): number | undefined {
    if (this.#plan.dockerfile !== undefined) return undefined
    return [...this.#announced].filter((index) => !this.#worked.has(index)).length
  }

  get #nodeRange(): string {
    return this.#plan.runtimes.find(({ name }) => name === 'node')?.version ?? ''
  }

  report(step: EngineStep): void {
    if (this.#plan.dockerfile === undefined) this.#reportStep(step)
    else this.#reportInstruction(step)
  }

  #reportStep({ name, state }: EngineStep): void {
    if (state === 'started' && name.includes(NODE_PREFIX)) this.#output.heading(`Installing Node.js ${this.#nodeRange}`)
    const index = this.#plan.steps.findIndex((_, position) => name.includes(`"${stepMark(position)}"`))
    const step = this.#plan.steps[index]
    if (!step) return
    if (!this.#announced.has(index)) {
      this.#output.heading(step.name)
      if (state === 'cached')
        this.#output.line('Using the result of an earlier build: nothing it depends on has changed')
    }
    this.#announced.add(index)
    if (state !== 'cached') this.#worked.add(index)
  }

  #reportInstruction({ name, state }: EngineStep): void {
    if (state === 'cached') this.#output.line(`${name} (cached)`)
    if (state === 'started') this.#output.line(name)
  }
}
