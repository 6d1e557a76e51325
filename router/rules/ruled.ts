import type { Rules } from './rules.ts'
import type { Visit } from './visit.ts'

/** A request, and the rules that were in force when it came. */
export type Ruled = { readonly rules: Rules; readonly visit: Visit }
