/** `/apps/:app/builds/:build` against a path: its parts by name, or undefined. */
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern, path].map((each) => each.split('/').filter(Boolean)) as [string[], string[]]
  if (wanted.length !== given.length) return undefined
  const found: Record<string, string> = {}
  for (const [n, part] of wanted.entries()) {
    const value = decode(given[n] ?? '')
    if (part.startsWith(':')) found[part.slice(1)] = value
    else if (part !== value) return undefined
  }
  return found
}

/** As it is where it cannot be decoded: anybody can type an address. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
