import { execFile } from 'node:child_process'
import { isDeepStrictEqual, promisify } from 'node:util'
import { messageOf } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { bridgePrefix } from './labels.ts'

/** Cloud metadata services: whoever reaches them has the box's own credentials. */
const METADATA_V4 = ['169.254.0.0/16', '168.63.129.16/32', '100.100.100.200/32']
const METADATA_V6 = ['fd00:ec2::254/128']
/** What apps may open on the box itself: names, and the platform's public web ports. */
const NAMES_PORT = '53'
const HOST_TCP_PORTS = [NAMES_PORT, '80', '443']
const HOST_UDP_PORTS = [NAMES_PORT]
/** Firewall reloads wipe rules; they are back after this time at the latest. */
const RECHECK_MS = 60_000
/** RFC 1918, and RFC 6598, where the networks of apps lie. */
const PRIVATE_V4 = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10']
/** iptables waits for others who change rules. */
const LOCK_SECONDS = '5'

export type Rule = { program: 'iptables' | 'ip6tables'; chain: string; match: string[] }
/** Runs one program with its arguments; rejects when it fails. Tests hand in their own. */
export type RunProgram = (program: string, args: string[]) => Promise<unknown>

/** What the rules depend on beside the box. */
export type Surroundings = {
  /** The engine's own bridge, where the steps of builds run beside containers of the admin; null where it has none. */
  defaultBridge: string | null
  /** Ports of this server that nobody in a container has business with, as the router stands before them. */
  privatePorts: number[]
  /** Left out, the bridge of builds is open. */
  closedBuilds?: ClosedBuilds | undefined
}

/**
 * The engine's own bridge when it is closed: from there nothing may be opened on the box or at a private address but names
 * and what is allowed (mirrors, registries, proxies). Containers of the admin on that bridge are closed in with the builds;
 * `unlessShared` leaves it open while there are any.
 */
export type ClosedBuilds = { allow: string[]; unlessShared?: boolean }

/**
 * Refused rather than dropped: a cloud library that looks for credentials gives up at once. Later rules are inserted
 * above earlier ones.
 */
export function firewallRules(boxId: string, { defaultBridge, privatePorts, closedBuilds }: Surroundings): Rule[] {
  const fromApps = ['-i', `${bridgePrefix(boxId)}+`]
  const fromBuilds = defaultBridge === null ? [] : [['-i', defaultBridge]]
  const to = (protocol: string, ports: readonly (string | number)[], target: string) =>
    ports.map((port) => ['-p', protocol, '-m', protocol, '--dport', String(port), '-j', target])
  const input = [
    ['-m', 'conntrack', '--ctstate', 'NEW', '-j', 'REJECT'],
    ...to('tcp', HOST_TCP_PORTS, 'ACCEPT'),
    ...to('udp', HOST_UDP_PORTS, 'ACCEPT'),
  ].map((match) => [...fromApps, ...match])
  const closed = fromBuilds.flatMap((from) => to('tcp', privatePorts, 'REJECT').map((match) => [...from, ...match]))
  const shut = closedBuilds ? fromBuilds.map((from) => closedBridge(from, closedBuilds.allow)) : []
  const families = [
    { program: 'iptables', forward: 'DOCKER-USER', metadata: METADATA_V4 },
    // Docker has no chain of its own there unless it routes IPv6.
    { program: 'ip6tables', forward: 'FORWARD', metadata: METADATA_V6 },
  ] as const
  return families.flatMap(({ program, forward, metadata }) => {
    const refused = [fromApps, ...fromBuilds].flatMap((from) =>
      metadataRefusals(metadata).map((to) => [...from, ...to]),
    )
    // Bridges of Docker have no IPv6 unless somebody gives it to them.
    const shutHere = program === 'iptables' ? shut : []
    const shutForward = shutHere.flatMap(({ forwarded }) => forwarded)
    const shutInput = shutHere.flatMap(({ received }) => received)
    return [
      ...[...shutForward, ...refused].map((match) => rule(program, forward, match, boxId)),
      ...[...input, ...shutInput, ...closed, ...refused].map((match) => rule(program, 'INPUT', match, boxId)),
    ]
  })
}

/** Answers to what came in from outside pass: only what the bridge itself begins is refused. */
function closedBridge(from: string[], allow: string[]): { forwarded: string[][]; received: string[][] } {
  const fresh = ['-m', 'conntrack', '--ctstate', 'NEW', '-j', 'REJECT']
  const names = (target: string) =>
    ['tcp', 'udp'].map((protocol) => ['-p', protocol, '-m', protocol, '--dport', NAMES_PORT, '-j', target])
  const passes = (target: string) => [...allow.map((address) => ['-d', address, '-j', target]), ...names(target)]
  return {
    forwarded: [...PRIVATE_V4.map((range) => ['-d', range, ...fresh]), ...passes('RETURN')].map((match) => [
      ...from,
      ...match,
    ]),
    received: [fresh, ...passes('ACCEPT')].map((match) => [...from, ...match]),
  }
}

/** They speak HTTP. Some clouds answer names and tell the time at the same addresses, which everything needs. */
function metadataRefusals(addresses: readonly string[]): string[][] {
  const butNames = ['-p', 'tcp', '-m', 'tcp', '!', '--dport', NAMES_PORT]
  return addresses.map((address) => ['-d', address, ...butNames, '-j', 'REJECT'])
}

function rule(program: Rule['program'], chain: string, match: string[], boxId: string): Rule {
  return { program, chain, match: ['-m', 'comment', '--comment', `paas ${boxId}`, ...match] }
}

/** Keeps apps and builds away from the metadata addresses, and apps from the box itself. Needs root; without, says so once. */
export class Firewall implements Disposable {
  /** All that may be there: with the bridge of builds closed. */
  readonly #rules: Rule[]
  readonly #log: Log
  readonly #run: RunProgram
  /** Of these, what closes it. */
  readonly #closing: Set<Rule>
  readonly #closedBuilds: ClosedBuilds | undefined
  readonly #isShared: () => Promise<boolean>
  #timer: NodeJS.Timeout | null = null
  #complained = false
  #closed = false

  /** `isShared`: whether somebody else's containers are on the bridge of builds now. */
  constructor(
    boxId: string,
    surroundings: Surroundings,
    log: Log,
    run: RunProgram = promisify(execFile),
    isShared = async () => false,
  ) {
    const { closedBuilds, ...others } = surroundings
    const open = firewallRules(boxId, others)
    // An earlier start may have closed it.
    this.#rules = firewallRules(boxId, { ...others, closedBuilds: closedBuilds ?? { allow: [] } })
    this.#closing = new Set(this.#rules.filter((rule) => !open.some((other) => isDeepStrictEqual(rule, other))))
    this.#closedBuilds = closedBuilds
    this.#log = log
    this.#run = run
    this.#isShared = isShared
  }

  async start(): Promise<void> {
    if (this.#timer) return
    if (process.getuid?.() !== 0) return this.#complain('the server does not run as root')
    await this.apply()
    this.#timer = setInterval(() => void this.apply(), RECHECK_MS).unref()
  }

  /** Idempotent. A chain that lacks one of ours gets all of them anew, because their order matters. */
  async apply(): Promise<void> {
    const closed = await this.#toClose()
    for (const all of Map.groupBy(this.#rules, ({ program, chain }) => `${program} ${chain}`).values()) {
      const rules = all.filter((rule) => closed || !this.#closing.has(rule))
      try {
        if (!closed) await this.#removeAll(all.filter((rule) => this.#closing.has(rule)))
        if (await this.#complete(rules)) continue
        await this.#removeAll(rules)
        for (const rule of rules) await this.#do(rule, '-I')
      } catch (error) {
        // App networks have no IPv6; machines without it often lack ip6tables.
        if (all[0]?.program === 'iptables') this.#complain(messageOf(error))
        else this.#log.debug('engine.firewall-without-ipv6', { reason: messageOf(error) })
      }
    }
    if (closed !== this.#closed && !this.#complained) this.#log.info('engine.build-network', { closed })
    this.#closed = closed
  }

  remove(): Promise<void> {
    return this.#removeAll(this.#rules)
  }

  [Symbol.dispose](): void {
    if (this.#timer) clearInterval(this.#timer)
    this.#timer = null
  }

  /** An engine that does not answer changes nothing. */
  async #toClose(): Promise<boolean> {
    if (!this.#closedBuilds) return false
    if (!this.#closedBuilds.unlessShared) return true
    return await this.#isShared().then(
      (shared) => !shared,
      () => this.#closed,
    )
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
      effect: 'apps and builds may reach the cloud metadata service and ports of this box',
    })
  }
}
