export type Piece = { text: string; style: string }

/** Select Graphic Rendition, and every other escape sequence, which is left out. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character.
const ESCAPE = /\x1b(?:\[([0-9;:]*)([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g
const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']

type Look = { colour: string; bold: boolean; dim: boolean; italic: boolean; underline: boolean }
const PLAIN: Look = { colour: '', bold: false, dim: false, italic: false, underline: false }

/** A line with its colours: pieces of text with class names, never markup. */
export function pieces(line: string): Piece[] {
  if (!line.includes('\x1b')) return [{ text: line, style: '' }]
  const found: Piece[] = []
  let look = PLAIN
  let from = 0
  for (const match of line.matchAll(ESCAPE)) {
    if (match.index > from) found.push({ text: line.slice(from, match.index), style: styleOf(look) })
    from = match.index + match[0].length
    if (match[2] === 'm') look = looked(look, match[1] ?? '')
  }
  if (from < line.length) found.push({ text: line.slice(from), style: styleOf(look) })
  return found
}

/** Without colours, for filters and the clipboard. */
export function plainText(line: string): string {
  return line.includes('\x1b') ? line.replace(ESCAPE, '') : line
}

function looked(look: Look, codes: string): Look {
  const numbers = codes.split(/[;:]/).map(Number)
  let next = look
  for (let n = 0; n < numbers.length; n += 1) {
    const code = numbers[n] ?? 0
    if (code === 38 || code === 48) {
      const colour = extended(numbers, n)
      if (code === 38 && colour !== undefined) next = { ...next, colour }
      n += numbers[n + 1] === 2 ? 4 : 2
    } else next = simple(next, code)
  }
  return next
}

function simple(look: Look, code: number): Look {
  if (code === 0) return PLAIN
  if (code === 1) return { ...look, bold: true }
  if (code === 2) return { ...look, dim: true }
  if (code === 3) return { ...look, italic: true }
  if (code === 4) return { ...look, underline: true }
  if (code === 22) return { ...look, bold: false, dim: false }
  if (code === 23) return { ...look, italic: false }
  if (code === 24) return { ...look, underline: false }
  if (code === 39) return { ...look, colour: '' }
  if (code >= 30 && code <= 37) return { ...look, colour: COLOURS[code - 30] ?? '' }
  if (code >= 90 && code <= 97) return { ...look, colour: COLOURS[code - 90] ?? '' }
  return look
}

/** Of 256 colours the first 16 by name; the others are shown as text is. */
function extended(numbers: number[], at: number): string | undefined {
  const index = numbers[at + 1] === 5 ? numbers[at + 2] : undefined
  return index === undefined ? undefined : index < 16 ? COLOURS[index % 8] : ''
}

function styleOf({ colour, bold, dim, italic, underline }: Look): string {
  return [
    colour && `ansi-${colour}`,
    bold && 'ansi-bold',
    dim && 'ansi-dim',
    italic && 'ansi-italic',
    underline && 'ansi-underline',
  ]
    .filter(Boolean)
    .join(' ')
}
