/** `name` is what stands in the brackets; keys are in lower case. */
export type GitSection = { name: string; values: ReadonlyMap<string, string> }

const SECTION = /^\[((?:[^\]"]|"(?:[^"\\]|\\.)*")*)\]\s*(.*)$/
const PAIR = /^([A-Za-z][A-Za-z0-9-]*)\s*=\s*"?(.*?)"?$/

/**
 * The sections of a file such as `.gitmodules` or `.lfsconfig`, in its order (git-config(1)). Strangers write it, so it is read
 * line by line: an expression over the whole text takes hours for a few thousand empty lines.
 */
export function gitConfig(text: string): GitSection[] {
  const sections: { name: string; values: Map<string, string> }[] = []
  for (const line of text.split('\n')) {
    const [whole = '', name, rest] = SECTION.exec(line.trim()) ?? [line.trim()]
    if (name !== undefined) sections.push({ name, values: new Map() })
    const [, key, value] = PAIR.exec(rest ?? whole) ?? []
    if (key !== undefined && value !== undefined) sections.at(-1)?.values.set(key.toLowerCase(), value)
  }
  return sections
}

/** Those of `.gitmodules` that are about a submodule. */
export function submoduleSections(text: string): GitSection[] {
  return gitConfig(text).filter(({ name }) => /^submodule\s+"/i.test(name))
}
