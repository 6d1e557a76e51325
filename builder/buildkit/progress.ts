import { StringDecoder } from 'node:string_decoder'
import type { Trace, Vertex, VertexLog } from './trace.ts'

export type StepState = 'started' | 'cached' | 'done'

/** Lines of a step's output that are kept to explain its failure. */
const TAIL_LINES = 30
/** A line longer than this (minified code, a progress bar without end) is cut into pieces. */
const LINE_CHARACTERS = 16 * 1024

/** Folds BuildKit's traces into what a person follows: steps that start and end once, and whole lines of output. */
export class Progress {
  readonly #onLine: (line: string) => void
  readonly #onStep: (step: { name: string; state: StepState }) => void
  readonly #steps = new Map<string, StepState>()
  readonly #outputs = new Map<string, LineReader>()
  readonly #tails = new Map<string, string[]>()
  #cached = 0
  #failed: Vertex | undefined

  constructor(listener: {
    onLine: (line: string) => void
    onStep: (step: { name: string; state: StepState }) => void
  }) {
    this.#onLine = listener.onLine
    this.#onStep = listener.onStep
  }

  /** Instructions of the Dockerfile that were taken from the cache; FROM does not count. */
  get cachedSteps(): number {
    return this.#cached
  }

  /** The instruction that failed (empty for work of BuildKit's own), and the last lines it wrote. */
  get failure(): { step: string; output: string[] } | undefined {
    if (!this.#failed) return undefined
    const { name, digest } = this.#failed
    return { step: isInstruction(name) ? instructionOf(name) : '', output: this.#tails.get(digest) ?? [] }
  }

  update(trace: Trace): void {
    for (const vertex of trace.vertexes) this.#step(vertex)
    for (const log of trace.logs) this.#log(log)
  }

  /** Writes out what came without a line end. */
  end(): void {
    for (const output of this.#outputs.values()) output.end()
  }

  #step(vertex: Vertex): void {
    if (vertex.error && !isCanceled(vertex.error)) this.#failed = vertex
    if (!isInstruction(vertex.name)) return
    const before = this.#steps.get(vertex.digest)
    const state = stateOf(vertex)
    if (!state || before === state || before === 'cached' || before === 'done') return
    this.#steps.set(vertex.digest, state)
    if (state === 'cached' && !instructionOf(vertex.name).startsWith('FROM ')) this.#cached += 1
    this.#onStep({ name: instructionOf(vertex.name), state })
  }

  #log({ vertex, stream, message }: VertexLog): void {
    const key = `${vertex} ${stream}`
    let output = this.#outputs.get(key)
    if (!output) {
      output = new LineReader((line) => this.#line(vertex, line))
      this.#outputs.set(key, output)
    }
    output.write(message)
  }

  #line(vertex: string, line: string): void {
    const tail = this.#tails.get(vertex) ?? []
    tail.push(line)
    if (tail.length > TAIL_LINES) tail.shift()
    this.#tails.set(vertex, tail)
    this.#onLine(line)
  }
}

class LineReader {
  readonly #emit: (line: string) => void
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  constructor(emit: (line: string) => void) {
    this.#emit = emit
  }

  write(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#emit(lastDrawn(line))
    while (this.#rest.length > LINE_CHARACTERS) {
      this.#emit(this.#rest.slice(0, LINE_CHARACTERS))
      this.#rest = this.#rest.slice(LINE_CHARACTERS)
    }
  }

  end(): void {
    const rest = this.#rest + this.#decoder.end()
    this.#rest = ''
    if (rest) this.#emit(lastDrawn(rest))
  }
}

/** A progress bar draws over itself with carriage returns; what stood there last is the line. */
function lastDrawn(line: string): string {
  const drawn = line.replace(/\r+$/, '')
  return drawn.slice(drawn.lastIndexOf('\r') + 1)
}

/** `[2/5] RUN npm ci` and `[build 2/5] RUN npm ci`, but not `[internal] load metadata` or `exporting to image`. */
function isInstruction(name: string): boolean {
  return name.startsWith('[') && !name.startsWith('[internal]') && !name.startsWith('[auth]')
}

function instructionOf(name: string): string {
  return name.replace(/^\[[^\]]*\] */, '')
}

function stateOf(vertex: Vertex): StepState | undefined {
  if (vertex.error) return undefined
  if (vertex.cached) return 'cached'
  if (vertex.completed) return 'done'
  return vertex.started ? 'started' : undefined
}

/** Steps beside the failed one are stopped with it; they are not the cause. */
function isCanceled(error: string): boolean {
  return /context canceled|canceled: context/.test(error)
}
