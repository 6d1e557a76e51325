import { afterEach, describe, expect, it } from 'vitest'
import { createLog } from '../../log.ts'
import { Firewall, firewallRules, type Surroundings } from './firewall.ts'

const lines: string[] = []
const log = createLog('test', 'info', (line) => lines.push(line))
const PLACE: Surroundings = { defaultBridge: 'docker0', privatePorts: [] }
const isRoot = process.getuid?.() === 0

afterEach(() => {
  lines.length = 0
})

describe('the firewall', () => {
  it('refuses the metadata services but for names, and everything of the box but names and the web', () => {
    const texts = textsOf({ defaultBridge: null, privatePorts: [7600] })
    const bridge = texts[0]?.split(' ')[3]
    expect(bridge).toMatch(/^paas-\w{4}\+$/)
    const metadata = (chain: string, ...addresses: string[]) =>
      addresses.map((address) => `${chain} -d ${address} -p tcp -m tcp ! --dport 53 -j REJECT`)
    const box = [
      '-m conntrack --ctstate NEW -j REJECT',
      '-p tcp -m tcp --dport 53 -j ACCEPT',
      '-p tcp -m tcp --dport 80 -j ACCEPT',
      '-p tcp -m tcp --dport 443 -j ACCEPT',
      '-p udp -m udp --dport 53 -j ACCEPT',
    ]
    const v4 = ['169.254.0.0/16', '168.63.129.16/32', '100.100.100.200/32']
    expect(texts.map((text) => text.replace(` -i ${bridge}`, ''))).toEqual([
      ...metadata('iptables DOCKER-USER', ...v4),
      ...box.map((text) => `iptables INPUT ${text}`),
      ...metadata('iptables INPUT', ...v4),
      ...metadata('ip6tables FORWARD', 'fd00:ec2::254/128'),
      ...box.map((text) => `ip6tables INPUT ${text}`),
      ...metadata('ip6tables INPUT', 'fd00:ec2::254/128'),
    ])
  })

  it('refuses builds the metadata services and the private ports, and leaves the rest of their bridge to the admin', () => {
    const texts = textsOf({ defaultBridge: 'docker9', privatePorts: [7600] })
    const input = texts.filter((text) => text.startsWith('iptables INPUT -i docker9'))
    expect(input[0]).toBe('iptables INPUT -i docker9 -p tcp -m tcp --dport 7600 -j REJECT')
    for (const text of input.slice(1))
      expect(text).toMatch(/ -d 1(?:69\.254|68\.63|00\.100)\.\S+ .*! --dport 53 -j REJECT$/)
    expect(texts.filter((text) => text.startsWith('iptables DOCKER-USER -i docker9'))).toHaveLength(3)
  })

  it('closes the bridge of builds where it is told to, but for names and what is allowed', () => {
    const texts = textsOf({ defaultBridge: 'docker9', privatePorts: [7600], closedBuilds: { allow: ['10.1.2.3'] } })
    const of = (chain: string) => {
      const head = `iptables ${chain} -i docker9 `
      return texts.filter((text) => text.startsWith(head)).map((text) => text.slice(head.length))
    }
    const names = (target: string) => ['tcp', 'udp'].map((name) => `-p ${name} -m ${name} --dport 53 -j ${target}`)
    const fresh = '-m conntrack --ctstate NEW -j REJECT'
    // Later ones stand above earlier ones: what passes is above what is refused, and the metadata services are above all.
    expect(of('DOCKER-USER').slice(0, -3)).toEqual([
      ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map((range) => `-d ${range} ${fresh}`),
      '-d 10.1.2.3 -j RETURN',
      ...names('RETURN'),
    ])
    expect(
      of('DOCKER-USER')
        .slice(-3)
        .every((text) => text.includes('! --dport 53 -j REJECT')),
    ).toBe(true)
    expect(of('INPUT').slice(0, 5)).toEqual([
      fresh,
      '-d 10.1.2.3 -j ACCEPT',
      ...names('ACCEPT'),
      '-p tcp -m tcp --dport 7600 -j REJECT',
    ])
  })

  it('marks every rule with the box it belongs to', () => {
    for (const { match } of firewallRules('box1', PLACE))
      expect(match.slice(0, 4)).toEqual(['-m', 'comment', '--comment', 'paas box1'])
  })

  it('adds its rules once, above those of others, and in order again when one was lost', async () => {
    const tables = new FakeTables()
    const firewall = new Firewall('box1', PLACE, log, tables.run)
    tables.chain('iptables INPUT').push('-j ACCEPT')
    await firewall.apply()
    const before = structuredClone(tables.chains)
    expect(before['iptables INPUT']?.at(-1)).toBe('-j ACCEPT')
    expect(before['iptables INPUT']?.at(-2)).toContain('--ctstate NEW -j REJECT')
    await firewall.apply()
    expect(tables.chains).toEqual(before)
    tables.chain('iptables INPUT').splice(-2, 1)
    await firewall.apply()
    expect(tables.chains).toEqual(before)
  })

  it('opens the bridge of builds while it is shared, closes it again, and forgets no rule of an earlier start', async () => {
    const tables = new FakeTables()
    const place: Surroundings = { ...PLACE, closedBuilds: { allow: ['10.1.2.3'], unlessShared: true } }
    let shared = false
    const firewall = new Firewall('box1', place, log, tables.run, async () => shared)
    await firewall.apply()
    const closed = structuredClone(tables.chains)
    expect(closed['iptables DOCKER-USER']?.some((text) => text.includes('-i docker0 -d 192.168.0.0/16'))).toBe(true)
    shared = true
    await firewall.apply()
    const open = new FakeTables()
    await new Firewall('box1', PLACE, log, open.run).apply()
    expect(tables.chains).toEqual(open.chains)
    shared = false
    await firewall.apply()
    expect(tables.chains).toEqual(closed)
    await new Firewall('box1', place, log, tables.run, async () => true).apply()
    expect(tables.chains).toEqual(open.chains)
    expect(lines.filter((line) => line.includes('engine.build-network'))).toHaveLength(3)
  })

  it('leaves the bridge of builds as it is while the engine does not answer', async () => {
    const tables = new FakeTables()
    const place: Surroundings = { ...PLACE, closedBuilds: { allow: [], unlessShared: true } }
    let away = false
    const isShared = () => (away ? Promise.reject(new Error('connect ENOENT')) : Promise.resolve(false))
    const firewall = new Firewall('box1', place, log, tables.run, isShared)
    await firewall.apply()
    const closed = structuredClone(tables.chains)
    away = true
    await firewall.apply()
    expect(tables.chains).toEqual(closed)
  })

  it('takes only its own rules away', async () => {
    const tables = new FakeTables()
    const [mine, other] = ['box1', 'box2'].map((box) => new Firewall(box, PLACE, log, tables.run))
    await other?.apply()
    const before = structuredClone(tables.chains)
    await mine?.apply()
    await mine?.remove()
    expect(tables.chains).toEqual(before)
  })

  it.runIf(isRoot)('says once what is open when there is no iptables', async () => {
    const missing = () => Promise.reject(new Error('spawn iptables ENOENT'))
    using firewall = new Firewall('box1', PLACE, log, missing)
    await firewall.start()
    await firewall.apply()
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('spawn iptables ENOENT')
    expect(lines[0]).toContain('apps and builds may reach')
  })
})

function textsOf(surroundings: Surroundings): string[] {
  return firewallRules('box1', surroundings).map(({ program, chain, match }) =>
    [program, chain, ...match.slice(4)].join(' '),
  )
}

/** Chains as lists of rules, first match first. */
class FakeTables {
  readonly chains: Record<string, string[]> = {}

  chain(name: string): string[] {
    this.chains[name] ??= []
    return this.chains[name]
  }

  readonly run = async (program: string, args: string[]): Promise<void> => {
    const [, , verb, chain, ...match] = args
    const rules = this.chain(`${program} ${chain}`)
    const rule = match.join(' ')
    const place = rules.indexOf(rule)
    if (verb === '-I') rules.unshift(rule)
    else if (place < 0) throw new Error('no such rule')
    else if (verb === '-D') rules.splice(place, 1)
  }
}
