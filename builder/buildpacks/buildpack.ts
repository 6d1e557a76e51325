import type { BuildPlan } from '../plan.ts'
import type { Source } from '../source.ts'

/** What claims a source tree. Both methods read and decide; neither touches anything. */
export type Buildpack = {
  name: string
  /** What the user reads: `Node.js`. */
  title: string
  /** How such an app is started by hand, for the line that a Procfile lacks. */
  startHint?: string
  /** The reason why this tree is one of ours, such as the name of a file; undefined when it is not. */
  detect(source: Source): string | undefined
  /** Process types here are the defaults: a Procfile wins over them. Throws BuildFailure for a tree it cannot build. */
  plan(source: Source, because: string): BuildPlan
}
