import type { Signal } from '../shell/signal.ts'
import type { Line, LineBuffer } from './line-buffer.ts'
import type { LineAddress } from './line-row.ts'
import { LineRows } from './line-rows.ts'

/** As --line of the style sheet, and the room above the first line and below the last. */
const LINE_PX = 20
const ROOM_PX = 16
/** Drawn above and below what is seen. */
const SPARE = 6
const AT_END_PX = 24

/** What is said below the lines: null while the end is followed, else how many lines came since. */
export type Behind = number | null

export type LineBox = { box: HTMLElement; all: HTMLElement; seen: HTMLElement }
export type LineScrollOptions = {
  address: LineAddress | undefined
  /** Does not follow the end until one asks for it. */
  paused: boolean
  behind: Signal<Behind>
}

/**
 * Any number of lines in a box that scrolls: only those that can be seen are in the page. Follows the end until one scrolls up.
 * React has no part in it: what it does for 40 lines takes a tenth of a frame.
 */
export class LineScroll {
  readonly #behind: Signal<Behind>
  readonly #elements: LineBox
  readonly #lines: LineBuffer
  readonly #rows: LineRows
  readonly #sizes: ResizeObserver
  readonly #unwatch: () => void
  #marked: string | undefined
  #brought = false
  #follows: boolean
  #height = 0
  #top = 0
  #seenUpTo = 0
  #dropped = 0

  constructor(elements: LineBox, lines: LineBuffer, { address, paused, behind }: LineScrollOptions) {
    this.#elements = elements
    this.#lines = lines
    this.#rows = new LineRows(elements.seen, address)
    this.#follows = !paused
    this.#behind = behind
    this.#unwatch = lines.watch(() => this.#draw())
    this.#sizes = new ResizeObserver(() => this.#measure())
    this.#sizes.observe(elements.box)
    elements.box.addEventListener('scroll', this.#scrolled, { passive: true })
    this.#measure()
  }

  lineOf(node: Node): Line | undefined {
    return this.#rows.lineOf(node)
  }

  follow(): void {
    this.#follows = true
    this.#draw()
  }

  /** It is brought into sight once, as soon as it is there. */
  mark(id: string | undefined): void {
    this.#marked = id
    this.#draw()
  }

  close(): void {
    this.#unwatch()
    this.#sizes.disconnect()
    this.#elements.box.removeEventListener('scroll', this.#scrolled)
    this.#elements.seen.replaceChildren()
  }

  get #end(): number {
    return Math.max(0, this.#lines.shown.length * LINE_PX + ROOM_PX - this.#height)
  }

  #measure(): void {
    this.#height = this.#elements.box.clientHeight
    this.#draw()
  }

  /** Upwards is never our doing: whoever goes there, however little, wants to read. */
  readonly #scrolled = (): void => {
    const top = this.#elements.box.scrollTop
    const upwards = top < this.#top - 1 && top < this.#end - 1
    this.#follows = !upwards && (this.#follows || top > this.#end - AT_END_PX)
    this.#top = top
    this.#write()
  }

  #draw(): void {
    const { dropped } = this.#lines
    if (dropped > this.#dropped) this.#top -= (dropped - this.#dropped) * LINE_PX
    this.#dropped = dropped
    this.#bring()
    this.#top = this.#follows ? this.#end : Math.min(Math.max(0, this.#top), this.#end)
    this.#write()
    const { box } = this.#elements
    if (box.scrollTop !== this.#top) box.scrollTop = this.#top
  }

  /** What is marked is shown a third below the top, unless it can be seen where it is. */
  #bring(): void {
    if (this.#marked === undefined || this.#brought) return
    const at = this.#lines.shown.findIndex(({ id }) => id === this.#marked)
    if (at === -1) return
    this.#brought = true
    this.#follows = false
    const place = at * LINE_PX - this.#top
    if (place < 0 || place > this.#height - LINE_PX) this.#top += place - this.#height / 3
  }

  #write(): void {
    const { shown, came } = this.#lines
    const { all, seen } = this.#elements
    const top = Math.floor(this.#top / LINE_PX)
    const first = Math.max(0, top - SPARE)
    this.#rows.show(shown.slice(first, top + Math.ceil(this.#height / LINE_PX) + 1 + SPARE), this.#marked)
    all.style.height = `${shown.length * LINE_PX}px`
    seen.style.transform = `translateY(${first * LINE_PX}px)`
    if (this.#follows) this.#seenUpTo = came
    this.#behind.set(this.#follows ? null : came - this.#seenUpTo)
  }
}
