import { plainText } from './ansi.ts'

export type Line = { id: string; text: string; at?: string; process?: string; source?: string; before?: string }
export type LineFilter = { text: string; process: string }

/** What the browser keeps of a log, and how much goes when it is full. */
export const MOST_LINES = 100_000
const DROPPED_AT_ONCE = 10_000

/**
 * The newest lines, and of them those that a filter lets through. It tells its watcher once per frame, however many lines
 * came in between.
 */
export class LineBuffer {
  #all: Line[] = []
  #shown: Line[] = []
  #filter: LineFilter = { text: '', process: '' }
  #version = 0
  #asked = false
  readonly #watchers = new Set<() => void>()
  readonly #processes = new Set<string>()
  /** How many shown lines went from the front, ever: who scrolls moves up by as many. */
  dropped = 0
  /** How many shown lines came, ever: who has stopped learns how many are new. */
  came = 0

  get shown(): readonly Line[] {
    return this.#shown
  }

  get size(): number {
    return this.#all.length
  }

  get last(): Line | undefined {
    return this.#all.at(-1)
  }

  get processes(): string[] {
    return [...this.#processes].sort()
  }

  readonly version = (): number => this.#version

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  push(line: Line): void {
    this.#all.push(line)
    if (line.process !== undefined) this.#processes.add(line.process)
    if (this.#passes(line)) {
      this.#shown.push(line)
      this.came += 1
    }
    if (this.#all.length >= MOST_LINES + DROPPED_AT_ONCE) this.#drop()
    this.#changed()
  }

  filter(filter: LineFilter): void {
    const narrower = filter.process === this.#filter.process && filter.text.includes(this.#filter.text)
    this.#filter = filter
    this.#shown = (narrower ? this.#shown : this.#all).filter((line) => this.#passes(line))
    this.dropped = 0
    this.#changed()
  }

  clear(): void {
    this.#all = []
    this.#shown = []
    this.#processes.clear()
    this.dropped = 0
    this.#changed()
  }

  #drop(): void {
    let gone = 0
    for (const line of this.#all.splice(0, this.#all.length - MOST_LINES)) if (line === this.#shown[gone]) gone += 1
    this.#shown.splice(0, gone)
    this.dropped += gone
  }

  #passes(line: Line): boolean {
    const { text, process } = this.#filter
    if (process !== '' && line.process !== process && line.process?.split('.')[0] !== process) return false
    return text === '' || plainText(line.text).toLowerCase().includes(text)
  }

  #changed(): void {
    if (this.#asked) return
    this.#asked = true
    requestAnimationFrame(() => {
      this.#asked = false
      this.#version += 1
      for (const watcher of this.#watchers) watcher()
    })
  }
}
