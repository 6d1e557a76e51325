/** Reads Prometheus text 0.0.4 back, and throws on anything that a strict reader would refuse. */
export type Sample = { name: string; labels: Record<string, string>; value: number }

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/
const SUFFIXES: Record<string, string[]> = { counter: [''], gauge: [''], histogram: ['_bucket', '_sum', '_count'] }

export function parseExposition(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const samples: Sample[] = []
  const types = new Map<string, string>()
  const seen = new Set<string>()
  let family = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name = '', rest = ''] = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line) ?? []
    if (kind === 'TYPE') {
      if (types.has(name) || !SUFFIXES[rest]) throw new Error(`TYPE again, or of no kind: ${line}`)
      types.set(name, rest)
      family = name
    } else if (kind === undefined) {
      const sample = parseSample(line)
      const suffixes = SUFFIXES[types.get(family) ?? ''] ?? []
      if (!suffixes.some((suffix) => sample.name === family + suffix)) throw new Error(`not of ${family}: ${line}`)
      const key = line.slice(0, line.lastIndexOf(' '))
      if (seen.has(key)) throw new Error(`twice: ${line}`)
      seen.add(key)
      samples.push(sample)
    }
  }
  return samples
}

function parseSample(line: string): Sample {
  const [, name = '', inside = '', number = ''] =
    new RegExp(`^(${NAME})(?:\\{(.*)\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)$`).exec(line) ?? []
  if (name === '') throw new Error(`not a sample: ${line}`)
  return { name, labels: parseLabels(inside), value: Number(number) }
}

function parseLabels(inside: string): Record<string, string> {
  const labels: Record<string, string> = {}
  for (let left = inside; left !== ''; ) {
    const [all, name = '', text = ''] = LABEL.exec(left) ?? []
    if (all === undefined || name in labels) throw new Error(`not labels: ${inside}`)
    labels[name] = text.replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char))
    left = left.slice(all.length)
  }
  return labels
}
