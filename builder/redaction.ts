/** Shorter values (`true`, `3000`) would black out half of the output and are no secrets. */
const LEAST_LENGTH = 8
/** Words of every log; as values of NODE_ENV and its like they are no secrets either. */
const COMMON = new Set(['production', 'development', 'localhost'])

/** Replaces the values of config vars by their names: whole, line by line, URL-encoded, and the password within a URL. */
export function redactor(environment: Record<string, string>): (text: string) => string {
  const names = new Map<string, string>()
  for (const [name, value] of Object.entries(environment)) {
    for (const secret of spellings(value)) {
      if (secret.length >= LEAST_LENGTH && !COMMON.has(secret) && !names.has(secret)) names.set(secret, name)
    }
  }
  const longestFirst = [...names].sort(([a], [b]) => b.length - a.length)
  return (text) => longestFirst.reduce((rest, [secret, name]) => rest.replaceAll(secret, `[${name}]`), text)
}

function spellings(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim())
  return [...new Set([value, ...lines, ...lines.map(encodeSafely), ...passwords(value)])]
}

/** A lone surrogate cannot be encoded, and then never appears encoded. */
function encodeSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

function passwords(value: string): string[] {
  const url = URL.parse(value)
  if (!url?.password) return []
  try {
    return [url.password, decodeURIComponent(url.password)]
  } catch {
    return [url.password]
  }
}
