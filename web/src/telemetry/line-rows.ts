import type { Line } from './line-buffer.ts'
import { type LineAddress, LineRow } from './line-row.ts'

/**
 * The lines that can be seen, as elements below `parent`. A line that stays keeps its element, and with it what was selected in it;
 * the elements of those that went are written anew.
 */
export class LineRows {
  readonly #parent: HTMLElement
  readonly #address: LineAddress | undefined
  #rows: LineRow[] = []

  constructor(parent: HTMLElement, address: LineAddress | undefined) {
    this.#parent = parent
    this.#address = address
  }

  show(lines: readonly Line[], marked: string | undefined): void {
    const staying = this.#staying(lines)
    const free = this.#rows.filter(({ line }) => !line || !staying.has(line))
    // Where none stays, each element stays in its place: nothing is moved.
    if (staying.size > 0) for (const { element } of free) element.remove()
    let next = 0
    this.#rows = lines.map((line) => {
      return staying.get(line) ?? (free[next++] ?? new LineRow(this.#address)).show(line)
    })
    for (const { element } of free.slice(next)) element.remove()
    for (const row of this.#rows) row.mark(row.line?.id === marked)
    this.#place()
  }

  /** The line that this node is in. */
  lineOf(node: Node): Line | undefined {
    return this.#rows.find(({ element }) => element.contains(node))?.line
  }

  /** Only where they are most of them: to write text anew costs less than to move elements. */
  #staying(lines: readonly Line[]): Map<Line, LineRow> {
    const wanted = new Set(lines)
    const staying = new Map<Line, LineRow>()
    for (const row of this.#rows) if (row.line && wanted.has(row.line)) staying.set(row.line, row)
    return staying.size * 2 > lines.length ? staying : new Map()
  }

  #place(): void {
    let at = this.#parent.firstChild
    for (const { element } of this.#rows) {
      if (element === at) at = at.nextSibling
      else this.#parent.insertBefore(element, at)
    }
  }
}
