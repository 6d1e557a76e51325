import { stepMark } from './dockerfile.ts'
import { ADD_MARK } from './other-stage.ts'
import type { Output } from './output.ts'
import { allSteps, type BuildPlan } from './plan.ts'
import { installMark, titled } from './runtime.ts'

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

  report(step: EngineStep): void {
    if (this.#plan.dockerfile === undefined) this.#reportStep(step)
    else this.#reportInstruction(step)
  }

  #reportStep({ name, state }: EngineStep): void {
    const runtime = this.#plan.runtimes.find((each) => name.includes(`"${installMark(each)}"`))
    if (state === 'started' && runtime) this.#output.heading(`Installing ${titled(runtime)}`)
    if (state === 'started' && name.includes(ADD_MARK)) this.#output.heading('Putting the image together')
    const steps = allSteps(this.#plan)
    const index = steps.findIndex((_, position) => name.includes(`"${stepMark(position)}"`))
    const step = steps[index]
    if (!step) return
    if (!this.#announced.has(index)) {
      this.#output.heading(step.name)
      if (state === 'cached') this.#output.cached()
    }
    this.#announced.add(index)
    if (state !== 'cached') this.#worked.add(index)
  }

  #reportInstruction({ name, state }: EngineStep): void {
    if (state === 'cached') this.#output.line(`${name} (cached)`)
    if (state === 'started') this.#output.line(name)
  }
}
