import type { Target } from '../target.ts'
import { cookieValues, setCookieLine } from './cookies.ts'
import type { Visit } from './visit.ts'

const COOKIE = 'paas_canary'
/** Draws are ten-thousandths. */
const WHOLE = 10_000
const PER_PERCENT = WHOLE / 100

/**
 * Shares visitors out between one release and all others. Each draws a number once for each canary release and keeps it
 * in a cookie: at the same percentage he stays with what he got, and when it grows nobody goes back.
 */
export class Canary {
  readonly #release: number
  readonly #below: number

  constructor({ release, percent }: { release: number; percent: number }) {
    this.#release = release
    this.#below = percent * PER_PERCENT
  }

  /** The targets for this visitor, and those for when none of them serves. */
  groups(targets: readonly Target[], visit: Visit): readonly (readonly Target[])[] {
    const canary = targets.filter(({ release }) => release === this.#release)
    if (canary.length === 0 || canary.length === targets.length) return [targets]
    const others = targets.filter(({ release }) => release !== this.#release)
    if (visit.draw < 0) visit.draw = this.#formerDraw(visit) ?? Math.floor(Math.random() * WHOLE)
    return visit.draw < this.#below ? [canary, others] : [others, canary]
  }

  /** Empty when nothing was drawn, or the visitor has it already. */
  line(visit: Visit): string {
    if (visit.draw < 0 || visit.draw === this.#formerDraw(visit)) return ''
    return setCookieLine(COOKIE, `${this.#release}.${visit.draw}`, visit)
  }

  #formerDraw({ cookies }: Visit): number | undefined {
    for (const value of cookieValues(cookies, COOKIE)) {
      const [, release, draw] = /^(\d{1,16})\.(\d{1,4})$/.exec(value) ?? []
      if (Number(release) === this.#release) return Number(draw)
    }
    return undefined
  }
}
