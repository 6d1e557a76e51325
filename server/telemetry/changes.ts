import { EventEmitter, once } from 'node:events'
import type { Changed } from '../contract/event.ts'

/** What changes at the same time is told at once, and after those who keep it in memory have heard of it too. */
const GATHER_MS = 50
/** For those who were away for a moment; who was away for longer looks at everything anew. */
const KEPT = 1_000
/** The machine is never the same; and who hears nothing for longer knows that the line is dead. */
export const PULSE_MS = 10_000

/** Of an app by id; null: of the box, and of any app. */
export type Change = { n: number; appId: string | null; what: Changed[] }

/** The newest changes, for everybody who looks at the box. Each reader has a place of its own: a slow one costs nothing. */
export class Changes {
  readonly #bootId: string
  readonly #news = new EventEmitter().setMaxListeners(0)
  readonly #gathered = new Map<string | null, Set<Changed>>()
  #kept: Change[] = []
  #last = 0
  #timer: NodeJS.Timeout | undefined

  /** `bootId` names this run of the server: numbers begin anew with each. */
  constructor(bootId: string) {
    this.#bootId = bootId
  }

  tell(appId: string | null, ...what: Changed[]): void {
    const gathered = this.#gathered.get(appId) ?? new Set()
    for (const each of what) gathered.add(each)
    this.#gathered.set(appId, gathered)
    this.#timer ??= setTimeout(() => this.#pass(), GATHER_MS).unref()
  }

  cursorOf({ n }: Pick<Change, 'n'>): string {
    return `${this.#bootId}.${n}`
  }

  /**
   * Everything that changed behind the cursor, then what changes, until the signal. `undefined` where it is not known
   * what did, and at the beginning.
   */
  async *follow(
    after: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Change | { n: number; what: undefined }> {
    const known = this.#placeOf(after)
    let place = known ?? this.#last
    if (known === undefined) yield { n: place, what: undefined }
    while (!signal.aborted) {
      if (this.#lost(place)) {
        place = this.#last
        yield { n: place, what: undefined }
      }
      for (const change of this.#behind(place)) {
        place = change.n
        yield change
      }
      if (place === this.#last) await this.#more(signal)
    }
  }

  #placeOf(cursor: string | undefined): number | undefined {
    const [bootId, n] = cursor?.split('.') ?? []
    const place = Number(n)
    return bootId === this.#bootId && place <= this.#last && !this.#lost(place) ? place : undefined
  }

  #lost(place: number): boolean {
    return place < this.#last - this.#kept.length
  }

  #behind(place: number): Change[] {
    return this.#kept.slice(this.#kept.length - (this.#last - place))
  }

  async #more(signal: AbortSignal): Promise<void> {
    const pulse = setTimeout(() => this.tell(null, 'box'), PULSE_MS - GATHER_MS).unref()
    await once(this.#news, 'told', { signal }).catch(() => undefined)
    clearTimeout(pulse)
  }

  #pass(): void {
    this.#timer = undefined
    for (const [appId, what] of this.#gathered) {
      this.#last += 1
      this.#kept.push({ n: this.#last, appId, what: [...what] })
    }
    this.#gathered.clear()
    if (this.#kept.length > KEPT * 2) this.#kept = this.#kept.slice(-KEPT)
    this.#news.emit('told')
  }
}
