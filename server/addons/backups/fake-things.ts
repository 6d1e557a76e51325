import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { PaasError } from '../../errors.ts'
import type { BackedOfApp, BackedThings, Dump, RestoreSource, Scratch } from './backed.ts'

export const APP = { id: 'app_1', name: 'shop' }

/** For tests: a thing whose whole content is a text of lines. */
export class FakeThing implements BackedOfApp {
  readonly id: string
  readonly name: string
  readonly kind = 'notes'
  readonly app: { id: string; name: string }
  lines: string[] = ['one', 'two', 'three']
  failure: Error | undefined
  /** Of the scratch things that are there now. */
  scratches = 0

  constructor(name: string, app = APP) {
    this.app = app
    this.id = `thing:${name}`
    this.name = name
  }

  async backup(): Promise<Dump> {
    const { failure } = this
    const lines = [...this.lines]
    const stream = Readable.from(
      (function* () {
        for (const line of lines) yield Buffer.from(`${line}\n`)
        if (failure) throw failure
      })(),
    )
    return {
      stream,
      tool: 'notes 1.0',
      suffix: 'txt',
      expectedBytes: null,
      facts: Promise.resolve({ lines: lines.length }),
    }
  }

  async scratch(): Promise<Scratch> {
    this.scratches += 1
    let restored = ''
    return {
      restore: async (from) => {
        restored = await text(from)
      },
      check: async () => ({ lines: restored.split('\n').length - 1 }),
      [Symbol.asyncDispose]: async () => {
        this.scratches -= 1
      },
    }
  }
}

/** For tests: where they are found. */
export class FakeThings implements BackedThings {
  readonly all = new Map<string, FakeThing>()
  readonly conditions = new Map<string, string>()
  readonly restored: { kind: string; content: string }[] = []

  add(name: string, app = APP): FakeThing {
    const thing = new FakeThing(name, app)
    this.all.set(thing.id, thing)
    return thing
  }
  condition(id: string, code: string, words: string | null): void {
    if (words === null) this.conditions.delete(`${id} ${code}`)
    else this.conditions.set(`${id} ${code}`, words)
  }
  find(id: string) {
    return this.all.get(id)
  }
  getOf(_app: unknown, name: string | undefined): BackedOfApp {
    const thing = [...this.all.values()].find((thing) => name === undefined || thing.name === name)
    if (thing) return thing
    throw new PaasError('not-found', 'addon.not-found', `There is no addon ${name}.`)
  }
  async restoreNew({ kind, open }: RestoreSource): Promise<{ name: string }> {
    this.restored.push({ kind, content: await text(await open()) })
    return { name: `notes-new-${this.restored.length}` }
  }
}
