import { stripVTControlCharacters } from 'node:util'

const GAP = '  '

/** Columns as wide as their widest cell; the last one is not padded. */
export function tableLines(headers: string[], rows: string[][]): string[] {
  const all = [headers, ...rows]
  const widths = headers.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))))
  return all.map((row) =>
    headers
      .map((_, column) => pad(row[column] ?? '', widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  )
}

/** `name:   value`, the values below each other. */
export function factLines(facts: [name: string, value: string][]): string[] {
  const width = Math.max(...facts.map(([name]) => widthOf(name))) + 1
  return facts.map(([name, value]) => `${pad(`${name}:`, width)} ${value}`.trimEnd())
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length
}
