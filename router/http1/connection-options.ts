import { FIELD } from './field-names.ts'
import type { Fields } from './fields.ts'

/** A nomination that would remove these changes what the request means or who sent it. */
const NEVER_NOMINATED = new Set(['host', 'content-length', 'transfer-encoding', 'authorization', 'cookie'])
const NONE: ReadonlySet<string> = new Set()

/** What the `Connection` fields of a head ask for (RFC 9110 section 7.6.1). */
export class ConnectionOptions {
  close = false
  keepAlive = false
  upgrade = false
  /** Lower-case names of further fields that are meant for this hop only. */
  nominated: ReadonlySet<string> = NONE
  /** Nominated by the router itself, which may leave out what it knows as well. */
  #replaced = false
  /** Bit n: one of the nominated names has n letters, counted in circles of 32. */
  #lengths = 0

  clear(): void {
    this.close = false
    this.keepAlive = false
    this.upgrade = false
    this.nominated = NONE
    this.#replaced = false
    this.#lengths = 0
  }

  /** Leaves out all fields of these lower-case names, because the router says them itself. */
  replace(names: ReadonlySet<string>): void {
    this.nominated = this.nominated.size === 0 ? names : new Set([...this.nominated, ...names])
    this.#replaced = true
    for (const name of names) this.#lengths |= 1 << name.length
  }

  /** Adds one field's list. Returns a name that must never be nominated, when there is one. */
  add(fields: Fields, bytes: Buffer, index: number): string | null {
    // What nearly all say, without a text of it.
    if (fields.holds(bytes, index, 'keep-alive')) this.keepAlive = true
    else if (fields.holds(bytes, index, 'close')) this.close = true
    else return this.#addList(fields.text(bytes, index))
    return null
  }

  #addList(list: string): string | null {
    for (const part of list.split(',')) {
      const option = part.trim().toLowerCase()
      if (option === 'close') this.close = true
      else if (option === 'keep-alive') this.keepAlive = true
      else if (option === 'upgrade') this.upgrade = true
      else if (NEVER_NOMINATED.has(option)) return option
      else if (option !== '' && option !== 'te' && option !== 'http2-settings') {
        this.nominated = new Set([...this.nominated, option])
        this.#lengths |= 1 << option.length
      }
    }
    return null
  }

  names(fields: Fields, bytes: Buffer, index: number): boolean {
    if (this.#lengths === 0 || !(this.#replaced || fields.kind[index] === FIELD.other)) return false
    const length = (fields.nameEnd[index] as number) - (fields.start[index] as number)
    return (this.#lengths & (1 << length)) !== 0 && this.nominated.has(fields.name(bytes, index))
  }
}
