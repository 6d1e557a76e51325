import { BuildFailure } from '../errors.ts'
import { explain } from '../explain.ts'
import type { Output } from '../output.ts'

const HEADING = /^-----> ?(.*)$/
const WARNING = /^ {1,3}!(?: +(.*))?$/
const BODY = /^ {1,7}/
const FAILED = /^paas-buildpack-failed (\d+) (detect|compile|release) (\S+)$/

type Failed = { index: number; phase: string; how: string }

/** What buildpacks print, in the form of Heroku: headings stay headings, and the line of the runner stays with us. */
export class BuildpackOutput {
  readonly #output: Output
  readonly #names: string[]
  #failed: Failed | undefined

  constructor(names: string[], output: Output) {
    this.#names = names
    this.#output = output
  }

  line(text: string): void {
    const [, index, phase = '', how = ''] = FAILED.exec(text) ?? []
    const heading = HEADING.exec(text)?.[1]
    const warning = WARNING.exec(text)
    if (index !== undefined) this.#failed = { index: Number(index), phase, how }
    else if (heading !== undefined) this.#output.heading(heading)
    else if (warning) this.#output.warning(warning[1] ?? '')
    else this.#output.line(text.replace(BODY, ''))
  }

  /** Why the run failed, where a buildpack did; undefined where the runner never came to its end. `lines` are the last ones. */
  failure(lines: string[]): BuildFailure | undefined {
    if (!this.#failed) return undefined
    const { index, phase, how } = this.#failed
    const name = this.#names[index - 1] ?? String(index)
    if (phase === 'detect') return unfit(name, how)
    const code = /^\d+$/.test(how) ? Number(how) : null
    const output = lines.filter((line) => !FAILED.test(line))
    return explain({ command: `bin/${phase} of ${name}`, code, signal: code === null ? how : null, output })
  }
}

function unfit(name: string, how: string): BuildFailure {
  return new BuildFailure(
    'buildpack.not-for-app',
    `The buildpack ${name} does not know this app: its bin/detect ended with ${how}.`,
    {
      fix: 'See in the buildpack what it looks for, or take it out of the list.',
      command: 'paas buildpacks',
    },
  )
}
