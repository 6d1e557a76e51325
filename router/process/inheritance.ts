/** Descriptors that were bound by somebody else, and what the process that has them is to be. */
export type Inheritance = {
  /** `first`: nobody of us was there before; `successor`: takes over from the process that started it; `worker`: serves for it. */
  as: 'first' | 'successor' | 'worker'
  control?: number
  http?: number
  https?: number
  metrics?: number
}

/** How a router tells its children what it leaves them. */
export const INHERITED = 'PAAS_ROUTER_INHERITED'
/** sd_listen_fds(3): systemd's descriptors begin here. */
const FIRST_LISTEN_FD = 3
const OURS = ['control', 'http', 'https', 'metrics'] as const
const SYSTEMD = ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES']

export function readInheritance(environment: NodeJS.ProcessEnv, pid: number, mistakes: string[]): Inheritance {
  const own = environment[INHERITED]
  if (own) return JSON.parse(own) as Inheritance
  if (environment['LISTEN_PID'] !== String(pid)) return { as: 'first' }
  return readSystemd(Number(environment['LISTEN_FDS']), environment['LISTEN_FDNAMES'] ?? '', mistakes)
}

/** What children get: the same, without what was meant for this process alone. */
export function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const mine = new Set([INHERITED, ...SYSTEMD, 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE'])
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !mine.has(name)))
}

/** Sockets go by their `FileDescriptorName=`. A single one without a name that we know is for plain HTTP. */
function readSystemd(count: number, text: string, mistakes: string[]): Inheritance {
  const names = text.split(':')
  const inherited: Inheritance = { as: 'first' }
  for (let index = 0; index < count; index++) {
    const name = OURS.find((known) => known === names[index]) ?? (count === 1 ? 'http' : undefined)
    if (name) inherited[name] = FIRST_LISTEN_FD + index
    else {
      const expected = `expected FileDescriptorName= ${OURS.join(', ')}`
      mistakes.push(`LISTEN_FDNAMES names socket ${index + 1} "${names[index] ?? ''}", ${expected}`)
    }
  }
  return inherited
}
