import { BuildFailure } from '../errors.ts'
import { explain } from '../explain.ts'
import type { Output } from '../output.ts'
import type { CloudNative } from '../plan.ts'
import { PROJECT_TOML } from './project-toml.ts'

const HEADING = /^===> (.+)$/
const FAILED = /^paas-lifecycle-failed (order|detector|extend|builder) (\S+)$/
/** Exit codes of the Platform Interface Specification. */
const NONE_FITS = '20'
const NONE_FITS_WITH_ERRORS = '21'
const WRONG_APIS = ['11', '12']
const ANOTHER = 'paas build:set builder=IMAGE'

/** What the lifecycle and its buildpacks print; the runner's headings are ours, and its last line stays with us. */
export class LifecycleOutput {
  readonly #asked: CloudNative
  readonly #output: Output
  #failed: { phase: string; how: string } | undefined

  constructor(asked: CloudNative, output: Output) {
    this.#asked = asked
    this.#output = output
  }

  line(text: string): void {
    const [, phase, how = ''] = FAILED.exec(text) ?? []
    const heading = HEADING.exec(text)?.[1]
    if (phase !== undefined) this.#failed = { phase, how }
    else if (heading !== undefined) this.#output.heading(heading)
    else this.#output.line(text)
  }

  /** Why the run failed, where the lifecycle did; undefined where the runner never came to its end. `lines` are the last ones. */
  failure(lines: string[]): BuildFailure | undefined {
    if (!this.#failed) return undefined
    const { phase, how } = this.#failed
    const { builder } = this.#asked
    if (phase === 'order') return lacking(builder, how)
    if (phase === 'extend') return extending(builder, how)
    if (phase === 'detector' && (how === NONE_FITS || how === NONE_FITS_WITH_ERRORS)) return noneFits(builder, how)
    if (WRONG_APIS.includes(how)) return wrongApi(builder, phase)
    const code = /^\d+$/.test(how) ? Number(how) : null
    const output = lines.filter((line) => !FAILED.test(line))
    const command = `/cnb/lifecycle/${phase} of ${builder}`
    return explain({ command, code, signal: code === null ? how : null, output })
  }
}

function noneFits(builder: string, how: string): BuildFailure {
  const failed = how === NONE_FITS_WITH_ERRORS ? ', and at least one of them failed when it looked' : ''
  return new BuildFailure(
    'builder.no-match',
    `None of the buildpacks of the builder ${builder} knows this app${failed}.`,
    { fix: 'The lines above say what they looked for. Add it, or use another builder.', command: ANOTHER },
  )
}

function lacking(builder: string, buildpack: string): BuildFailure {
  return new BuildFailure(
    'builder.lacks-buildpack',
    `${PROJECT_TOML} names the buildpack ${buildpack}, which the builder ${builder} does not have.`,
    {
      fix: `Name one that it has, or take it out of ${PROJECT_TOML}; its buildpacks are listed by:`,
      command: `pack builder inspect ${builder}`,
    },
  )
}

function extending(builder: string, extensions: string): BuildFailure {
  return new BuildFailure(
    'builder.extensions',
    `The builder ${builder} wants to change its images by extensions (${extensions}), which paas does not carry out.`,
    { fix: 'Use a builder whose images have what the app needs.', command: ANOTHER },
  )
}

function wrongApi(builder: string, phase: string): BuildFailure {
  return new BuildFailure(
    'builder.lifecycle',
    `The ${phase} of the builder ${builder} does not go with its buildpacks, or with paas: their APIs are of different versions.`,
    { fix: 'The lines above name them. Use another version of the builder.', command: ANOTHER },
  )
}
