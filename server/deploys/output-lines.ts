import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { stripVTControlCharacters } from 'node:util'
import { detail, type Say } from './failure.ts'

/** A line that never ends is cut here, in characters: it must not grow in our memory. */
const LONGEST = 16_384

/** What a process of an app writes, line by line, without what would move the cursor of whoever reads it. */
export async function* outputLines(stream: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk))).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield* pieces(line)
    if (rest.length < LONGEST) continue
    yield* pieces(rest)
    rest = ''
  }
  if (rest !== '') yield* pieces(rest)
}

function* pieces(line: string): Generator<string> {
  for (let at = 0; at === 0 || at < line.length; at += LONGEST) yield visible(line.slice(at, at + LONGEST))
}

function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
  return stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
}

/** Says a program's output as it comes, under the heading of the step. */
export async function echo(stream: Readable | null, say: Say): Promise<void> {
  if (!stream) return
  for await (const line of outputLines(stream)) say(detail(line))
}
