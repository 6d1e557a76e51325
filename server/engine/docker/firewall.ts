import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { bridgePrefix } from './labels.ts'

/** Cloud metadata services: whoever reaches them has the box's own credentials. */
const METADATA_V4 = ['169.254.0.0/16', '168.63.129.16/32', '100.100.100.200/32']
const METADATA_V6 = ['fd00:ec2::254/128']
/** What apps may open on the box itself: names, and the platform's public web ports. */
const HOST_TCP_PORTS = ['53', '80', '443']
const HOST_UDP_PORTS = ['53']
/** Firewall reloads wipe rules; they are back after this time at the latest. */
const RECHECK_MS = 60_000
/** iptables waits for others who change rules. */
const LOCK_SECONDS = '5'

export type Rule = { program: 'iptables' | 'ip6tables'; chain: string; match: string[] }
/** Runs one program with its arguments; rejects when it fails. Tests hand in their own. */
export type RunProgram = (program: string, args: string[]) => Promise<unknown>

/**
 * Refused rather than dropped: a cloud library that looks for credentials gives up at once. Later rules are inserted
 * above earlier ones.
 */
export function firewallRules(boxId: string): Rule[] {
  const from = ['-i', `${bridgePrefix(boxId)}+`]
  const accept = (protocol: string, ports: string[]) =>
    ports.map((port) => ['-p', protocol, '-m', protocol, '--dport', port, '-j', 'ACCEPT'])
  const input = [
    ['-m', 'conntrack', '--ctstate', 'NEW', '-j', 'REJECT'],
    ...accept('tcp', HOST_TCP_PORTS),
    ...accept('udp', HOST_UDP_PORTS),
  ]
  const families = [
    { program: 'iptables', forward: 'DOCKER-USER', metadata: METADATA_V4 },
    // Docker has no chain of its own there unless it routes IPv6.
    { program: 'ip6tables', forward: 'FORWARD', metadata: METADATA_V6 },
  ] as const
  return families.flatMap(({ program, forward, metadata }) => [
    ...metadata.map((address) => rule(program, forward, [...from, '-d', address, '-j', 'REJECT'], boxId)),
    ...input.map((match) => rule(program, 'INPUT', [...from, ...match], boxId)),
    ...metadata.map((address) => rule(program, 'INPUT', [...from, '-d', address, '-j', 'REJECT'], boxId)),
  ])
}

function rule(program: Rule['program'], chain: string, match: string[], boxId: string): Rule {
  return { program, chain, match: ['-m', 'comment', '--comment', `paas ${boxId}`, ...match] }
}

/** Keeps apps away from the metadata addresses and from the box itself. Needs root; without, says so once. */
export class Firewall implements Disposable {
  readonly #rules: Rule[]
  readonly #log: Log
  readonly #run: RunProgram
  #timer: NodeJS.Timeout | null = null
  #complained = false

  constructor(boxId: string, log: Log, run: RunProgram = promisify(execFile)) {
    this.#rules = firewallRules(boxId)
    this.#log = log
    this.#run = run
  }

  async start(): Promise<void> {
    if (this.#timer) return
    if (process.getuid?.() !== 0) return this.#complain('the server does not run as root')
    await this.apply()
    this.#timer = setInterval(() => void this.apply(), RECHECK_MS).unref()
  }

  /** Idempotent. A chain that lacks one of ours gets all of them anew, because their order matters. */
  async apply(): Promise<void> {
    for (const rules of Map.groupBy(this.#rules, ({ program, chain }) => `${program} ${chain}`).values()) {
      try {
        if (await this.#complete(rules)) continue
        await this.#removeAll(rules)
        for (const rule of rules) await this.#do(rule, '-I')
      } catch (error) {
        // App networks have no IPv6; machines without it often lack ip6tables.
        if (rules[0]?.program === 'iptables') this.#complain(messageOf(error))
        else this.#log.debug('engine.firewall-without-ipv6', { reason: messageOf(error) })
      }
    }
  }

  remove(): Promise<void> {
    return this.#removeAll(this.#rules)
  }

  [Symbol.dispose](): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  async #complete(rules: Rule[]): Promise<boolean> {
    for (const rule of rules) if (!(await this.#exists(rule))) return false
    return true
  }

  async #removeAll(rules: Rule[]): Promise<void> {
    for (const rule of rules) while (await this.#exists(rule)) await this.#do(rule, '-D')
  }

  #exists(rule: Rule): Promise<boolean> {
    return this.#do(rule, '-C').then(
      () => true,
      () => false,
    )
  }

  #do({ program, chain, match }: Rule, verb: '-C' | '-I' | '-D'): Promise<unknown> {
    return this.#run(program, ['-w', LOCK_SECONDS, verb, chain, ...match])
  }

  #complain(reason: string): void {
    if (this.#complained) return
    this.#complained = true
    this.#log.warn('engine.firewall-incomplete', {
      reason,
      effect: 'apps may reach the cloud metadata service and ports of this box',
    })
  }
}
