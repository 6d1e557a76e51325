const TONE: Record<string, 'good' | 'busy' | 'bad' | 'warn' | 'idle'> = {
  running: 'good',
  live: 'good',
  up: 'good',
  succeeded: 'good',
  issued: 'good',
  available: 'good',
  creating: 'busy',
  changing: 'busy',
  destroying: 'busy',
  deploying: 'busy',
  queued: 'busy',
  starting: 'busy',
  pending: 'busy',
  renewing: 'good',
  checking: 'busy',
  ordering: 'busy',
  waiting: 'warn',
  maintenance: 'warn',
  failed: 'bad',
  crashed: 'bad',
}

/** A state in words with a dot: the colour is never all that tells it. */
export function State({ state, label }: { state: string; label?: string }) {
  const tone = TONE[state] ?? 'idle'
  return <span className={`state state-${tone}`}>{label ?? state}</span>
}
