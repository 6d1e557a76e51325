import { BuildFailure } from './errors.ts'

/** A DNS label, so that `web.1` can be a host name. */
const PROCESS_TYPE = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const MERGE_MARKER = /^(?:<{7}|={7}|>{7}|\|{7})(?:\s|$)/

/** What Heroku runs before a release instead of beside it. */
export const RELEASE_PHASE = 'release'

/**
 * `type: command` lines; blank lines and lines that begin with `#` or `//` are skipped, as is ` # text` after a command.
 * One mistake makes the whole file invalid: half a formation is worse than none. Throws BuildFailure with the line.
 */
export function parseProcfile(text: string): Record<string, string> {
  const seen = new Map<string, { type: string; command: string; line: number }>()
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = index + 1
    const content = raw.trim()
    if (content === '' || content.startsWith('#') || content.startsWith('//')) continue
    const { type, command } = parseLine(raw, content, line)
    const first = seen.get(type.toLowerCase())
    if (first) {
      throw invalid(
        line,
        `\`${type}\` is declared a second time, first on line ${first.line}`,
        'Keep one of the two lines.',
      )
    }
    seen.set(type.toLowerCase(), { type, command, line })
  }
  return Object.fromEntries([...seen.values()].map(({ type, command }) => [type, command]))
}

function parseLine(raw: string, content: string, line: number): { type: string; command: string } {
  if (MERGE_MARKER.test(raw)) {
    throw invalid(
      line,
      'it is a marker of an unfinished merge',
      'Settle the merge conflict in the Procfile and commit it.',
    )
  }
  const colon = content.indexOf(':')
  if (colon < 1)
    throw invalid(line, `\`${content}\` is not \`<type>: <command>\``, 'Write it like `web: node server.js`.')
  const type = content.slice(0, colon).trimEnd()
  if (!PROCESS_TYPE.test(type)) {
    throw invalid(
      line,
      `\`${type}\` cannot name a process type`,
      `Use 1 to 63 letters, digits and dashes, such as \`${suggestion(type)}\`.`,
    )
  }
  const command = withoutComment(content.slice(colon + 1)).trim()
  if (command === '')
    throw invalid(
      line,
      `\`${type}\` has no command`,
      `Write the command after the colon, such as \`${type}: node ${type}.js\`.`,
    )
  return { type, command }
}

function suggestion(type: string): string {
  const label = type
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
  return label === '' ? 'worker' : label
}

/** Cuts ` # text`, as a shell would: not within quotes, and only after white space. */
function withoutComment(command: string): string {
  let quote = ''
  for (let i = 0; i < command.length; i++) {
    const char = command[i] ?? ''
    if (char === '\\' && quote !== "'") i++
    else if (quote !== '') quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (char === '#' && /\s/.test(command[i - 1] ?? ' ')) return command.slice(0, i)
  }
  return command
}

function invalid(line: number, reason: string, fix: string): BuildFailure {
  return new BuildFailure('procfile.invalid', `The Procfile cannot be read, line ${line}: ${reason}.`, { fix })
}
