import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Context } from './context.ts'
import { CliError, hasErrorCode, UsageError } from './errors.ts'

/** Large enough for any config file and key, small enough to refuse `config:import disk.img`. */
const INPUT_MAX_BYTES = 1024 * 1024

/** All of standard input as text. */
export async function readStdin(stdin: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk as Buffer))
    bytes += chunks.at(-1)?.length ?? 0
    if (bytes > INPUT_MAX_BYTES) throw tooLarge('Standard input')
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A file's text; `-` is standard input. */
export async function readInput(context: Context, path: string): Promise<string> {
  if (path === '-') return readStdin(context.stdin)
  try {
    const content = await readFile(path)
    if (content.length > INPUT_MAX_BYTES) throw tooLarge(path)
    return content.toString('utf8')
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) throw new CliError(`There is no file ${path}.`)
    if (hasErrorCode(error, 'EISDIR')) throw new CliError(`${path} is a folder.`)
    if (hasErrorCode(error, 'EACCES')) throw new CliError(`${path} may not be read.`)
    throw error
  }
}

function tooLarge(what: string): CliError {
  return new CliError(`${what} is larger than 1 MB.`)
}

/** Asks on the terminal; `hidden` shows nothing of what is typed. Only where `context.canAsk`. */
export async function ask(context: Context, question: string, options: { hidden?: boolean } = {}): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({
    input: context.stdin,
    output: options.hidden ? silent : process.stderr,
    terminal: true,
  })
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    if (options.hidden) context.err.write(question)
    return (await lines.question(options.hidden ? '' : question, { signal: context.signal })).trim()
  } finally {
    lines.close()
    if (options.hidden) context.err.line()
  }
}

/** From standard input where the flag says so, without its last line break; else asked for. Never an argument. */
export async function readSecret(
  context: Context,
  { question, fromStdin, flag }: { question: string; fromStdin: boolean; flag: string },
): Promise<string> {
  if (fromStdin) return (await readStdin(context.stdin)).replace(/\r?\n$/, '')
  if (context.canAsk) return ask(context, question, { hidden: true })
  throw new UsageError('There is no terminal to ask on.', {
    fix: `Give it on standard input, with ${flag}.`,
  })
}
