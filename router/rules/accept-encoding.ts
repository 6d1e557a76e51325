export type Encoding = 'zstd' | 'br' | 'gzip'

/** At equal wishes the one that costs least for what it saves. */
const PREFERRED: readonly Encoding[] = ['zstd', 'br', 'gzip']

/** The coding that a client likes best of those we have (RFC 9110 section 12.5.3); null: none is acceptable. */
export function chooseEncoding(accepted: string): Encoding | null {
  const weights = readWeights(accepted)
  let best: Encoding | null = null
  let most = 0
  for (const encoding of PREFERRED) {
    const weight = weights.get(encoding) ?? weights.get('*') ?? 0
    if (weight <= most) continue
    best = encoding
    most = weight
  }
  return best !== null && (weights.get('identity') ?? 0) > most ? null : best
}

function readWeights(accepted: string): Map<string, number> {
  const weights = new Map<string, number>()
  for (const part of accepted.toLowerCase().split(',')) {
    const [, coding, weight] = /^\s*([a-z0-9*_-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/.exec(part) ?? []
    if (coding !== undefined) weights.set(coding === 'x-gzip' ? 'gzip' : coding, Math.min(1, Number(weight ?? 1)))
  }
  return weights
}
