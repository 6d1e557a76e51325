#!/usr/bin/env node
import { Channel } from './channel.ts'
import { type Request, readCommandLine } from './command-line.ts'
import { type Config, readConfig } from './config.ts'
import { type CommonOptions, Context, type Interrupts } from './context.ts'
import { faultLines, faultOf } from './error-text.ts'
import { hasErrorCode } from './errors.ts'
import { EXIT } from './exit-code.ts'
import { writeOverview } from './overview.ts'

async function main(argv: string[]): Promise<number> {
  const config = readConfig()
  const color = wantsNoColor(argv) ? 'never' : config.color
  const out = new Channel(process.stdout, color)
  const err = new Channel(process.stderr, color)
  const interrupts = onInterrupt()
  try {
    return await runRequest(readCommandLine(argv), { config, out, err, ...interrupts })
  } catch (error) {
    if (interrupts.signal.aborted) return EXIT.interrupted
    const fault = faultOf(error)
    const [first = '', ...others] = faultLines(fault)
    err.line(err.style('red', first))
    for (const line of others) err.line(line)
    return fault.exitCode
  }
}

type Surroundings = { config: Config; out: Channel; err: Channel } & Interrupts

async function runRequest(request: Request, around: Surroundings): Promise<number> {
  if (request.kind === 'overview') {
    writeOverview(around.out)
    return EXIT.done
  }
  if (request.kind === 'complete') return complete(request.words, around)
  const { entry } = request
  const [{ command }, { helpText, parseCommand }] = await Promise.all([entry.load(), import('./parser.ts')])
  const writeHelp = (text: string) => void around.out.write(text)
  if (request.kind === 'help') {
    writeHelp(helpText(entry.name, command))
    return EXIT.done
  }
  const parsed = parseCommand(entry.name, command, request.rest, writeHelp)
  if (parsed === 'help') return EXIT.done
  const options = parsed.options as CommonOptions
  const context = new Context({ ...around, stdin: process.stdin, options })
  return (await command.run(context, parsed as never)) ?? EXIT.done
}

async function complete(words: string[], around: Surroundings): Promise<number> {
  const { completions } = await import('./completions.ts')
  const options = { app: undefined, remote: undefined, host: undefined, json: false }
  const context = new Context({ ...around, stdin: process.stdin, options })
  for (const completion of await completions(context, words)) around.out.line(completion)
  return EXIT.done
}

/** Before anything is parsed, because even a parse error may be coloured. What belongs to `run` is behind its command. */
function wantsNoColor(argv: string[]): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).includes('--no-color')
}

/** The first Ctrl-C ends what waits; the second ends the program, unless a command waits for just that. */
function onInterrupt(): Interrupts {
  let awaited: (() => void) | undefined
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) return controller.abort()
      if (awaited === undefined) process.exit(EXIT.interrupted)
      awaited()
      awaited = undefined
    })
  }
  return {
    signal: controller.signal,
    again(ms) {
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const timer = setTimeout(() => {
        awaited = undefined
        resolve(false)
      }, ms)
      awaited = () => {
        clearTimeout(timer)
        resolve(true)
      }
      return promise
    },
  }
}

/** `paas logs | head`: the reader has what it wants. */
function endWithTheReader(error: unknown): void {
  if (hasErrorCode(error, 'EPIPE')) process.exit(EXIT.done)
  throw error
}

process.stdout.on('error', endWithTheReader)
process.stderr.on('error', endWithTheReader)
/** Not top-level await: the bundle is a script, so that a file called `paas` runs wherever it is copied to. */
async function start(): Promise<void> {
  process.exitCode = await main(process.argv.slice(2))
}

void start()
