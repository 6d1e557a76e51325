import { type Piece, pieces } from './ansi.ts'
import type { Line } from './line-buffer.ts'

export type LineAddress = (line: Line) => string

/** A line on the screen. Its nodes are written anew for another line: making them would cost more than a frame has. */
export class LineRow {
  readonly element = document.createElement('div')
  line: Line | undefined
  readonly #head: LineHead | undefined
  readonly #pieces: PieceNode[] = []
  #marked = false

  /** With an address, the time is the link to the line, and its process stands beside. */
  constructor(address: LineAddress | undefined) {
    this.element.className = 'line'
    this.#head = address && new LineHead(address)
    if (this.#head) this.element.append(this.#head.at, this.#head.process)
  }

  show(line: Line): this {
    this.line = line
    this.#head?.show(line)
    const found = pieces(line.text)
    for (const [n, piece] of found.entries()) this.#write(n, piece)
    for (const { node } of this.#pieces.splice(found.length)) node.remove()
    return this
  }

  mark(marked: boolean): void {
    if (marked === this.#marked) return
    this.#marked = marked
    this.element.classList.toggle('line-marked', marked)
  }

  #write(n: number, { text, style }: Piece): void {
    const before = this.#pieces[n]
    if (before?.style === style) {
      before.text.data = text
      return
    }
    const piece = pieceNode(style, text)
    if (before) before.node.replaceWith(piece.node)
    else this.element.append(piece.node)
    this.#pieces[n] = piece
  }
}

/** Text by itself where it has no style. */
type PieceNode = { style: string; text: Text; node: Text | HTMLElement }

function pieceNode(style: string, said: string): PieceNode {
  const text = new Text(said)
  if (style === '') return { style, text, node: text }
  const node = document.createElement('span')
  node.className = style
  node.append(text)
  return { style, text, node }
}

class LineHead {
  readonly at = document.createElement('a')
  readonly process = document.createElement('span')
  readonly #time = new Text()
  readonly #name = new Text()
  readonly #address: LineAddress

  constructor(address: LineAddress) {
    this.#address = address
    this.at.className = 'line-at'
    this.at.title = 'Link to this line'
    this.at.append(this.#time)
    this.process.append(this.#name)
  }

  show(line: Line): void {
    this.at.href = this.#address(line)
    this.#time.data = timeOf(line.at)
    this.#name.data = line.process ?? ''
    const style = `line-process line-${line.source}`
    if (this.process.className !== style) this.process.className = style
  }
}

function timeOf(at: string | undefined): string {
  const date = new Date(at ?? '')
  return Number.isNaN(date.getTime()) ? '' : date.toTimeString().slice(0, 8)
}
